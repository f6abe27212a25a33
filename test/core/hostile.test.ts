import { expect } from "chai";
import { describe, it } from "mocha";
import { type AdmitPhase, admit } from "../../src/core/admit.ts";
import { expand } from "../../src/core/expand.ts";
import { inputsHash } from "../../src/core/inputs.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { catalogue, review, serving, tuning, workspace } from "./support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const good = expand(serving("phi-4", A100), catalogue).expansion;

interface Response {
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: { code: number; message: string; details: { causes: { field: string; message: string }[] } };
}

function ask(body: JsonObject, phase: AdmitPhase = "mutate"): Response {
  return admit(body, catalogue, phase)?.["response"] as unknown as Response;
}

/** Least of five runs: what the code takes, without the collector and the neighbours on the machine. */
function fastestMs(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}

function withTemplate(spec: JsonObject): Workspace {
  return workspace({
    resource: { labelSelector: {}, instanceType: A100 },
    inference: { template: { spec: { containers: [{ name: "c" }], ...spec } } },
  });
}

const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const long = "x".repeat(100_000);

function withInference(inference: JsonObject): Workspace {
  return workspace({
    resource: { labelSelector: {}, instanceType: A100 },
    inference: { preset: { name: "phi-4" }, ...inference },
  });
}

function withSelector(matchLabels: JsonObject): Workspace {
  return workspace({
    resource: { labelSelector: { matchLabels }, instanceType: A100 },
    inference: { preset: { name: "phi-4" } },
  });
}

const annotations = (count: number, name: (i: number) => string): { readonly [key: string]: string } =>
  Object.fromEntries(many(count, (i) => [name(i), "x"]));

function overlaid(spec: JsonObject): Workspace {
  return withInference({ template: { spec } });
}
const terms = (count: number): JsonObject => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: many(count, () => ({})) },
    },
  },
});

const hostile: { readonly [what: string]: Workspace } = {
  "a template nested 10,000 deep": withTemplate({ x: nested(10_000) }),
  "an expansion nested 10,000 deep": { ...serving("phi-4", A100), expansion: nested(10_000) } as unknown as Workspace,
  "labels nested 10,000 deep": {
    ...serving("phi-4", A100),
    metadata: { name: "phi", namespace: "models", labels: nested(10_000) as never },
  },
  "10,000 adapters of wrong types": withInference({
    adapters: many(10_000, () => ({ strength: 5, source: { name: 7, image: {} } })),
  }),
  "10,000 adapters": withInference({ adapters: many(10_000, (i) => ({ source: { name: `a${i}`, image: "a/b" } })) }),
  "10,000 pull secrets": withInference({
    adapters: [{ source: { name: "a", image: "a/b", imagePullSecrets: many(10_000, (i) => `s${i}`) } }],
  }),
  "10,000 annotations that look like ours": serving(
    "phi-4",
    A100,
    annotations(10_000, (i) => `foresail.dev/fallback-instance-type-${i}`),
  ),
  "10,000 labels": withSelector(annotations(10_000, (i) => `x${i}`)),
  "label keys of 100 KB": withSelector(annotations(30, (i) => long + i)),
  "10,000 tolerations": withTemplate({ tolerations: many(10_000, (i) => ({ key: `k${i}` })) }),
  "4,500 variables laid over the model's": overlaid({
    containers: [{ name: "model", env: many(4_500, (i) => ({ name: `v${i}` })) }],
  }),
  "4,500 volumes laid over the pod's": overlaid({ volumes: many(4_500, (i) => ({ name: `v${i}` })) }),
  "4,500 containers laid over the pod's": overlaid({ containers: many(4_500, (i) => ({ name: `c${i}` })) }),
  "8,000 first containers that are none": overlaid({ initContainers: many(8_000, () => 0) }),
  "3,000 deletions": overlaid({ volumes: many(3_000, (i) => ({ name: `v${i}`, $patch: "delete" })) }),
  "8,000 terms of a node affinity": withTemplate(terms(8_000)),
  "8,000 terms laid over the pod's": overlaid(terms(8_000)),
  "a million adapters": withInference({ adapters: many(1_000_000, () => 0) }),
  "a million numbers in a template": withTemplate({ x: many(1_000_000, () => 1) }),
  "250,000 names of nodes": workspace({
    resource: { labelSelector: {}, instanceType: A100, preferredNodes: many(250_000, () => "n") },
    inference: { preset: { name: "phi-4" } },
  }),
  "a list of 3 MB in an annotation": serving("phi-4", A100, { "foresail.dev/zones": ",".repeat(3_000_000) }),
  "a preset of 100 KB": serving(long, A100),
  "a size of 100 KB": serving("phi-4", long),
  "a name of 100 KB": { ...serving("phi-4", A100), metadata: { name: long, namespace: "models" } },
  "an adapter image of 100 KB": withInference({ adapters: [{ source: { name: long, image: long } }] }),
  "addresses of 100 KB": tuning("phi-4", A100, { input: { urls: many(20, () => `https://example.com/${long}`) } }),
  "100,000 addresses": tuning("phi-4", A100, { input: { urls: many(100_000, () => "https://example.com/") } }),
};

describe("hostile reviews", () => {
  for (const [what, object] of Object.entries(hostile)) {
    it(`W17: answers ${what} without throwing, small and fast`, () => {
      for (const phase of ["mutate", "validate"] as const) {
        for (const body of [review(object), review(object, serving("phi-4", A100)), review(object, object)]) {
          expect(ask(body, phase).allowed).to.be.a("boolean");
        }
        const { status, warnings = [] } = ask(review(object), phase);
        expect(JSON.stringify([status, warnings]).length).to.be.lessThan(200_000);
        expect(fastestMs(() => ask(review(object), phase))).to.be.lessThan(50);
      }
    });
  }

  // Strings that make a backtracking pattern quadratic or worse, in every place that is matched against one.
  const attacks = ["a", "-", ".", "a-", "a.", "A_", "0", "1.", "/", "a/", "_", ":", "@", "AA_", "x1"].flatMap(
    (part) => [
      part.repeat(100_000 / part.length),
      `${part.repeat(100_000 / part.length)}!`,
      `a${part.repeat(100_000 / part.length)}\u0000`,
    ],
  );
  it("S3: matches no pattern in more than linear time", () => {
    for (const attack of attacks) {
      const objects = [
        withInference({ config: attack, adapters: [{ strength: attack, source: { name: attack, image: attack } }] }),
        withInference({ adapters: [{ source: { name: "a", image: `${attack}_HERE`, imagePullSecrets: [attack] } }] }),
        withSelector({ [attack]: attack }),
        tuning("phi-4", A100, {
          config: attack,
          input: { urls: [attack, `https://${attack}`, `https://example.com/${attack}`] },
          output: { image: attack, imagePushSecret: attack },
        }),
        serving(attack, attack, {
          "foresail.dev/catalog": attack,
          "foresail.dev/capacity-type": attack,
          "foresail.dev/fallback-instance-types": attack,
          "foresail.dev/gpu": attack,
          "foresail.dev/max-hourly-price": attack,
          "foresail.dev/region": attack,
          "foresail.dev/replicas": attack,
          "foresail.dev/zones": attack,
          "kaito.sh/node-class-name": attack,
          "kaito.sh/node-image-family": attack,
          [`foresail.dev/${attack}`]: attack,
        }),
        { ...serving("phi-4", A100), metadata: { name: attack, namespace: "models" } },
      ];
      for (const object of objects)
        expect(
          fastestMs(() => ask(review(object))),
          `${attack.slice(0, 5)}…`,
        ).to.be.lessThan(25);
    }
  });

  it("W11: takes prototype members for what they are: unknown words", () => {
    for (const word of ["constructor", "toString", "valueOf", "__proto__", "hasOwnProperty"]) {
      for (const name of ["provision", "placement", "rollout", "replicas", "capacity-type", "gpu", "zones", "region"]) {
        const { status, patch } = ask(review(serving("phi-4", A100, { [`foresail.dev/${name}`]: word })));
        if (status === undefined) JSON.parse(Buffer.from(patch ?? "", "base64").toString());
        else expect(status.code).to.equal(403);
      }
      for (const object of [serving(word, A100), serving("phi-4", word), withSelector({ [word]: word })])
        expect(ask(review(object)).allowed).to.be.a("boolean");
    }
    expect(ask(review(serving("phi-4", A100, { "foresail.dev/provision": "constructor" }))).allowed).to.equal(false);
  });

  it("W11: stores a template's key named __proto__ as the data it is", () => {
    const spec = JSON.parse('{"__proto__":{"x":""},"containers":[{"name":"c"}]}') as JsonObject;
    const { patch } = ask(review(withTemplate(spec)));
    expect(Buffer.from(patch ?? "", "base64").toString()).to.include('"__proto__":{"x":""}');
  });

  it("W10: denies nesting that would overflow the stack, and names the field", () => {
    const { status } = ask(review(withTemplate({ x: nested(10_000) })));
    expect([status?.code, status?.details.causes.map(({ field }) => field)]).to.deep.equal([403, ["inference"]]);
    expect(ask(review(withTemplate({ x: nested(80) }))).allowed).to.equal(true);
  });

  it("W17: denies more values than a pod has, and parts that would make it grow, and names the field", () => {
    const denied = (object: Workspace): readonly string[] =>
      (ask(review(object)).status?.details.causes ?? []).map(({ field }) => field);
    expect(denied(withTemplate({ x: many(30_000, () => 1) }))).to.deep.equal(["inference"]);
    expect(denied(withTemplate({ x: many(8_000, () => 1) }))).to.deep.equal([]);
    const path = "inference.template.spec";
    expect(denied(withTemplate({ initContainers: many(101, () => ({ name: "c" })) }))).to.deep.equal([
      `${path}.initContainers`,
    ]);
    for (const object of [withTemplate(terms(51)), overlaid(terms(51))])
      expect(denied(object)).to.deep.equal([`${path}.affinity.nodeAffinity`]);
    for (const object of [withTemplate(terms(50)), overlaid(terms(50))]) expect(denied(object)).to.deep.equal([]);
  });

  it("says what is wrong with the first hundred values and how many more there are", () => {
    const adapters = many(500, () => ({ strength: 5 }));
    const causes = ask(review(withInference({ adapters }))).status?.details.causes ?? [];
    expect(causes).to.have.length(101);
    expect(causes.at(-1)?.message).to.match(/^400 more values are wrong/);
  });

  it("survives null where an expansion belongs", () => {
    const none = { ...serving("phi-4", A100), expansion: null };
    for (const phase of ["mutate", "validate"] as const)
      expect(ask(review(none, none), phase).allowed).to.be.a("boolean");
  });

  it("checks types in /validate, too, before it expands", () => {
    const wrong = withInference({ adapters: 5 });
    const { status } = ask(review({ ...wrong, expansion: { ...good, inputsHash: inputsHash(wrong) } }), "validate");
    expect(status?.message).to.equal("inference.adapters must be of type array, given 5");
  });

  it("never lets an update of an invalid Workspace bring an expansion of its own", () => {
    const invalid = serving("gone", A100);
    const forged = { ...invalid, expansion: { ...good, catalog: "9.9.9", inputsHash: inputsHash(invalid) } };
    const { allowed, patch, warnings } = ask(review(forged, invalid));
    expect(allowed).to.equal(true);
    expect(JSON.parse(Buffer.from(patch ?? "", "base64").toString())).to.deep.equal([
      { op: "remove", path: "/expansion" },
    ]);
    expect(warnings?.at(-1)).to.match(/was replaced/);
    const before = { ...invalid, expansion: { ...good } };
    const restored = ask(review({ ...forged }, before));
    expect(JSON.stringify(JSON.parse(Buffer.from(restored.patch ?? "", "base64").toString()))).to.not.include("9.9.9");
  });

  it("refuses in /validate an expansion of another release than the one git pins", () => {
    const pinned = serving("phi-4", A100, { "foresail.dev/catalog": "2026.11.0" });
    const { expansion } = expand(pinned, catalogue);
    expect(ask(review({ ...pinned, expansion }), "validate").allowed).to.equal(true);
    expect(ask(review({ ...pinned, expansion: { ...expansion, catalog: "9.9.9" } }), "validate").allowed).to.equal(
      false,
    );
  });
});
