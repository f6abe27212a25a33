import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { SIMULATION } from "../../../src/local/instance-types.ts";
import { NODE_CLASS } from "../../../src/local/karpenter.ts";

export interface ClaimOptions {
  readonly name: string;
  readonly instanceType: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly nodeClass?: string;
  readonly gpus?: number;
}

/** A NodeClaim as a test writes it by hand: one node of one size, with the GPU taint. */
export function nodeClaim(options: ClaimOptions): JsonObject {
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: { name: options.name, labels: options.labels ?? {} },
    spec: {
      nodeClassRef: { ...NODE_CLASS, name: options.nodeClass ?? NODE_CLASS.name },
      expireAfter: "Never",
      taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }],
      requirements: [
        { key: "node.kubernetes.io/instance-type", operator: "In", values: [options.instanceType] },
        { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
      ],
      resources: { requests: { "nvidia.com/gpu": String(options.gpus ?? 1), cpu: "1", memory: "1Gi" } },
    },
  };
}

export interface PodOptions {
  readonly name: string;
  readonly namespace: string;
  /** Labels of the node it wants. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly requests?: Readonly<Record<string, string>>;
  /** Settings of the simulation, as annotations. */
  readonly settings?: Readonly<Record<string, string>>;
}

export function pod(options: PodOptions): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: options.name, namespace: options.namespace, annotations: settings(options.settings ?? {}) },
    spec: podSpec(options.nodeSelector, options.requests),
  };
}

export function podSpec(
  nodeSelector: Readonly<Record<string, string>>,
  requests: Readonly<Record<string, string>> = {},
): JsonObject {
  const gpu = requests["nvidia.com/gpu"];
  return {
    nodeSelector,
    tolerations: [{ key: "sku", operator: "Exists" }],
    containers: [
      {
        name: "model",
        image: "registry.example/model:1",
        resources: { requests, limits: gpu === undefined ? {} : { "nvidia.com/gpu": gpu } },
      },
    ],
  };
}

/** `image-pull: 2s` becomes the annotation `sim.foresail.dev/image-pull: 2s`. */
export function settings(values: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${SIMULATION}/${name}`, value]));
}

/** Status of one condition of an object (`True`, `False`, `Unknown`), or undefined when it has none of that type. */
export function conditionOf(object: unknown, type: string): string | undefined {
  const status = isObject(object) && isObject(object.status) ? object.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  const found = conditions.find((one) => isObject(one) && one.type === type);
  return isObject(found) ? String(found.status) : undefined;
}

/** A volume for nodes of one zone, by the name of the namespace, and the claim `w` there that is bound to it. */
export function weightsIn(namespace: string, zone: string): readonly JsonObject[] {
  const accessModes = ["ReadWriteMany"];
  const capacity = { storage: "100Gi" };
  const matchExpressions = [{ key: "topology.kubernetes.io/zone", operator: "In", values: [zone] }];
  return [
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: namespace },
      spec: {
        capacity,
        accessModes,
        hostPath: { path: "/weights" },
        claimRef: { namespace, name: "w" },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
      },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "w", namespace },
      spec: { accessModes, resources: { requests: capacity }, storageClassName: "", volumeName: namespace },
    },
  ];
}
