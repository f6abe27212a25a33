import { objectAt, objectsAt, textAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";

/**
 * What Azure/gpu-provisioner (0.4.3) needs of a NodeClaim to make the agent pool that is meant, written down from its source
 * (pkg/providers/instance/instance.go, pkg/utils/nodeclaim in its edited Karpenter) and not from our planner. It refuses
 * little: most of what is wrong makes another node than was asked for, or is tried for ever.
 * @returns what is wrong, empty for a claim that becomes the node that was asked for
 */
export function gpuProvisionerFaults(claim: JsonObject): readonly string[] {
  return [
    ...nameFaults(textAt(claim, "metadata", "name") ?? ""),
    ...ownershipFaults(claim),
    ...sizeFaults(objectsAt(claim, "spec", "requirements")),
    ...diskFaults(objectAt(claim, "spec", "resources", "requests")),
    ...imageFaults(claim),
    ...objectsAt(claim, "spec", "taints").flatMap(taintFaults),
    ...startupFaults(claim),
    ...Object.entries(objectAt(claim, "metadata", "labels")).flatMap(([key, value]) => labelFaults(key, value)),
  ];
}

/** The claim's name is the pool's, verbatim; another one is tried for ever. */
function nameFaults(name: string): readonly string[] {
  return /^[a-z][a-z0-9]{0,11}$/.test(name) ? [] : [`name ${name} is none of an agent pool`];
}

/** Its collector finds a pool by the label of a Workspace; without it a half-made pool is nobody's. */
function ownershipFaults(claim: JsonObject): readonly string[] {
  const ref = objectAt(claim, "spec", "nodeClassRef");
  const labels = objectAt(claim, "metadata", "labels");
  return [
    ...(ref["group"] === "kaito.sh" && ref["kind"] === "KaitoNodeClass" ? [] : ["nodeClassRef is not its own"]),
    ...["kaito.sh/workspace", "kaito.sh/workspacenamespace"].flatMap((key) =>
      typeof labels[key] === "string" && labels[key] !== "" ? [] : [`label ${key} is missing`],
    ),
  ];
}

/** It takes one of the values, whatever the operator says. */
function sizeFaults(requirements: readonly JsonObject[]): readonly string[] {
  const sizes = requirements.filter(({ key }) => key === "node.kubernetes.io/instance-type");
  const [size, ...more] = sizes;
  if (size === undefined) return ["no instance type"];
  if (more.length > 0) return ["two requirements on the instance type"];
  const values = Array.isArray(size["values"]) ? size["values"] : [];
  if (size["operator"] !== "In" || values.length !== 1) return ["not one instance type"];
  return String(values[0]).startsWith("Standard_") ? [] : [`${String(values[0])} is no size of Azure`];
}

const GIB = 2 ** 30;
const UNITS: { readonly [suffix: string]: number } = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: GIB, Ti: 2 ** 40 };
// osDiskSizeGB of an agent pool: the API's bound.
const LARGEST_DISK_GIB = 2048;

/** The disk is the bytes shifted right by 30: below 1 GiB it becomes 0, which means the default; the rest is cut off. */
function diskFaults(requests: JsonObject): readonly string[] {
  const match = /^(\d+)([KMGT]i)?$/.exec(String(requests["storage"] ?? ""));
  if (match === null) return ["storage is missing"];
  const gib = (Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1)) / GIB;
  if (!Number.isInteger(gib)) return ["storage would be rounded down"];
  return gib >= 1 && gib <= LARGEST_DISK_GIB ? [] : [`a disk of ${gib} GiB`];
}

/** Anything but the two is Ubuntu, with a word in its log; a label of that name is not read. */
function imageFaults(claim: JsonObject): readonly string[] {
  const family = textAt(claim, "metadata", "annotations", "kaito.sh/node-image-family");
  const known = family === undefined || ["azurelinux", "ubuntu"].includes(family.toLowerCase());
  const label = textAt(claim, "metadata", "labels", "kaito.sh/node-image-family");
  return [...(known ? [] : [`image family ${family}`]), ...(label === undefined ? [] : ["image family as a label"])];
}

/** Written as key=value:Effect. */
function taintFaults({ key, value, effect }: JsonObject): readonly string[] {
  const known = ["NoSchedule", "PreferNoSchedule", "NoExecute"].includes(String(effect));
  const written = typeof value === "string" && value !== "" && typeof key === "string" && !/[=:]/.test(key + value);
  return known && written ? [] : [`taint ${String(key)}`];
}

function startupFaults(claim: JsonObject): readonly string[] {
  return objectsAt(claim, "spec", "startupTaints").length === 0 ? [] : ["startupTaints are not sent"];
}

// Written by it after the claim's own: what we put there would be lost.
const ITS_OWN = ["kaito.sh/machine-type", "kaito.sh/creation-timestamp"];
// AKS answers 400 to others of these domains in nodeLabels (Azure/AKS#2866): the kubelet would not start with them.
const RESERVED = /^([^/]+\.)?(kubernetes\.io|k8s\.io)\//;
const OF_THE_KUBELET = /^([^/]+\.)?(kubelet|node)\.kubernetes\.io\//;
const OF_AKS = /^kubernetes\.azure\.com\/|^(agentpool|accelerator|storageprofile|storagetier)$/;

function labelFaults(key: string, value: unknown): readonly string[] {
  return [
    ...(ITS_OWN.includes(key) ? [`label ${key} is overwritten`] : []),
    ...((RESERVED.test(key) && !OF_THE_KUBELET.test(key)) || OF_AKS.test(key)
      ? [`label ${key} is refused by AKS`]
      : []),
    ...(typeof value === "string" && value.length <= 63 ? [] : [`value of label ${key}`]),
  ];
}
