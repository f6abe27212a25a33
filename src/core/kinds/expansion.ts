import { anyObject, boolean, integer, list, map, number, object, oneOf, type Static, string } from "../schema.ts";

const strings = (description: string) => list(string("One value."), description);

const presetSchema = object(
  {
    name: string("Name of the preset in the catalogue."),
    model: string("Hugging Face repository of the weights."),
    revision: string("Commit of the weights, or main."),
    license: string("Licence of the model, as its repository states it."),
    runtime: oneOf(["vllm", "transformers"], "Inference or training runtime in the image."),
    image: string("Container image the model runs in."),
  },
  "The preset as resolved from the catalogue; absent when the Workspace brings its own pod template.",
  { required: ["name", "model", "revision", "license", "runtime", "image"] },
);

const gpuSchema = object(
  {
    resource: string("Extended resource that is requested, for example nvidia.com/gpu."),
    perNode: integer("GPUs of one node that one pod uses."),
    model: string("GPU model; absent when unknown."),
    memoryGiB: number("Memory of one GPU, GiB; absent when unknown."),
    computeCapability: string("CUDA compute capability, for example 8.0; absent when unknown."),
  },
  "The GPU request of one pod.",
  { required: ["resource", "perNode"] },
);

export const parallelismSchema = object(
  {
    tensor: integer("GPUs that share every layer."),
    pipeline: integer("Stages the layers are split into, over nodes and over the GPUs of a node."),
    data: integer("Independent copies of the model inside one pod."),
  },
  "How one model replica is spread over GPUs.",
  { required: ["tensor", "pipeline", "data"] },
);

export const memorySchema = object(
  {
    perGpuGiB: number("Memory of one GPU, GiB."),
    weightsGiB: number("Weights on one GPU, GiB."),
    overheadGiB: number("Activations, CUDA graphs and runtime on one GPU, GiB."),
    kvCacheGiB: number("What is left for the KV cache on one GPU, GiB."),
    maxModelLen: integer("Longest context in tokens that fits one request."),
    maxConcurrency: integer("Requests of the longest context that fit at once in one model copy."),
  },
  "The memory picture of one GPU; absent when the hardware is unknown or for a training run.",
  { required: ["perGpuGiB", "weightsGiB", "overheadGiB", "kvCacheGiB", "maxModelLen", "maxConcurrency"] },
);

const nodeClassSchema = object(
  {
    group: string("API group of the node class."),
    kind: string("Kind of the node class."),
    name: string("Name of the node class."),
  },
  "Karpenter node class asked for by annotation; absent: the installation's.",
  { required: ["name"] },
);

const nodesSchema = object(
  {
    provision: boolean("Whether nodes are created for this Workspace; false: bring your own."),
    placement: oneOf(["dedicated", "shared"], "Whether a node serves this Workspace only."),
    region: string("Region whose price and availability were used."),
    zones: strings("Zones that may be used, in order of preference; absent: any."),
    capacityTypes: strings("Capacity types that may be used, in order: on-demand, spot, reserved."),
    storageGiB: integer("Disk the node needs for image, weights and data, GiB."),
    hourlyPriceUsd: number("Price of all nodes of one replica per hour, USD, on demand; absent when unknown."),
    maxHourlyPriceUsd: number("Ceiling per hour for the whole Workspace, USD, as the user stated it."),
    nodeClass: nodeClassSchema,
    imageFamily: string("Operating system image family asked for, for example ubuntu."),
    share: string("Key of the group of Workspaces that may share a node."),
    labels: map(string("Label value."), "Labels a node must carry: those of resource.labelSelector."),
  },
  "The nodes this Workspace needs.",
  { required: ["provision", "placement", "capacityTypes", "storageGiB"] },
);

const workloadSchema = object(
  {
    kind: oneOf(["Deployment", "StatefulSet", "Job"], "Kind of the workload that runs the pods."),
    name: string("Name of the workload."),
    replicas: integer("Model replicas; absent when something else scales the workload."),
    rollout: oneOf(["surge", "recreate"], "Whether the new pod starts before or after the old one stops."),
    adopt: boolean("Whether a workload that KAITO made is replaced by this one; absent: it is not."),
    ttlSeconds: integer("How long the Workspace stays once its training is complete; absent: for good."),
  },
  "The workload.",
  { required: ["kind", "name"] },
);

const portSchema = object(
  {
    name: string("Port name."),
    port: integer("Port of the Service."),
    targetPort: integer("Port of the pod."),
    protocol: string("Protocol, always TCP."),
  },
  "One Service port.",
  { required: ["name", "port", "targetPort", "protocol"] },
);

const callerSchema = object(
  {
    cidr: string("Address range; the other fields are absent then."),
    namespace: string("Namespace the callers' pods run in."),
    podLabels: map(string("Label value."), "Labels the callers' pods carry; absent: every pod of the namespace."),
  },
  "Who may call the model.",
);

const serviceSchema = object(
  {
    type: oneOf(["ClusterIP", "LoadBalancer"], "Type of the Service."),
    ports: list(portSchema, "Ports of the Service."),
    api: strings("HTTP APIs the model answers: openai, chat."),
    allowFrom: list(callerSchema, "Who may call the model port; absent: anybody."),
  },
  "The Service in front of the model; absent for a tuning Workspace.",
  { required: ["type", "ports", "api"] },
);

/** What admission writes. Every field is described because `kubectl explain workspace.expansion` shows them. */
export const expansionSchema = object(
  {
    catalog: string("Catalogue release that made this expansion: the pin."),
    inputsHash: string("Hash of the inputs this expansion was made from."),
    preset: presetSchema,
    instanceType: string("Instance type of the nodes; absent for own hardware that names none."),
    fallbackInstanceTypes: strings("Instance types tried in order when the first has no quota or stock."),
    nodeCount: integer("Nodes, and pods, of one model replica."),
    gpu: gpuSchema,
    parallelism: parallelismSchema,
    memory: memorySchema,
    nodes: nodesSchema,
    workload: workloadSchema,
    service: serviceSchema,
    files: map(string("Content of the file."), "Files that are mounted into the pod, by name."),
    podTemplate: anyObject("The complete pod template the workload runs."),
  },
  "What this Workspace expands to. Written by admission only; a value given by a user is replaced.",
  { required: ["catalog", "inputsHash", "nodeCount", "nodes", "workload", "podTemplate"] },
);

export type Expansion = Static<typeof expansionSchema>;
export type ExpansionNodes = Static<typeof nodesSchema>;
export type ExpansionMemory = Static<typeof memorySchema>;
export type ExpansionParallelism = Static<typeof parallelismSchema>;
export type ExpansionPreset = Static<typeof presetSchema>;
export type ExpansionCaller = Static<typeof callerSchema>;
export type ExpansionService = Static<typeof serviceSchema>;
