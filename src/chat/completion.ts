import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { shortened } from "../core/schema.ts";
import { readKwargs } from "./generate-kwargs.ts";
import { shownValue } from "./shown-value.ts";

/** A `/chat` request as a completion request, or why it is none. */
export type Chat =
  | {
      readonly kind: "chat";
      readonly completion: JsonObject;
      /** What the result begins with: the prompt, or nothing. */
      readonly before: string;
    }
  | { readonly kind: "refused"; readonly message: string };

/** Fields besides prompt and generate_kwargs, with what is allowed. KAITO's example states all of them. */
const known: { readonly [field: string]: { readonly allowed: string; readonly fits: (value: Json) => boolean } } = {
  prompt: { allowed: "a text", fits: isText },
  return_full_text: { allowed: "true or false", fits: (value) => typeof value === "boolean" },
  prefix: { allowed: "a text", fits: isText },
  clean_up_tokenization_spaces: { allowed: "false: vLLM does no other", fits: (value) => value === false },
  handle_long_generation: { allowed: "null: a prompt that is too long is refused", fits: () => false },
  generate_kwargs: { allowed: "an object", fits: isObject },
};

/**
 * Reads the body of KAITO's `/chat` (inference_api.py of image 0.1.1).
 * @param model the served name to ask for; absent: the server's first.
 */
export function readChat(body: unknown, model: string | undefined): Chat {
  if (!isObject(body)) return refused("the body must be a JSON object with a prompt");
  const problem = fieldProblem(body);
  if (problem !== undefined) return refused(problem);
  const prompt = textOf(body["prompt"]);
  // KAITO's words.
  if (prompt === "") return refused("Text generation parameter prompt required");
  const kwargs = readKwargs(body["generate_kwargs"]);
  if (kwargs.kind === "refused") return kwargs;
  const completion = {
    ...kwargs.fields,
    ...(model === undefined ? {} : { model }),
    prompt: textOf(body["prefix"]) + prompt,
  };
  return { kind: "chat", completion, before: body["return_full_text"] === false ? "" : prompt };
}

function fieldProblem(body: JsonObject): string | undefined {
  if (Object.hasOwn(body, "messages")) {
    return "messages are answered by /v1/chat/completions; /chat takes a prompt";
  }
  for (const [field, value] of Object.entries(body)) {
    const rule = Object.hasOwn(known, field) ? known[field] : undefined;
    if (rule === undefined) {
      return `${shortened(field)} is not known; known are ${Object.keys(known).sort().join(", ")}`;
    }
    // null is what absent fields are in Python.
    const given = value ?? null;
    if (given !== null && !rule.fits(given)) return `${field} must be ${rule.allowed}, given ${shownValue(given)}`;
  }
  return undefined;
}

/** The text of a completion; undefined when the answer is none. */
export function completionText(answer: unknown): string | undefined {
  const choices = isObject(answer) ? answer["choices"] : undefined;
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const text = isObject(first) ? first["text"] : undefined;
  return typeof text === "string" ? text : undefined;
}

/** What the server says is wrong: vLLM's `{error: {message}}`, `{error}` of its key check, FastAPI's `{detail}`. */
export function errorText(answer: unknown): string | undefined {
  if (!isObject(answer)) return undefined;
  const error = isObject(answer["error"]) ? answer["error"]["message"] : answer["error"];
  const text = error ?? answer["detail"] ?? answer["message"];
  return typeof text === "string" ? text : undefined;
}

function refused(message: string): Chat {
  return { kind: "refused", message };
}

function isText(value: Json): boolean {
  return typeof value === "string";
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
