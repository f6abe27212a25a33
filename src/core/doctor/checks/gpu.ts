import { INSTANCE_TYPE_LABEL, type NodeFacts, nodeFacts } from "../../capacity/claim.ts";
import { nameOf, namespaceOf, objectsAt, textAt } from "../../capacity/fields.ts";
import { GPU_TAINT } from "../../capacity/gpu-taint.ts";
import { offersAnyGpu } from "../../capacity/gpus.ts";
import { isManagedClaim } from "../../capacity/owner.ts";
import { canonicalJson, type JsonObject } from "../../json.ts";
import { devicePluginOn, isDevicePlugin, taintsInTheWay, taintWords } from "../../status/device-plugin.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem, warning } from "../finding.ts";
import { providerOf } from "../parts.ts";
import { known } from "../reading.ts";

// Sizes of other vendors are used only when they are named.
const RESOURCE = "nvidia.com/gpu";
const INSTALL =
  "install NVIDIA's device plugin, with a toleration for sku=gpu:NoSchedule: helm upgrade --install nvdp nvidia-device-plugin --repo https://nvidia.github.io/k8s-device-plugin -n nvidia-device-plugin --create-namespace, or the GPU operator";
const SHOWN_NODES = 3;

/** Who brings GPUs to nodes, and whether they get there. */
export function devicePlugin(facts: Facts): readonly Finding[] {
  const daemonSets = known(facts.daemonSets);
  if (daemonSets === undefined) return [];
  const plugins = daemonSets.filter((one) => isDevicePlugin(one, RESOURCE));
  const nodes =
    known(facts.nodes)
      ?.map(nodeFacts)
      .filter((node) => hasGpus(node, facts)) ?? [];
  if (plugins.length === 0) {
    if (nodes.some(offersAnyGpu))
      return [ok("gpu/device-plugin", "GPUs are offered by nodes without a DaemonSet that is known")];
    const seen = `no DaemonSet of a device plugin for ${RESOURCE} is in the cluster`;
    const provider = providerOf(facts);
    if (nodes.length === 0) {
      const buys = provider !== undefined && provider !== "byo";
      return [(buys ? warning : note)("gpu/device-plugin", `${seen}, and no GPU node yet`, INSTALL)];
    }
    return [problem("gpu/device-plugin", `${seen}: ${named(nodes)} will offer no GPU`, INSTALL)];
  }
  const names = plugins.map(placed).sort();
  return [
    ok("gpu/device-plugin", `device plugin for ${RESOURCE}: DaemonSet ${names.join(", ")}`),
    ...taints(facts, plugins),
    ...silentNodes(nodes, daemonSets),
  ];
}

/** Whether the plugin comes to nodes as they are bought. */
function taints(facts: Facts, plugins: readonly JsonObject[]): readonly Finding[] {
  if (providerOf(facts) === "byo") return [];
  const claims = known(facts.claims)?.filter(isManagedClaim) ?? [];
  const all = [GPU_TAINT as JsonObject, ...claims.flatMap((one) => objectsAt(one, "spec", "taints"))];
  const distinct = [...new Map(all.map((one) => [canonicalJson(one), one])).values()];
  const lacking = plugins.map((plugin) => ({ plugin, missing: taintsInTheWay(distinct, plugin) }));
  if (lacking.some(({ missing }) => missing.length === 0)) {
    return [ok("gpu/taint", `a device plugin tolerates ${distinct.map(taintWords).join(", ")}`)];
  }
  return lacking.map(({ plugin, missing }) => {
    const words = missing.map(taintWords).join(", ");
    const seen = `DaemonSet ${placed(plugin)} has no toleration for ${words}, which nodes that are bought carry`;
    return problem("gpu/taint", seen, tolerate(plugin, missing));
  });
}

function tolerate(plugin: JsonObject, missing: readonly JsonObject[]): string {
  const owner = objectsAt(plugin, "metadata", "ownerReferences").find((one) => textAt(one, "kind") === "ClusterPolicy");
  const tolerations = missing.map(({ key, value, effect }) => ({ key, operator: "Equal", value, effect }));
  if (owner !== undefined) {
    const name = textAt(owner, "name");
    return `add ${JSON.stringify(tolerations)} to spec.daemonsets.tolerations of ClusterPolicy ${name}: kubectl edit clusterpolicy ${name}`;
  }
  const stated = objectsAt(plugin, "spec", "template", "spec", "tolerations");
  const patch = { spec: { template: { spec: { tolerations: [...stated, ...tolerations] } } } };
  return `kubectl -n ${namespaceOf(plugin)} patch daemonset ${nameOf(plugin)} --type=merge -p '${JSON.stringify(patch)}', or the same in the files it is installed from`;
}

/** Ready nodes with GPUs that offer none, by what keeps the plugin away. */
function silentNodes(nodes: readonly NodeFacts[], daemonSets: readonly JsonObject[]): readonly Finding[] {
  const silent = nodes.filter((node) => node.ready && !node.deleting && !offersAnyGpu(node));
  if (silent.length === 0) {
    return nodes.length === 0 ? [] : [ok("gpu/node", `${named(nodes.filter(offersAnyGpu))} offer GPUs`)];
  }
  const groups = Map.groupBy(silent, (node) => devicePluginOn(node, RESOURCE, daemonSets).words);
  return [...groups].map(([words, group]) => {
    const [first] = group;
    const plugin = first && devicePluginOn(first, RESOURCE, daemonSets);
    const seen = `${named(group)} Ready and without GPUs: ${words}`;
    const next = plugin?.next ?? "see docs/reasons.md, GpuNotReady";
    return plugin?.comes === true ? note("gpu/node", seen, next) : problem("gpu/node", seen, next);
  });
}

/** Whether a node has GPUs, offered or not: by what was bought, by labels of NVIDIA's and AKS's own, or by its size. */
function hasGpus(node: NodeFacts, { gpuSizes }: Facts): boolean {
  const size = node.labels.get(INSTANCE_TYPE_LABEL);
  return (
    offersAnyGpu(node) ||
    node.taints.some((one) => one["key"] === GPU_TAINT.key && one["value"] === GPU_TAINT.value) ||
    node.labels.get("nvidia.com/gpu.present") === "true" ||
    node.labels.get("accelerator") === "nvidia" ||
    gpuSizes.some(({ name }) => name === size)
  );
}

function named(nodes: readonly NodeFacts[]): string {
  const names = nodes.map(({ name }) => name).sort();
  const more = names.length - SHOWN_NODES;
  const shown = names.slice(0, SHOWN_NODES).join(", ");
  return `${names.length === 1 ? "node" : `${names.length} nodes`} ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

function placed(object: JsonObject): string {
  return `${namespaceOf(object)}/${nameOf(object)}`;
}
