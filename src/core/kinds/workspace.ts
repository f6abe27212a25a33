import type { JsonObject } from "../json.ts";
import {
  anyObject,
  integer,
  list,
  map,
  object,
  oneOf,
  type Schema,
  type Static,
  string,
  validator,
} from "../schema.ts";
import { expansionSchema } from "./expansion.ts";
import type { Kind, ObjectMeta } from "./kind.ts";
import { statusSchema } from "./workspace-status.ts";

const secretNames = (description: string) => list(string("Name of a Secret in the namespace."), description);

const requirementSchema = object(
  {
    key: string("Label key."),
    operator: string("In, NotIn, Exists or DoesNotExist."),
    values: list(string("Label value."), "Label values.", { "x-kubernetes-list-type": "atomic" }),
  },
  "One requirement on a label.",
  { required: ["key", "operator"] },
);

const labelSelectorSchema = object(
  {
    matchExpressions: list(requirementSchema, "Requirements on labels.", { "x-kubernetes-list-type": "atomic" }),
    matchLabels: map(string("Label value."), "Labels and their values."),
  },
  "Labels of the nodes this Workspace runs on; nodes created for it get them.",
  { keywords: { "x-kubernetes-map-type": "atomic" } },
);

const partitionSchema = object(
  {
    count: integer("GPUs of one node to use, for mode accelerator.", { minimum: 1 }),
    mode: oneOf(["mig", "accelerator"], "How the GPUs of a node are divided."),
    profile: string("MIG profile, for example 1g.10gb, for mode mig."),
  },
  "Use part of a node's GPUs.",
  { required: ["mode"] },
);

const resourceSchema = object(
  {
    count: integer("Nodes asked for. With vLLM the number is computed from the model and the size.", { default: 1 }),
    instanceType: string("Instance type of the nodes; absent: the cheapest verified size that fits."),
    labelSelector: labelSelectorSchema,
    partition: partitionSchema,
    preferredNodes: list(string("Node name."), "Accepted for compatibility with KAITO and ignored."),
  },
  "The hardware this Workspace needs.",
  { required: ["labelSelector"] },
);

const presetOptionsSchema = object(
  {
    image: string("Accepted for compatibility with KAITO and ignored."),
    imagePullSecrets: secretNames("Secrets to pull the image with."),
    modelAccessSecret: string("Secret of the namespace with the key HF_TOKEN for models behind a licence gate."),
  },
  "Options of the preset.",
);

const presetSchema = object(
  {
    name: string("Preset of the catalogue, for example phi-4-mini-instruct."),
    accessMode: oneOf(["public", "private"], "Accepted for compatibility with KAITO and ignored.", {
      default: "public",
    }),
    presetOptions: presetOptionsSchema,
  },
  "A model of the catalogue.",
  { required: ["name"] },
);

const dataSourceSchema = object(
  {
    name: string("Name of the source."),
    urls: list(string("http or https address."), "Files to download."),
    volumeSource: anyObject("A volume that holds the data."),
    image: string("Image that holds the data under /data."),
    imagePullSecrets: secretNames("Secrets to pull the image with."),
  },
  "Where data comes from: exactly one of urls, volumeSource, image.",
);

const dataDestinationSchema = object(
  {
    volumeSource: anyObject("A volume the result is written to."),
    image: string("Image the result is pushed as."),
    imagePushSecret: string("Secret to push the image with."),
  },
  "Where the result goes: exactly one of volumeSource, image.",
);

const adapterSchema = object(
  {
    source: dataSourceSchema,
    strength: string("Weight of the adapter between 0 and 1; the transformers runtime only."),
  },
  "One LoRA adapter.",
);

const inferenceSchema = object(
  {
    preset: presetSchema,
    template: anyObject("A pod template of one's own instead of a preset."),
    config: string("ConfigMap of the namespace with the key inference_config.yaml."),
    adapters: list(adapterSchema, "LoRA adapters to load, at most 10."),
  },
  "Serve a model. Exactly one of inference and tuning.",
);

const tuningSchema = object(
  {
    preset: presetSchema,
    method: string("lora or qlora."),
    config: string("ConfigMap of the namespace with the key training_config.yaml."),
    input: dataSourceSchema,
    output: dataDestinationSchema,
  },
  "Train an adapter. Exactly one of inference and tuning.",
  { required: ["input", "output"] },
);

/** The top-level fields of a Workspace beside apiVersion, kind and metadata. KAITO has no `spec` here. */
export const workspaceFields = {
  resource: resourceSchema,
  inference: inferenceSchema,
  tuning: tuningSchema,
  expansion: expansionSchema,
  status: statusSchema,
};

export const workspaceSchema = object(
  {
    apiVersion: string("Version of the schema of this object."),
    kind: string("Kind of this object."),
    metadata: { json: { type: "object" } } as Schema<ObjectMeta>,
    ...workspaceFields,
  },
  "A language model to serve or to tune, and the hardware for it.",
);

export type Workspace = Static<typeof workspaceSchema> & { readonly metadata: ObjectMeta };
export type Resource = Static<typeof resourceSchema>;
export type LabelSelector = Static<typeof labelSelectorSchema>;
export type Inference = Static<typeof inferenceSchema>;
export type Tuning = Static<typeof tuningSchema>;
export type Preset = Static<typeof presetSchema>;
export type Adapter = Static<typeof adapterSchema>;
export type DataSource = Static<typeof dataSourceSchema>;
export type DataDestination = Static<typeof dataDestinationSchema>;
export type { Expansion } from "./expansion.ts";
export type { WorkspaceStatus } from "./workspace-status.ts";

/** The parts a user states. Status and expansion are ours and are checked where they are written. */
export const workspaceInputsSchema = object(
  { resource: resourceSchema, inference: inferenceSchema, tuning: tuningSchema },
  "The parts of a Workspace that a user states.",
);
export const validateWorkspaceInputs = validator(workspaceInputsSchema);
export const validateExpansion = validator(expansionSchema);

const condition = (type: string) => `.status.conditions[?(@.type=="${type}")].status`;
const columns: readonly JsonObject[] = [
  { name: "Instance", type: "string", jsonPath: ".expansion.instanceType" },
  { name: "ResourceReady", type: "string", jsonPath: condition("ResourceReady") },
  { name: "InferenceReady", type: "string", jsonPath: condition("InferenceReady") },
  { name: "WorkspaceReady", type: "string", jsonPath: condition("WorkspaceReady") },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "JobStarted", type: "string", jsonPath: condition("JobStarted"), priority: 1 },
  { name: "State", type: "string", jsonPath: ".status.state", priority: 1 },
  { name: "Nodes", type: "integer", jsonPath: ".expansion.nodeCount", priority: 1 },
  { name: "USD/h", type: "number", jsonPath: ".expansion.nodes.hourlyPriceUsd", priority: 1 },
];

export const KAITO_GROUP = "kaito.sh";
export const OWN_GROUP = "foresail.dev";
/** The groups that serve a Workspace: KAITO's, and ours, in which it can be tried while KAITO serves its own. */
export const WORKSPACE_GROUPS = [KAITO_GROUP, OWN_GROUP] as const;
export type WorkspaceGroup = (typeof WORKSPACE_GROUPS)[number];
/** The version that is stored, in each group. */
export const WORKSPACE_VERSION = "v1beta1";

/** KAITO's Workspace: same group, names, short names and categories, so its manifests apply unchanged. */
export const workspaceKind: Kind = {
  groups: WORKSPACE_GROUPS,
  kind: "Workspace",
  plural: "workspaces",
  singular: "workspace",
  shortNames: ["wk", "wks"],
  categories: ["workspace"],
  namespaced: true,
  versions: [
    { name: "v1alpha1", stored: false },
    { name: WORKSPACE_VERSION, stored: true },
  ],
  schema: workspaceSchema,
  columns,
};
