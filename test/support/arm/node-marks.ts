import { isMap, type Json, type JsonMap } from "./wire.ts";

const SPOT_KEY = "kubernetes.azure.com/scalesetpriority";
const SPOT_TAINT = `${SPOT_KEY}=spot:NoSchedule`;

// AKS's own keys from before it had a prefix, and what kubelet or the cloud controller write.
const TAKEN: readonly string[] = [
  "agentpool",
  "accelerator",
  "storageprofile",
  "storagetier",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
];
// Kubelet may set these below kubernetes.io (the NodeRestriction admission plugin).
const KUBELET_MAY: readonly string[] = ["node.kubernetes.io", "kubelet.kubernetes.io"];
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const TAINT = /^([^=:]+)=([^=:]*):(NoSchedule|PreferNoSchedule|NoExecute)$/;

interface Issue {
  readonly target: string;
  readonly message: string;
}

/** What is wrong with the nodeLabels of a pool, if anything is. */
export function nodeLabelIssue({ nodeLabels = {}, scaleSetPriority }: JsonMap): Issue | undefined {
  const target = "properties.nodeLabels";
  if (!isMap(nodeLabels)) return { target, message: "they are a map" };
  for (const [key, value] of Object.entries(nodeLabels)) {
    if (key === SPOT_KEY && value === "spot" && scaleSetPriority === "Spot") continue;
    const message = keyIssue(key) ?? valueIssue(value);
    if (message !== undefined) return { target, message: `label ${key}: ${message}` };
  }
  return undefined;
}

/** What is wrong with the nodeTaints of a pool, if anything is. */
export function nodeTaintIssue({ nodeTaints = [], scaleSetPriority }: JsonMap): Issue | undefined {
  const target = "properties.nodeTaints";
  if (!Array.isArray(nodeTaints)) return { target, message: "they are a list" };
  for (const taint of nodeTaints as readonly Json[]) {
    if (taint === SPOT_TAINT && scaleSetPriority === "Spot") continue;
    const [, key = "", value = ""] = (typeof taint === "string" ? TAINT.exec(taint) : null) ?? [];
    if (key === "") return { target, message: `taint ${String(taint)} must be written key=value:Effect` };
    const message = keyIssue(key) ?? valueIssue(value);
    if (message !== undefined) return { target, message: `taint ${String(taint)}: ${message}` };
  }
  return undefined;
}

function keyIssue(key: string): string | undefined {
  const [name = "", prefix] = key.split("/").reverse();
  if (!NAME.test(name) || key.split("/").length > 2) return "its key is no qualified name";
  if (TAKEN.includes(key)) return "its key is reserved";
  if (prefix === undefined || KUBELET_MAY.some((one) => prefix === one || prefix.endsWith(`.${one}`))) return undefined;
  const under = (domain: string) => prefix === domain || prefix.endsWith(`.${domain}`);
  if (under("kubernetes.azure.com")) return "the prefix kubernetes.azure.com is reserved for use by AKS";
  if (under("kubernetes.io") || under("k8s.io")) return `the prefix ${prefix} is reserved`;
  return undefined;
}

const valueIssue = (value: Json): string | undefined =>
  typeof value === "string" && (value === "" || NAME.test(value)) ? undefined : "its value is no label value";

/** What AKS adds to what a pool was asked to have: label and taint of spot pools. */
export function withSpotMarks(properties: JsonMap): JsonMap {
  if (properties["scaleSetPriority"] !== "Spot") return properties;
  const labels = isMap(properties["nodeLabels"]) ? properties["nodeLabels"] : {};
  const taints = Array.isArray(properties["nodeTaints"]) ? (properties["nodeTaints"] as readonly Json[]) : [];
  return {
    ...properties,
    nodeLabels: { ...labels, [SPOT_KEY]: "spot" },
    nodeTaints: taints.includes(SPOT_TAINT) ? taints : [...taints, SPOT_TAINT],
  };
}
