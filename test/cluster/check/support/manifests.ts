import fc from "fast-check";
import type { Release } from "../../../../src/core/catalogue.ts";
import { isObject, type JsonObject } from "../../../../src/core/json.ts";
import { groupOf } from "../../../../src/core/kinds/is-workspace.ts";
import { workspaces } from "../../../core/determinism/workspaces.ts";
import { mutateValues } from "../../../fuzz/mutate.ts";
import { randomFrom } from "../../../fuzz/random.ts";

/** Manifests as people and their tools write them: a third right, the others with one to four things wrong. */
export function manifests(release: Release): fc.Arbitrary<JsonObject> {
  const right = workspaces(release).map((workspace) => withoutNamespace(workspace as unknown as JsonObject));
  const wrong = fc
    .record({ one: right, other: right, slips: fc.array(slip, { maxLength: 2 }), seed: fc.nat(), any: fc.boolean() })
    .map(({ one, other, slips, seed, any }) => {
      const slipped = slips.reduce((object, change) => change(object), one);
      return any || slips.length === 0 ? mutated(slipped, other, seed) : slipped;
    });
  return fc.oneof({ weight: 1, arbitrary: right }, { weight: 2, arbitrary: wrong });
}

type Slip = (object: JsonObject) => JsonObject;

/** The namespace is that of the test. */
export function withoutNamespace(object: JsonObject): JsonObject {
  if (!isObject(object["metadata"])) return object;
  const { namespace: _, ...metadata } = object["metadata"];
  return { ...object, metadata };
}

/** What comes from anywhere else in a manifest, or from nowhere. */
function mutated(object: JsonObject, other: JsonObject, seed: number): JsonObject {
  const review = (one: JsonObject): Buffer => Buffer.from(JSON.stringify({ request: { object: one } }));
  const { request } = JSON.parse(mutateValues(review(object), review(other), randomFrom(seed)).toString()) as {
    readonly request: { readonly object: JsonObject };
  };
  // What is of another kind, or of no version there is, is no Workspace to anybody.
  const { apiVersion, kind } = object;
  return withoutNamespace({ ...request.object, apiVersion, kind } as JsonObject);
}

const oddNames = ["", "A", "a.b", "1", "-a", "a_b", "x".repeat(53), "x".repeat(64), "x".repeat(254), "é", "a/b", " a"];
const hostile = [
  "",
  "yes",
  " true ",
  "\u0000",
  "\u202etrue",
  "a".repeat(400),
  "$HOME",
  "$(id)",
  "-1",
  "1e3",
  "null",
  "{}",
];
const inputs = ["replicas", "region", "gpu", "zones", "capacity-type", "allow-from", "catalog", "chat-api", "replica"];

const slip: fc.Arbitrary<Slip> = fc.oneof(
  fc.constantFrom("v1alpha1", "v1alpha1", "v1").map(
    (version): Slip =>
      (object) => ({ ...object, apiVersion: `${groupOf(object)}/${version}` }),
  ),
  fc.constantFrom(...oddNames).map(
    (name): Slip =>
      (object) =>
        inMetadata(object, { name }),
  ),
  fc.constant<Slip>((object) => inMetadata(object, { name: null, generateName: "made-" })),
  fc.record({ key: fc.constantFrom(...inputs), value: fc.constantFrom(...hostile) }).map(
    ({ key, value }): Slip =>
      (object) =>
        inMetadata(object, { annotations: { [`foresail.dev/${key}`]: value } }),
  ),
  fc
    .constantFrom<JsonObject>(
      { labels: { a: 1 } },
      { labels: { "a b": "c" } },
      { labels: { a: "x".repeat(64) } },
      { annotations: { a: true } },
      { annotations: { "a b": "c" } },
      { annotations: null },
      { finalizers: ["nope"] },
      { finalizers: ["example.com/kept"] },
      { ownerReferences: [{ name: "x" }] },
      { nope: 1 },
      { creationTimestamp: null },
      { resourceVersion: "1" },
      { uid: "1" },
    )
    .map(
      (part): Slip =>
        (object) =>
          inMetadata(object, part),
    ),
  fc
    .constantFrom<JsonObject>(
      { spec: {} },
      { status: {} },
      { status: { conditions: [] } },
      { status: { nope: 1 } },
      { status: "Ready" },
      { inference: null },
      { tuning: null },
      { resource: null },
      { resource: [] },
      { inferences: {} },
      { expansion: {} },
      { expansion: { catalog: "2026.11.0" } },
    )
    .map(
      (part): Slip =>
        (object) => ({ ...object, ...part }),
    ),
  fc.nat().map(
    (seed): Slip =>
      (object) =>
        typo(object, seed),
  ),
);

function inMetadata(object: JsonObject, part: JsonObject): JsonObject {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  return { ...object, metadata: { ...metadata, ...part } };
}

/** One letter of one key or text below resource, inference or tuning left out. */
function typo(object: JsonObject, seed: number): JsonObject {
  const { metadata, apiVersion, kind, ...rest } = object;
  const text = JSON.stringify(rest);
  const words = [...text.matchAll(/"([A-Za-z][\w.-]+)"/g)];
  const word = words[seed % Math.max(words.length, 1)];
  if (word === undefined) return object;
  const at = word.index + 1 + (seed % (word[1]?.length ?? 1));
  return { apiVersion, kind, metadata, ...JSON.parse(text.slice(0, at) + text.slice(at + 1)) } as JsonObject;
}
