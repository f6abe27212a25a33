import { expect } from "chai";
import { describe, it } from "mocha";
import { completionText, errorText, readChat } from "../../src/chat/completion.ts";

const completionOf = (body: unknown, model?: string): unknown => {
  const read = readChat(body, model);
  if (read.kind === "refused") throw new Error(read.message);
  return read.completion;
};
const refusal = (body: unknown): string => {
  const read = readChat(body, undefined);
  return read.kind === "refused" ? read.message : "accepted";
};
const kwargs = (given: unknown): unknown => completionOf({ prompt: "p", generate_kwargs: given });

describe("a /chat request", () => {
  it("becomes a completion with the defaults of KAITO's server", () => {
    const defaults = { max_tokens: 200, repetition_penalty: 1, temperature: 1, top_k: 10, top_p: 1 };
    for (const given of [undefined, null, {}, { top_k: null, pad_token_id: 0 }])
      expect(kwargs(given)).to.deep.equal({ ...defaults, prompt: "p" });
    expect(completionOf({ prompt: "p" }, "adapter-1")).to.deep.equal({ ...defaults, prompt: "p", model: "adapter-1" });
  });

  it("gets the prompt back before the text, unless it asks for the text alone", () => {
    const before = (body: object): string => {
      const read = readChat({ prompt: "Hello", ...body }, undefined);
      return read.kind === "chat" ? read.before : "refused";
    };
    expect(
      [{}, { return_full_text: true }, { return_full_text: null }, { return_full_text: false }].map(before),
    ).to.eql(["Hello", "Hello", "Hello", ""]);
  });

  it("takes a prefix, which is read by the model and not given back", () => {
    const read = readChat({ prompt: "Hello", prefix: "Sir: " }, undefined);
    expect(read).to.deep.include({ kind: "chat", before: "Hello" });
    expect(read.kind === "chat" && read.completion["prompt"]).to.equal("Sir: Hello");
  });

  const table: readonly (readonly [object, object])[] = [
    [{ max_new_tokens: 20 }, { max_tokens: 20 }],
    [{ max_length: 50 }, { max_tokens: 50 }],
    [{ max_new_tokens: 20, max_length: 50 }, { max_tokens: 20 }],
    [{ max_length: 50, max_new_tokens: 20 }, { max_tokens: 20 }],
    [{ min_length: 3, min_new_tokens: 2 }, { min_tokens: 2 }],
    [
      { temperature: 0.2, top_p: 0.9, top_k: 0, min_p: 0.1 },
      { temperature: 0.2, top_p: 0.9, top_k: 0, min_p: 0.1 },
    ],
    [{ repetition_penalty: 1.1 }, { repetition_penalty: 1.1 }],
    [{ stop_strings: "END" }, { stop: ["END"] }],
    [{ stop: ["a", "b"] }, { stop: ["a", "b"] }],
    [{ eos_token_id: 2 }, { stop_token_ids: [2] }],
    [{ eos_token_id: [2, 7] }, { stop_token_ids: [2, 7] }],
    [{ do_sample: true, temperature: 0.5 }, { temperature: 0.5 }],
  ];
  for (const [given, fields] of table) {
    it(`turns ${JSON.stringify(given)} into ${JSON.stringify(fields)}`, () => {
      expect(kwargs(given)).to.deep.include(fields);
    });
  }

  it("decodes greedily with do_sample false, whatever else is stated", () => {
    expect(kwargs({ do_sample: false, temperature: 0.7, top_p: 0.5, top_k: 3, max_new_tokens: 9 })).to.deep.equal({
      max_tokens: 9,
      prompt: "p",
      repetition_penalty: 1,
      temperature: 0,
    });
  });

  it("accepts the example of KAITO's documentation in full", () => {
    const example = {
      prompt: "Tell me a joke",
      return_full_text: true,
      clean_up_tokenization_spaces: false,
      prefix: null,
      handle_long_generation: null,
      generate_kwargs: {
        max_length: 200,
        min_length: 0,
        do_sample: true,
        early_stopping: false,
        num_beams: 1,
        num_beam_groups: 1,
        diversity_penalty: 0.0,
        temperature: 1.0,
        top_k: 10,
        top_p: 1,
        typical_p: 1,
        repetition_penalty: 1,
        length_penalty: 1,
        no_repeat_ngram_size: 0,
        encoder_no_repeat_ngram_size: 0,
        bad_words_ids: null,
        num_return_sequences: 1,
        output_scores: false,
        return_dict_in_generate: false,
        forced_bos_token_id: null,
        forced_eos_token_id: null,
        remove_invalid_values: null,
      },
    };
    expect(completionOf(example)).to.deep.include({ max_tokens: 200, min_tokens: 0, prompt: "Tell me a joke" });
  });

  const refused: readonly (readonly [unknown, string])[] = [
    [{}, "Text generation parameter prompt required"],
    [{ prompt: "" }, "Text generation parameter prompt required"],
    [{ prompt: null }, "Text generation parameter prompt required"],
    [[], "the body must be a JSON object with a prompt"],
    [null, "the body must be a JSON object with a prompt"],
    [{ prompt: 5 }, "prompt must be a text, given 5"],
    [{ prompt: ["a"] }, "prompt must be a text, given a list"],
    [{ messages: [] }, "messages are answered by /v1/chat/completions; /chat takes a prompt"],
    [{ prompt: "p", return_full_text: "no" }, 'return_full_text must be true or false, given "no"'],
    [{ prompt: "p", handle_long_generation: "hole" }, "handle_long_generation must be null"],
    [{ prompt: "p", max_tokens: 5 }, "max_tokens is not known; known are clean_up_tokenization_spaces,"],
    [{ prompt: "p", generate_kwargs: 5 }, "generate_kwargs must be an object, given 5"],
    [{ prompt: "p", generate_kwargs: [] }, "generate_kwargs must be an object, given a list"],
    [{ prompt: "p", generate_kwargs: { num_beams: 4 } }, "generate_kwargs.num_beams must be 1: vLLM does no other"],
    [{ prompt: "p", generate_kwargs: { num_return_sequences: 2 } }, "generate_kwargs.num_return_sequences must be 1"],
    [
      { prompt: "p", generate_kwargs: { temperature: "hot" } },
      "generate_kwargs.temperature must be a number from 0 to 2",
    ],
    [
      { prompt: "p", generate_kwargs: { max_new_tokens: 0 } },
      "generate_kwargs.max_new_tokens must be a whole number from 1",
    ],
    [{ prompt: "p", generate_kwargs: { max_new_tokens: 1.5 } }, "given 1.5"],
    [{ prompt: "p", generate_kwargs: { stop: [1] } }, "generate_kwargs.stop must be a text or a list of texts"],
    [
      { prompt: "p", generate_kwargs: { max_tokens: 5 } },
      "generate_kwargs.max_tokens is not known (nearest: max_new_tokens)",
    ],
  ];
  for (const [body, message] of refused) {
    it(`is refused for ${JSON.stringify(body)}`, () => expect(refusal(body)).to.include(message));
  }

  it("is refused for an unknown argument with the names of those that are known", () => {
    const said = refusal({ prompt: "p", generate_kwargs: { max_new_token: 5 } });
    for (const name of ["(nearest: max_new_tokens)", "do_sample", "eos_token_id", "top_k"])
      expect(said).to.include(name);
  });

  it("takes no word that every object has for a field", () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      expect(refusal(JSON.parse(`{"prompt":"p","${name}":1}`))).to.include(`${name} is not known`);
      expect(refusal(JSON.parse(`{"prompt":"p","generate_kwargs":{"${name}":1}}`))).to.include(`${name} is not known`);
    }
  });

  it("is read whatever it nests", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    expect(refusal(JSON.parse(`{"prompt":${deep}}`))).to.include("given a list");
    expect(refusal(JSON.parse(`{"prompt":"p","generate_kwargs":{"stop":${deep}}}`))).to.include("given a list");
  });
});

describe("an answer of the model server", () => {
  it("has its text in the first choice", () => {
    expect(completionText({ choices: [{ text: "" }] })).to.equal("");
    for (const answer of [undefined, null, {}, { choices: [] }, { choices: [{}] }, { choices: [{ text: 1 }] }])
      expect(completionText(answer)).to.equal(undefined);
  });

  it("says what is wrong in one of four shapes", () => {
    expect(errorText({ error: { message: "too long", code: 400 } })).to.equal("too long");
    expect(errorText({ error: "Unauthorized" })).to.equal("Unauthorized");
    expect(errorText({ detail: "busy" })).to.equal("busy");
    expect(errorText({ message: "old" })).to.equal("old");
    for (const answer of [undefined, null, [], {}, { error: {} }, { detail: [{}] }])
      expect(errorText(answer)).to.equal(undefined);
  });
});
