import { expect } from "chai";
import fc from "fast-check";
import jsonpatch from "jsonpatch";
import { describe, it } from "mocha";
import { admit } from "../../src/core/admit.ts";
import type { Catalogue, Release } from "../../src/core/catalogue.ts";
import { canonicalJson, type JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { catalogue, review, serving, tuning, workspace } from "./support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: {
    code: number;
    reason: string;
    message: string;
    details: { causes: { field: string; reason: string; message: string }[] };
  };
}

function ask(body: unknown, phase: "mutate" | "validate" = "mutate", with_: Catalogue = catalogue): Response {
  const answer = admit(body, with_, phase);
  if (answer === undefined) throw new Error("the body was taken for no AdmissionReview");
  return answer["response"] as unknown as Response;
}

/** What the API server would store after the mutating webhook. */
function stored(object: Workspace, old?: Workspace, with_: Catalogue = catalogue): Workspace {
  const response = ask(review(object, old), "mutate", with_);
  if (!response.allowed) throw new Error(response.status?.message);
  if (response.patch === undefined) return object;
  return jsonpatch.apply_patch(object, JSON.parse(Buffer.from(response.patch, "base64").toString())) as Workspace;
}

/** A release after the running one that gives other images. */
const next: Release = {
  ...catalogue.current,
  id: "2027.1.0",
  defaults: { ...catalogue.current.defaults, registry: "registry.example/next" },
};
const upgraded: Catalogue = { current: next, releases: [next, catalogue.current] };

describe("admit: what is stored", () => {
  it("adds an expansion on create and changes nothing else", () => {
    const object = serving("phi-4", A100);
    const { expansion, ...rest } = stored(object);
    expect(rest).to.deep.equal(object);
    expect(expansion?.catalog).to.equal("2026.11.0");
  });

  it("W14: answers its own output with no patch, on create and on update", () => {
    const first = stored(serving("phi-4", A100));
    expect(ask(review(first))).to.not.have.property("patch");
    expect(ask(review(first, first))).to.not.have.property("patch");
    expect(ask(review(first, first), "validate").allowed).to.equal(true);
  });

  it("writes the stored expansion back when a request edits or drops it", () => {
    const before = stored(serving("phi-4", A100));
    const edited = { ...before, expansion: { ...before.expansion, instanceType: H100 } } as Workspace;
    const { expansion: _dropped, ...without } = before;
    expect(stored(edited, before)).to.deep.equal(before);
    expect(stored(without as Workspace, before)).to.deep.equal(before);
  });

  it("replaces an expansion given on create and says so", () => {
    const made = { ...serving("phi-4", A100), expansion: { catalog: "mine" } } as unknown as Workspace;
    expect(stored(made).expansion).to.deep.equal(stored(serving("phi-4", A100)).expansion);
    expect(ask(review(made)).warnings).to.deep.equal([
      "expansion is written by admission only: the value given was replaced",
    ]);
  });

  it("gives what a fresh create gives when preset, size or adapters change, and goes back with them", () => {
    const before = stored(serving("phi-4", A100));
    for (const changed of [
      serving("phi-4-mini-instruct", A100),
      serving("phi-4", H100),
      serving("phi-4", A100, { "foresail.dev/replicas": "2" }),
    ]) {
      const after = stored({ ...changed, expansion: before.expansion } as Workspace, before);
      expect(after.expansion).to.deep.equal(stored(changed).expansion);
      expect(
        stored({ ...serving("phi-4", A100), expansion: after.expansion } as Workspace, after).expansion,
      ).to.deep.equal(before.expansion);
    }
  });

  it("expands an old Workspace that has none on any update, and heals one that was edited while the webhook was away", () => {
    const old = serving("phi-4", A100);
    expect(stored({ ...old, metadata: { ...old.metadata, labels: { a: "b" } } }, old).expansion).to.deep.equal(
      stored(old).expansion,
    );
    const stale = { ...serving("phi-4", H100), expansion: stored(old).expansion } as Workspace;
    expect(stored(stale, stale).expansion).to.deep.equal(stored(serving("phi-4", H100)).expansion);
  });

  it("mends a pod that was edited while the webhook was away as the release it names makes it, today's or an earlier one", () => {
    const before = stored(serving("phi-4", A100));
    const podTemplate = { spec: { hostPID: true, containers: [{ name: "x", image: "registry.example/evil:1" }] } };
    const edited = { ...before, expansion: { ...before.expansion, podTemplate } } as Workspace;
    const { expansion: _, ...without } = edited;
    for (const catalogues of [catalogue, upgraded]) {
      expect(stored(without, edited, catalogues).expansion).to.deep.equal(before.expansion);
    }
    // A release that is not carried cannot be asked what it made.
    const unknown = { ...edited, expansion: { ...edited.expansion, catalog: "2020.1.0" } } as Workspace;
    expect(stored(without, unknown).expansion).to.deep.equal(unknown.expansion);
  });
});

describe("admit: the pin", () => {
  it("keeps what an earlier release stored while the inputs stay", () => {
    const before = stored(serving("phi-4", A100));
    const labelled = { ...before, metadata: { ...before.metadata, labels: { team: "a" } } };
    expect(stored(labelled, before, upgraded).expansion).to.deep.equal(before.expansion);
    const edited = { ...labelled, expansion: { ...before.expansion, instanceType: H100 } } as Workspace;
    expect(stored(edited, before, upgraded).expansion).to.deep.equal(before.expansion);
    expect(ask(review(labelled, before), "validate", upgraded).allowed).to.equal(true);
  });

  it("takes the running release when an input changes, when git pins it, and with upgrade: follow", () => {
    const before = stored(serving("phi-4", A100));
    const changed = stored({ ...serving("phi-4", H100), expansion: before.expansion } as Workspace, before, upgraded);
    expect(changed.expansion?.catalog).to.equal("2027.1.0");
    const pinned = { ...before, metadata: { ...before.metadata, annotations: { "foresail.dev/catalog": "2027.1.0" } } };
    expect(stored(pinned, before, upgraded).expansion?.preset?.image).to.match(/^registry.example\/next/);
    const following = {
      ...before,
      metadata: { ...before.metadata, annotations: { "foresail.dev/upgrade": "follow" } },
    };
    expect(stored(following, before, upgraded).expansion?.catalog).to.equal("2027.1.0");
    expect(stored(following, following, upgraded).expansion?.catalog).to.equal("2026.11.0");
  });

  it("gives the pinned release's bytes with a newer version", () => {
    const pinned = serving("phi-4", A100, { "foresail.dev/catalog": "2026.11.0" });
    expect(canonicalJson(stored(pinned, undefined, upgraded).expansion)).to.equal(
      canonicalJson(stored(pinned).expansion),
    );
    expect(ask(review(stored(pinned)), "validate", upgraded).allowed).to.equal(true);
  });
});

describe("admit: refusals", () => {
  it("denies with 403 and Forbidden, every issue as a cause", () => {
    const object = workspace({
      resource: { labelSelector: {}, instanceType: "nope" },
      inference: { preset: { name: "nope" }, adapters: [{}] },
    });
    const { allowed, status } = ask(review(object));
    expect([allowed, status?.code, status?.reason]).to.deep.equal([false, 403, "Forbidden"]);
    expect(status?.details.causes.map(({ field, reason }) => [field, reason])).to.deep.equal([
      ["inference.adapters[0].source", "schema/required"],
      ["inference.preset.name", "preset/unknown"],
      ["resource.instanceType", "instance-type/unknown"],
    ]);
    expect(status?.message).to.not.match(/immutable/);
  });

  it("answers wrong types itself, before the API server's schema would with 422", () => {
    const wrong = {
      ...serving("phi-4", A100),
      resource: { count: "two", labelSelector: { matchLabels: ["a"] }, instanceType: 7 },
    };
    const { status } = ask(review(wrong));
    expect(status?.code).to.equal(403);
    expect(status?.details.causes.map((cause) => cause.message)).to.have.members([
      'resource.count must be of type integer, given "two"',
      'resource.labelSelector.matchLabels must be of type object, given ["a"]',
      "resource.instanceType must be of type string, given 7",
    ]);
  });

  it("denies a change between inference and tuning with advice", () => {
    const before = stored(serving("phi-3-mini-4k-instruct", "Standard_NC6s_v3"));
    const after = { ...tuning("phi-3-mini-4k-instruct", "Standard_NC6s_v3"), expansion: before.expansion } as Workspace;
    const { status } = ask(review(after, before));
    expect([status?.code, status?.message]).to.deep.equal([
      403,
      "tuning cannot take the place of inference in Workspace phi: use another name or namespace for it",
    ]);
  });

  it("denies generateName: the name is made after mutating admission", () => {
    const { name: _name, ...metadata } = serving("phi-4", A100).metadata;
    expect(
      ask(review({ ...serving("phi-4", A100), metadata: { ...metadata, generateName: "phi-" } })).status?.message,
    ).to.match(/generateName/);
  });

  it("W16: never blocks an update of an invalid Workspace that does not touch its inputs", () => {
    const invalid = serving("gone", A100);
    const labelled = { ...invalid, metadata: { ...invalid.metadata, labels: { a: "b" } } };
    const response = ask(review(labelled, invalid));
    expect([response.allowed, response.patch]).to.deep.equal([true, undefined]);
    expect(response.warnings?.[0]).to.match(/gone/);
    expect(ask(review(labelled, invalid), "validate").allowed).to.equal(true);
  });

  it("cuts a long message after 1,000 characters and counts the rest", () => {
    const adapters = Array.from({ length: 10 }, () => ({ source: { name: "X".repeat(300), image: "!" } }));
    const { status } = ask(
      review(workspace({ resource: { labelSelector: {} }, inference: { preset: { name: "phi-4" }, adapters } })),
    );
    expect(status?.message.length).to.be.at.most(1020);
    expect(status?.message).to.match(/ \(and \d+ more\)$/);
    expect(status?.details.causes.length).to.be.greaterThan(10);
  });
});

describe("admit: validate", () => {
  it("accepts what mutate of the same catalogue writes and refuses anything else", () => {
    const good = stored(serving("phi-4", A100));
    expect(ask(review(good), "validate").allowed).to.equal(true);
    const edits: readonly JsonObject[] = [
      { instanceType: H100 },
      { nodeCount: 9 },
      { podTemplate: { spec: {} } },
      { inputsHash: "sha256:0" },
    ];
    for (const edit of edits) {
      expect(ask(review({ ...good, expansion: { ...good.expansion, ...edit } }), "validate").status?.code).to.equal(
        403,
      );
    }
    expect(ask(review(serving("phi-4", A100)), "validate").allowed).to.equal(false);
  });

  it("accepts another identity: a replica of another release answered for it", () => {
    const other = stored(serving("phi-4", A100), undefined, { current: next, releases: [next] });
    expect(ask(review(other), "validate").allowed).to.equal(true);
  });
});

describe("admit: any review", () => {
  it("W15: lets pass what is not ours: other kinds, status, deletion", () => {
    const object = serving("phi-4", A100);
    const foreign = { kind: { group: "", version: "v1", kind: "Pod" } };
    for (const body of [
      review(object, undefined, foreign),
      review(object, object, { subResource: "status" }),
      review(null, object, { operation: "DELETE" }),
      review({ ...object, metadata: { ...object.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }, object),
    ]) {
      expect(ask(body)).to.include({ allowed: true }).and.not.have.property("patch");
    }
  });

  it("is no AdmissionReview: no answer", () => {
    for (const body of [
      undefined,
      null,
      1,
      "",
      [],
      {},
      { kind: "AdmissionReview" },
      { kind: "AdmissionReview", request: null },
      { kind: "AdmissionReview", request: {} },
    ]) {
      expect(admit(body, catalogue, "mutate")).to.equal(undefined);
    }
  });

  it("W11: answers every JSON value as an object without throwing and without touching Object.prototype", () => {
    const keys = fc.constantFrom(
      "metadata",
      "resource",
      "inference",
      "tuning",
      "expansion",
      "labelSelector",
      "preset",
      "name",
      "annotations",
      "adapters",
      "source",
      "template",
      "__proto__",
      "constructor",
    );
    const values = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(keys, tie("node")),
        fc.array(tie("node"), { maxLength: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(values, values, (object, old) => {
        for (const phase of ["mutate", "validate"] as const) {
          expect(ask(review(object, old), phase).allowed).to.be.a("boolean");
          expect(ask(review({ ...serving("phi-4", A100), ...(object as object) }), phase).allowed).to.be.a("boolean");
        }
        expect(Object.keys(Object.prototype)).to.deep.equal([]);
      }),
      // `make test-full` takes all.
      { numRuns: process.env["FORESAIL_TEST_FULL"] === "1" ? 3000 : 1000 },
    );
  });
});
