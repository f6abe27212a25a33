import { parse } from "yaml";
import { namedConfig } from "../../../src/cli/config-maps.ts";
import { unstated } from "../../../src/cli/input/manifest.ts";
import { asStored } from "../../../src/cli/stored.ts";
import { admit } from "../../../src/core/admit.ts";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { modelFile } from "../../../src/core/catalogue-files/model-file.ts";
import { checkPartition } from "../../../src/core/checks/partition.ts";
import { derivePreset } from "../../../src/core/derive/derive.ts";
import { expand } from "../../../src/core/expand.ts";
import { staleIssues } from "../../../src/core/explain/price-sources.ts";
import { typeIssues } from "../../../src/core/input-types.ts";
import { error, type Issue, warning } from "../../../src/core/issue.ts";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { collectPolicies } from "../../../src/core/policy/collect.ts";
import { policyIssues } from "../../../src/core/policy/issues.ts";
import { presetPodIssues } from "../../../src/core/preset-pod/admit-pod.ts";
import { exampleBases, type RuleCode } from "../../../src/core/rules.ts";
import { derived, LLAMA } from "../derive/support.ts";
import { catalogue, review, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const said = (object: Workspace, of: Catalogue = catalogue): readonly Issue[] => expand(object, of).issues;
const inference = (more: JsonObject): Workspace =>
  workspace({ resource: { labelSelector: {}, instanceType: A100 }, inference: { preset: { name: "phi-4" }, ...more } });
const changed = (defaults: Partial<Catalogue["current"]["defaults"]>, more: Partial<Catalogue["current"]> = {}) => {
  const release = { ...catalogue.current, ...more, defaults: { ...catalogue.current.defaults, ...defaults } };
  return { current: release, releases: [release] };
};

const presetPod = (): JsonObject => parse(exampleBases.pod) as JsonObject;

/** The causes of a denial; of an allowed request its warnings, which carry no code. */
function answered(answer: JsonObject | undefined, code: RuleCode): readonly Issue[] {
  const response = answer?.["response"];
  if (!isObject(response)) return [];
  const status = isObject(response["status"]) ? response["status"] : {};
  const details = isObject(status["details"]) ? status["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"].filter(isObject) : [];
  const warned = Array.isArray(response["warnings"]) ? response["warnings"].map(String) : [];
  return [
    ...causes.map((cause) => error(String(cause["field"]), cause["reason"] as RuleCode, String(cause["message"]))),
    ...warned.filter((text) => text.includes(code.split("/")[0] ?? "")).map((text) => warning("", code, text)),
  ];
}

const nested = (levels: number): JsonObject => (levels === 0 ? {} : { a: nested(levels - 1) });
const unreviewed = { ...review(serving("phi-4", A100)) };
const derivedAs = (changes: Parameters<typeof derived>[1]): readonly Issue[] => derived(LLAMA, changes).issues;
const withToolkit = catalogue.current.models.find(({ cudaToolkit }) => cudaToolkit)?.name ?? "";
const stated = (name: string): JsonObject => ({
  apiVersion: "kaito.sh/v1beta1",
  kind: "Workspace",
  metadata: { name },
});
const served = { resource: { labelSelector: {}, instanceType: A100 }, inference: { preset: { name: "phi-4" } } };

/** What a policy of its own says of phi-4 in the namespace models. */
function judged(policy: JsonObject, action: "Deny" | "Warn" = "Deny"): readonly Issue[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const rule = { apiGroups: ["kaito.sh"], apiVersions: ["*"], operations: ["CREATE"], resources: ["workspaces"] };
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [policy] };
  const policies = collectPolicies([
    { apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name: "p" }, spec },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "p" },
      spec: { policyName: "p", validationActions: [action] },
    },
  ]);
  if ("length" in policies) throw new Error(policies.map(({ message }) => message).join("; "));
  return policyIssues(serving("phi-4", A100), {}, policies);
}

/** Rules whose case takes more than a few lines of YAML to make. */
export const cases: { readonly [code: string]: () => readonly Issue[] } = {
  "policy/denied": () => judged({ expression: "object.resource.instanceType == ''", message: "no" }),
  "policy/warned": () => judged({ expression: "object.resource.instanceType == ''", message: "no" }, "Warn"),
  "policy/not-judged": () =>
    judged({ expression: "authorizer.group('').resource('pods').check('create').allowed()", message: "no" }),
  "workspace/use-change": () =>
    answered(admit(review(tuning("phi-4", A100), serving("phi-4", A100)), catalogue, "mutate"), "workspace/use-change"),
  "preset-pod/needs-workspace": () => presetPodIssues(presetPod(), "models", changed({ provider: "gpu-provisioner" })),
  "schema/more": () => typeIssues(inference({ adapters: Array.from({ length: 102 }, () => "wrong") })),
  "schema/too-deep": () =>
    answered(admit(review(inference({ template: nested(200) })), catalogue, "mutate"), "schema/too-deep"),
  "schema/too-large": () => said(inference({ template: { metadata: { annotations: { a: "x".repeat(300_000) } } } })),
  "expansion/replaced": () => {
    const object = { ...serving("phi-4", A100), expansion: { catalog: "mine" } };
    return answered(admit(review(object), catalogue, "mutate"), "expansion/replaced");
  },
  "expansion/not-ours": () =>
    answered(admit(review(serving("phi-4", A100)), catalogue, "validate"), "expansion/not-ours"),
  "review/object": () => {
    const request = { ...(unreviewed["request"] as JsonObject), object: null };
    return answered(admit({ ...unreviewed, request }, catalogue, "mutate"), "review/object");
  },
  "admission/warning": () => asStored({ ...stated("phi"), ...served, expansion: {} }, "models", catalogue).issues,
  "placement/ignored": () =>
    said(serving("phi-4", A100, { "foresail.dev/placement": "shared" }), changed({ provider: "gpu-provisioner" })),
  "access/ignored": () =>
    said({
      ...tuning("phi-4", A100),
      metadata: { name: "phi", namespace: "models", annotations: { "foresail.dev/allow-from": "team-a" } },
    }),
  "adapter/too-many": () =>
    said(inference({ adapters: Array.from({ length: 11 }, (_, i) => ({ source: { name: `a${i}`, image: "r/a" } })) })),
  "mirrors/not-covered": () => {
    return said(serving(withToolkit), changed({}, { mirrors: { images: [], pullSecrets: [] } }));
  },
  "partition/mode": () =>
    checkPartition(
      { ...inference({}), resource: { labelSelector: {}, partition: { mode: "half" } } } as unknown as Workspace,
      { provision: false },
    ),
  "selector/too-many": () => {
    const matchLabels = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`l${i}`, "x"]));
    return said({ ...inference({}), resource: { labelSelector: { matchLabels }, instanceType: A100 } });
  },
  "tuning/urls": () =>
    said(tuning("phi-4", A100, { input: { urls: Array.from({ length: 101 }, (_, i) => `https://example.com/${i}`) } })),
  "config/invalid": () => said(inference({ config: "My_Settings" })),
  "config/missing": () => {
    const object = { ...inference({ config: "mine" }), ...expand(inference({ config: "mine" }), catalogue) };
    const configMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "mine", namespace: "models" },
      data: {},
    };
    const manifest = unstated(configMap, "a.yaml");
    return namedConfig(object as Workspace, [manifest], "models", catalogue).findings.map(({ issue }) => issue);
  },
  "catalogue/layers": () => {
    const { aliases: _a, ...model } = catalogue.current.models.find(({ name }) => name === "phi-4") ?? { aliases: [] };
    return modelFile.check({ ...model, layers: 7 }, "");
  },
  "derive/repository": () => derivedAs({ repository: "tiny" }),
  "derive/server": () => {
    const release = { ...catalogue.current, servers: [] };
    return derivePreset(
      { repository: "acme/tiny", readFrom: "here", config: LLAMA, weights: { statedGiB: 1 }, stated: {} },
      release,
    ).issues;
  },
  "derive/object": () => derived([1]).issues,
  "derive/weights": () => derivedAs({ weights: {} }),
  "derive/revision": () => derivedAs({ stated: { license: "mit" } }),
  "derive/license": () => derivedAs({ stated: { revision: "main" } }),
  "derive/name-taken": () => derivedAs({ repository: "acme/phi-4" }),
  "derive/known-model": () => derivedAs({ repository: "microsoft/phi-4", stated: { name: "mine", license: "mit" } }),
  "price/stale": () => staleIssues([{ source: "a list", date: "2026-01-01", ageDays: 91, stale: true }]),
  "derive/parsers": () =>
    derived({ ...LLAMA, architectures: ["OPTForCausalLM"], model_type: "opt" }, { repository: "acme/opt" }).issues,
};
