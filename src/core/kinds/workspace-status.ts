import { boolean, integer, list, map, object, oneOf, type Static, string } from "../schema.ts";

const conditionSchema = object(
  {
    lastTransitionTime: string("When the status changed last.", { format: "date-time" }),
    message: string("What is the case, for people.", { maxLength: 32768 }),
    observedGeneration: integer("Generation this condition was made for.", { format: "int64", minimum: 0 }),
    reason: string("One word for programs.", {
      minLength: 1,
      maxLength: 1024,
      pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    }),
    status: oneOf(["True", "False", "Unknown"], "True, False or Unknown."),
    type: string("What the condition is about.", {
      maxLength: 316,
      pattern:
        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
    }),
  },
  "One condition.",
  { required: ["lastTransitionTime", "message", "reason", "status", "type"] },
);

const metricSchema = object(
  {
    config: map(string("Value."), "How the metric was measured."),
    description: string("What was measured."),
    unit: string("Unit of the value."),
    value: string("The value."),
  },
  "One measured figure.",
  { required: ["description", "value"] },
);

const upgradeSchema = object(
  {
    release: string("Catalogue release that would give another expansion."),
    restarts: boolean("Whether taking it restarts the model."),
    changes: list(string("Field path."), "Fields of the expansion that would change."),
  },
  "What a newer catalogue offers; nothing changes until git asks.",
  { required: ["release", "restarts", "changes"] },
);

const nodeSchema = object(
  {
    name: string("Node name."),
    claim: string("NodeClaim the node was created for."),
    instanceType: string("Instance type."),
    zone: string("Zone."),
    capacityType: string("on-demand, spot or reserved."),
    ready: boolean("Whether the node is Ready and offers its GPUs."),
  },
  "One node of this Workspace.",
  { required: ["name", "ready"] },
);

const attemptSchema = object(
  {
    instanceType: string("Instance type that was asked for."),
    zone: string("Zone that was asked for."),
    capacityType: string("Capacity type that was asked for."),
    nodeClass: string("Name of the node class it was asked of; absent: not known."),
    reason: string("Why it was refused."),
    message: string("The refusal, verbatim."),
    until: string("Not tried again before this time.", { format: "date-time" }),
    failures: integer("Machines in a row that ran here and never became usable nodes."),
    failed: string("When the last of them was given up.", { format: "date-time" }),
  },
  "One request for a node that was refused.",
  { required: ["instanceType", "reason", "message", "until"] },
);

const phaseSchema = object(
  {
    type: oneOf(
      ["Pending", "Node", "GPU", "Image", "Weights", "Ready"],
      "Pending: asked for; Node: every pod's node is Ready; GPU: it offers its GPUs; Image: the container runs; Weights: the server has loaded the model; Ready: it answers.",
    ),
    time: string("When that was reached.", { format: "date-time" }),
  },
  "One step of the newest start of the model.",
  { required: ["type", "time"] },
);

export const statusSchema = object(
  {
    observedGeneration: integer("Generation the status was made for.", { format: "int64" }),
    conditions: list(conditionSchema, "Conditions.", {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
    }),
    state: string("Pending, Ready, NotReady, Running, Succeeded or Failed, as KAITO defines them."),
    targetNodeCount: integer("Nodes this Workspace runs on.", { format: "int32" }),
    workerNodes: list(string("Node name."), "Names of the nodes in use."),
    performance: object({ metrics: map(metricSchema, "Figures by name.") }, "Measured performance."),
    upgrade: upgradeSchema,
    nodes: list(nodeSchema, "The nodes of this Workspace."),
    attempts: list(attemptSchema, "Requests for nodes that were refused, newest 20."),
    phases: list(phaseSchema, "Steps of the newest start of the model that are done, in their order.", {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
    }),
    acceptedExpansion: string("Hash of the expansion that was found to be admission's own and is run."),
    takenOverInputs: string(
      "Hash of the inputs at the first look at what KAITO runs for it; until they change it is left as it is.",
    ),
  },
  "Observed state, written by the reconciler.",
  // To kstatus an object without a status is Current: Flux would call a Workspace healthy before anybody has looked at it.
  // Flux's own kinds carry the same default for that reason.
  { keywords: { default: { observedGeneration: -1 } } },
);

export type WorkspaceStatus = Static<typeof statusSchema>;
export type Condition = Static<typeof conditionSchema>;
export type NodeStatus = Static<typeof nodeSchema>;
export type Phase = Static<typeof phaseSchema>;
export type Attempt = Static<typeof attemptSchema>;
