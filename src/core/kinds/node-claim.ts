import type { JsonObject } from "../json.ts";
import { integer, list, object, oneOf, type Schema, type Static, string } from "../schema.ts";
import type { Kind, ObjectMeta } from "./kind.ts";

// Bounds and patterns are those of karpenter.sh/v1, so that a claim accepted here is accepted there.
const QUANTITY =
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

const quantities = (description: string): Schema<{ readonly [resource: string]: string | number }> => ({
  json: {
    type: "object",
    description,
    additionalProperties: {
      anyOf: [{ type: "integer" }, { type: "string" }],
      pattern: QUANTITY,
      "x-kubernetes-int-or-string": true,
    },
  },
});

const requirementSchema = object(
  {
    key: string("Label key of the node.", { maxLength: 316 }),
    operator: oneOf(
      ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"],
      "How the label is compared with the values.",
    ),
    values: list(string("Label value.", { maxLength: 63 }), "Values to compare with.", {
      "x-kubernetes-list-type": "atomic",
    }),
    minValues: integer("Distinct values that must stay possible.", { minimum: 1, maximum: 50 }),
  },
  "One requirement on the node.",
  { required: ["key", "operator"] },
);

const taintSchema = object(
  {
    key: string("Taint key.", { minLength: 1 }),
    value: string("Taint value."),
    effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"], "What happens to pods that do not tolerate it."),
    timeAdded: string("When the taint was added.", { format: "date-time" }),
  },
  "One taint.",
  { required: ["key", "effect"] },
);

const nodeClassRefSchema = object(
  {
    group: string("API group.", { minLength: 1 }),
    kind: string("Kind.", { minLength: 1 }),
    name: string("Name.", { minLength: 1 }),
  },
  "The node class; its group and kind decide which provider serves the claim.",
  { required: ["group", "kind", "name"] },
);

const specSchema = object(
  {
    nodeClassRef: nodeClassRefSchema,
    requirements: list(requirementSchema, "What the node must be.", { maxItems: 100 }),
    resources: object({ requests: quantities("Resources by name.") }, "What the node must offer."),
    taints: list(taintSchema, "Taints the node keeps."),
    startupTaints: list(taintSchema, "Taints the node starts with and somebody removes."),
    expireAfter: string("How long the node may live: a duration or Never.", {
      default: "720h",
      pattern: "^(([0-9]+(s|m|h))+|Never)$",
    }),
    terminationGracePeriod: string("Longest time a drain may take.", { pattern: "^([0-9]+(s|m|h))+$" }),
  },
  "The node that is asked for. It never changes: another node is another claim.",
  {
    required: ["nodeClassRef", "requirements"],
    keywords: { "x-kubernetes-validations": [{ message: "spec is immutable", rule: "self == oldSelf" }] },
  },
);

const conditionSchema = object(
  {
    lastTransitionTime: string("When the status changed last.", { format: "date-time" }),
    message: string("What is the case, for people.", { maxLength: 32768 }),
    observedGeneration: integer("Generation this condition was made for.", { format: "int64", minimum: 0 }),
    reason: string("One word for programs.", { minLength: 1, maxLength: 1024 }),
    status: oneOf(["True", "False", "Unknown"], "True, False or Unknown."),
    type: string("What the condition is about.", { maxLength: 316 }),
  },
  "One condition.",
  { required: ["lastTransitionTime", "message", "reason", "status", "type"] },
);

const claimStatusSchema = object(
  {
    nodeName: string("The node, once it has registered."),
    providerID: string("The machine, once it was launched; equals the node's spec.providerID."),
    imageID: string("Image of the operating system."),
    capacity: quantities("Estimated capacity of the node."),
    allocatable: quantities("Estimated allocatable resources of the node."),
    conditions: list(conditionSchema, "Launched, Registered, Initialized, Ready and others."),
    lastPodEventTime: string("Last time a pod was bound or removed.", { format: "date-time" }),
  },
  "Observed state, written by the provider.",
);

export const nodeClaimSchema = object(
  {
    apiVersion: string("Version of the schema of this object."),
    kind: string("Kind of this object."),
    metadata: { json: { type: "object" } } as Schema<ObjectMeta>,
    spec: specSchema,
    status: claimStatusSchema,
  },
  "The request for one node.",
  { required: ["spec"] },
);

export type NodeClaim = Static<typeof nodeClaimSchema> & { readonly metadata: ObjectMeta };
export type NodeClassRef = Static<typeof nodeClassRefSchema>;

const label = (name: string): string => `.metadata.labels.${name.replaceAll(".", "\\.")}`;
const columns: readonly JsonObject[] = [
  { name: "Type", type: "string", jsonPath: label("node.kubernetes.io/instance-type") },
  { name: "Capacity", type: "string", jsonPath: label("karpenter.sh/capacity-type") },
  { name: "Zone", type: "string", jsonPath: label("topology.kubernetes.io/zone") },
  { name: "Node", type: "string", jsonPath: ".status.nodeName" },
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "ID", type: "string", jsonPath: ".status.providerID", priority: 1 },
];

/** Karpenter's NodeClaim for clusters without Karpenter. Installed only where no definition of that name exists. */
export const nodeClaimKind: Kind = {
  groups: ["karpenter.sh"],
  kind: "NodeClaim",
  plural: "nodeclaims",
  singular: "nodeclaim",
  shortNames: [],
  categories: ["karpenter"],
  namespaced: false,
  versions: [{ name: "v1", stored: true }],
  schema: nodeClaimSchema,
  columns,
};
