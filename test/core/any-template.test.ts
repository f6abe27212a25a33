import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { buildCatalogue } from "../../src/core/catalogue-build.ts";
import { parseCatalogueFile } from "../../src/core/catalogue-files/parse.ts";
import { children } from "../../src/core/children/children.ts";
import { expand } from "../../src/core/expand.ts";
import { inputAnnotations } from "../../src/core/inputs.ts";
import { errors } from "../../src/core/issue.ts";
import type { Json, JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { shippedCatalogueFiles } from "../../src/load.ts";
import { anyCharacter } from "./support/any-text.ts";
import { catalogue, serving, tuning, workspace } from "./support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const mirrors = `images: [{prefix: mcr.microsoft.com, mirror: registry.example/mcr}]
pullSecrets: [one, two]
huggingFaceEndpoint: https://hub.example
caBundle: {configMap: ca, key: ca.crt}
`;
const mirrored = buildCatalogue(shippedCatalogueFiles(), [parseCatalogueFile("mirrors.yaml", "mirrors.yaml", mirrors)]);

// Every member that some code looks into, and the words that mean something as values.
const members =
  "spec metadata labels annotations containers initContainers volumes name image reference env value args command resources limits nvidia.com/gpu tolerations key affinity nodeAffinity requiredDuringSchedulingIgnoredDuringExecution nodeSelectorTerms matchExpressions imagePullSecrets volumeMounts mountPath projected sources secret secretName ports containerPort restartPolicy $patch $retainKeys __proto__ constructor toString kaito.sh/workspace".split(
    " ",
  );
const words = ["model", "chat", "delete", "replace", "merge", "IMAGE", "AUTH_DIRECTORY", "oras", "/root/.docker", "2"];

const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, 1, -1, 0.5, "", ...words),
  fc.string({ unit: anyCharacter, maxLength: 4 }),
);
const { json } = fc.letrec<{ json: Json }>((tie) => {
  const member = fc.tuple(fc.constantFrom(...members), tie("json"));
  const object = fc.uniqueArray(member, { selector: ([name]) => name, maxLength: 6 }).map(Object.fromEntries);
  return { json: fc.oneof({ depthSize: "medium" }, leaf, fc.array(tie("json"), { maxLength: 4 }), object) };
});
const any = json
  .filter((value): value is JsonObject => typeof value === "object" && value !== null)
  .map((value) => ({ ...value }) as JsonObject);
const container = fc.record(
  {
    name: fc.constantFrom("model", "c", "phi"),
    image: json,
    env: json,
    args: json,
    resources: json,
    volumeMounts: json,
    $patch: leaf,
  },
  { requiredKeys: [] },
);
const containers = fc.oneof(
  { weight: 4, arbitrary: fc.array(container, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: json },
);
const spec = fc.record(
  {
    containers,
    initContainers: containers,
    volumes: json,
    affinity: json,
    tolerations: json,
    imagePullSecrets: json,
    $patch: leaf,
  },
  { requiredKeys: [] },
);
const template = fc.oneof(
  { weight: 4, arbitrary: fc.record({ metadata: json, spec }, { requiredKeys: ["spec"] }) },
  { weight: 1, arbitrary: any },
) as fc.Arbitrary<JsonObject>;

const sizes = fc.constantFrom(A100, "Standard_NC6s_v3", "Standard_ND96isr_H100_v5");
const served = (inference: JsonObject, instanceType: string): Workspace =>
  workspace({ resource: { labelSelector: {}, instanceType }, inference });

/** Both catalogues give an expansion that children can be made of, or say what is wrong. */
function judged(object: Workspace): boolean {
  const results = [catalogue, mirrored].map((one) => {
    const { expansion, issues } = expand(object, one);
    expect(expansion === undefined).to.equal(errors(issues).length > 0);
    if (expansion === undefined) return false;
    const metadata = { ...object.metadata, uid: "1" };
    expect(children({ ...object, metadata, expansion }).length).to.be.greaterThan(0);
    expect(expansion.podTemplate).to.have.nested.property("metadata.labels.kaito\\.sh/workspace", metadata.name);
    return true;
  });
  expect(({} as JsonObject)["polluted"]).to.equal(undefined);
  return results.includes(true);
}

describe("whatever a user states", function () {
  this.timeout(60_000);

  it("is expanded or refused with a reason: templates, alone and over a preset", () => {
    let expanded = 0;
    fc.assert(
      fc.property(template, sizes, fc.boolean(), (stated, size, beside) => {
        const preset = beside ? { preset: { name: "phi-4-mini-instruct" } } : {};
        if (judged(served({ ...preset, template: stated }, size))) expanded++;
      }),
      { numRuns: 300, seed: 4 },
    );
    expect(expanded).to.be.greaterThan(40);
  });

  it("is expanded or refused with a reason: volumes of adapters and of training data", () => {
    fc.assert(
      fc.property(any, fc.constantFrom("0", "0.5", "1"), (volumeSource, strength) => {
        const adapters = [{ source: { name: "a", volumeSource }, strength }];
        judged(served({ preset: { name: "phi-4-mini-instruct" }, adapters }, A100));
        judged(tuning("phi-4", A100, { input: { volumeSource }, output: { volumeSource } }));
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  it("is expanded or refused with a reason: annotations", () => {
    const words = fc.constantFrom(
      "true",
      "false",
      "0",
      "a",
      "a/b=c",
      "10.0.0.0/8",
      "2x80Gi/8.0",
      "spot",
      "vllm",
      "__proto__",
    );
    const text = fc.oneof(words, fc.string({ unit: anyCharacter, maxLength: 12 }));
    const stated = fc.uniqueArray(fc.tuple(fc.constantFrom(...inputAnnotations), text), {
      selector: ([name]) => name,
      maxLength: 5,
    });
    fc.assert(
      fc.property(stated, fc.constantFrom("phi-4", "llama-3.1-8b-instruct", "falcon-7b"), (entries, name) => {
        judged(serving(name, A100, Object.fromEntries(entries)));
      }),
      { numRuns: 500, seed: 4 },
    );
  });
});
