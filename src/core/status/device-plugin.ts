import type { NodeFacts } from "../capacity/claim.ts";
import { objectAt, objectsAt, textAt } from "../capacity/fields.ts";
import { podTerms, unmet, untolerated } from "../capacity/requirements.ts";
import type { JsonObject } from "../json.ts";

/** What is known of the device plugin that should bring a node's GPUs. */
export interface DevicePlugin {
  readonly words: string;
  /** Absent: it is on its way. */
  readonly next?: string;
  /** Whether a DaemonSet puts a pod on the node. */
  readonly comes: boolean;
}

// The kubelet's socket directory: every device plugin mounts it (k8s.io/kubelet, deviceplugin/v1beta1, DevicePluginPath).
const PLUGIN_SOCKETS = "/var/lib/kubelet/device-plugins";
// The DaemonSet controller tolerates these itself (pkg/controller/daemon/util, AddOrUpdateDaemonPodTolerations).
const CONDITION_TAINTS = "node.kubernetes.io/";

/** Which DaemonSet brings GPUs to the node, or why none does. By name, so that it is the same for any order. */
export function devicePluginOn(node: NodeFacts, resource: string, daemonSets: readonly JsonObject[]): DevicePlugin {
  const plugins = daemonSets
    .filter((one) => isDevicePlugin(one, resource))
    .map((one) => ({ name: nameOf(one), obstacle: obstacleOn(node, one) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const coming = plugins.find(({ obstacle }) => obstacle === undefined);
  if (coming !== undefined) {
    return {
      words: `DaemonSet ${coming.name} runs its device plugin there, which has not registered them`,
      next: `nothing to do in the first minutes; then look at the driver and at the log of that DaemonSet's pod on node ${node.name}`,
      comes: true,
    };
  }
  const skipping = plugins[0];
  if (skipping?.obstacle === undefined) {
    return {
      words: `no DaemonSet of a device plugin for ${resource} is in the cluster`,
      next: "install the device plugin (for NVIDIA: k8s-device-plugin or the GPU operator), with a toleration for the nodes' taints",
      comes: false,
    };
  }
  const { words, next } = skipping.obstacle;
  return { words: `DaemonSet ${skipping.name} leaves it out: ${words}`, next, comes: false };
}

/** Whether a DaemonSet is the device plugin that brings a resource. */
export function isDevicePlugin(daemonSet: JsonObject, resource: string): boolean {
  const spec = objectAt(daemonSet, "spec", "template", "spec");
  const mounts = objectsAt(spec, "volumes").some((volume) =>
    (textAt(volume, "hostPath", "path") ?? "").startsWith(PLUGIN_SOCKETS),
  );
  // `nvidia.com/gpu` → nvidia: plugins of network cards and other devices mount the same directory.
  const vendor = resource.split(".")[0] ?? "";
  const words = [nameOf(daemonSet), ...objectsAt(spec, "containers").map((one) => textAt(one, "image") ?? "")];
  return mounts && words.some((word) => word.toLowerCase().includes(vendor));
}

function obstacleOn(
  node: NodeFacts,
  daemonSet: JsonObject,
): { readonly words: string; readonly next: string } | undefined {
  const spec = objectAt(daemonSet, "spec", "template", "spec");
  const [taint] = taintsInTheWay(node.taints, daemonSet);
  if (taint !== undefined) {
    const words = `it has no toleration for the taint ${taintWords(taint)}`;
    return { words, next: `add a toleration for ${taintWords(taint)} to DaemonSet ${nameOf(daemonSet)}` };
  }
  const missing = unmet(podTerms(spec), node.labels);
  if (missing.length === 0) return undefined;
  return {
    words: `it selects nodes by ${missing.join(", ")}, which this node does not meet`,
    next: `state ${missing.join(", ")} in resource.labelSelector, or change where DaemonSet ${nameOf(daemonSet)} runs`,
  };
}

/** Taints that keep the pods of a DaemonSet off a node. */
export function taintsInTheWay(taints: readonly JsonObject[], daemonSet: JsonObject): readonly JsonObject[] {
  const tolerations = objectsAt(daemonSet, "spec", "template", "spec", "tolerations");
  return taints.filter(
    (one) => !(textAt(one, "key") ?? "").startsWith(CONDITION_TAINTS) && untolerated([one], tolerations).length > 0,
  );
}

export function taintWords(taint: JsonObject): string {
  const value = textAt(taint, "value") ?? "";
  return `${textAt(taint, "key")}${value === "" ? "" : `=${value}`}:${textAt(taint, "effect")}`;
}

function nameOf(object: JsonObject): string {
  return `${textAt(object, "metadata", "namespace")}/${textAt(object, "metadata", "name")}`;
}
