import { annotationRules } from "./rules/annotations.ts";
import { catalogueRules } from "./rules/catalogue.ts";
import { inferenceRules } from "./rules/inference.ts";
import { kaitoRules } from "./rules/kaito.ts";
import { nodeRules } from "./rules/nodes.ts";
import { policyRules } from "./rules/policies.ts";
import { presetPodRules } from "./rules/preset-pods.ts";
import { repositoryRules } from "./rules/repository.ts";
import type { RuleSet } from "./rules/rule.ts";
import { settingsRules } from "./rules/settings.ts";
import { tuningRules } from "./rules/tuning.ts";
import { workspaceRules } from "./rules/workspace.ts";

/** Rules of one part, and what their examples are laid over. */
export interface Area {
  readonly title: string;
  readonly examplesOf: "serving" | "repository" | "tuning" | "pod" | "inference_config.yaml" | "config.json";
  readonly rules: RuleSet;
}

/** What the examples are merged into, as YAML. */
export const exampleBases = {
  serving: `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: phi, namespace: models}
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: phi}}}
inference: {preset: {name: phi-4}}
`,
  tuning: `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: phi, namespace: models}
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: phi}}}
tuning:
  preset: {name: phi-4}
  method: lora
  input: {urls: ["https://example.com/train.parquet"]}
  output: {image: registry.example/adapter:1, imagePushSecret: push}
`,
  pod: `apiVersion: v1
kind: Pod
metadata:
  name: phi
  namespace: models
  labels: {foresail.dev/preset: phi-4}
  annotations: {foresail.dev/instance-type: Standard_NC24ads_A100_v4}
spec:
  containers: [{name: model, image: auto}]
  schedulingGates: [{name: foresail.dev/expand}]
`,
} as const;

/** Every code an issue can have, in the order docs/rules.md lists them. */
export const areas: readonly Area[] = [
  { title: "The Workspace as a whole", examplesOf: "serving", rules: workspaceRules },
  { title: "Annotations", examplesOf: "serving", rules: annotationRules },
  { title: "What is served", examplesOf: "serving", rules: inferenceRules },
  { title: "Nodes", examplesOf: "serving", rules: nodeRules },
  { title: "Training", examplesOf: "tuning", rules: tuningRules },
  { title: "Preset pods", examplesOf: "pod", rules: presetPodRules },
  { title: "Settings in ConfigMaps", examplesOf: "inference_config.yaml", rules: settingsRules },
  { title: "The repository", examplesOf: "repository", rules: repositoryRules },
  { title: "KAITO itself", examplesOf: "repository", rules: kaitoRules },
  { title: "Policies", examplesOf: "serving", rules: policyRules },
  { title: "The catalogue", examplesOf: "config.json", rules: catalogueRules },
];

/** A code that is in the list: the compiler refuses any other. */
export type RuleCode =
  | keyof typeof annotationRules
  | keyof typeof catalogueRules
  | keyof typeof inferenceRules
  | keyof typeof kaitoRules
  | keyof typeof nodeRules
  | keyof typeof policyRules
  | keyof typeof presetPodRules
  | keyof typeof repositoryRules
  | keyof typeof settingsRules
  | keyof typeof tuningRules
  | keyof typeof workspaceRules;

/** Every code, in the order of the alphabet. */
export const ruleCodes: readonly RuleCode[] = areas
  .flatMap(({ rules }) => Object.keys(rules) as RuleCode[])
  .sort((a, b) => (a < b ? -1 : 1));

export function isRuleCode(text: string): text is RuleCode {
  return (ruleCodes as readonly string[]).includes(text);
}
