import type { Taint } from "../../core/machine/machine.ts";

type Labels = { readonly [key: string]: string };

/**
 * What a pool may say of its nodes. Labels and taints of a pool are AKS's for ever: its webhook lets nobody change them in
 * Kubernetes. So nothing goes there that has to change or go away while the node lives.
 */
export interface Sorted<T> {
  readonly sent: T;
  /** Keys of what the pool cannot carry, for whoever writes to the Node once it is there. In order. */
  readonly leftOut: readonly string[];
}

/** Written by AKS or by kubelet on each node; AKS refuses a pool that states them. */
const OTHERS = new Set([
  "agentpool",
  "accelerator",
  "storageprofile",
  "storagetier",
  "node.kubernetes.io/instance-type",
  "node.kubernetes.io/windows-build",
]);
/** AKS's own words, and Karpenter's, which are written to a node once it is there. */
const OTHERS_DOMAINS = ["kubernetes.azure.com", "karpenter.azure.com", "karpenter.sh"];

export function poolLabels(labels: Labels): Sorted<Record<string, string>> {
  const entries = Object.entries(labels);
  const [sent, leftOut] = [entries.filter(([key]) => carries(key)), entries.filter(([key]) => !carries(key))];
  return { sent: Object.fromEntries(sent), leftOut: leftOut.map(([key]) => key).sort() };
}

function carries(key: string): boolean {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  if (OTHERS.has(key) || OTHERS_DOMAINS.some((one) => inDomain(domain, one))) return false;
  // The NodeRestriction plugin lets a kubelet set these two kinds and nothing else of Kubernetes' own domains.
  if (inDomain(domain, "kubelet.kubernetes.io") || inDomain(domain, "node.kubernetes.io")) return true;
  return !inDomain(domain, "kubernetes.io") && !inDomain(domain, "k8s.io");
}

function inDomain(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

/** As AKS writes taints: `key=value:Effect`, and without a value `key:Effect`. */
export function poolTaints(taints: readonly Taint[]): Sorted<string[]> {
  const stays = ({ key }: Taint): boolean => !PASSING.test(key);
  const texts = taints
    .filter(stays)
    .map(({ key, value, effect }) => `${key}${value === undefined || value === "" ? "" : `=${value}`}:${effect}`);
  return { sent: [...new Set(texts)], leftOut: taints.filter((taint) => !stays(taint)).map(({ key }) => key) };
}

/** Taints that a controller takes away again, and the one that AKS itself puts on spot nodes. */
const PASSING =
  /^(karpenter\.sh\/|node\.kubernetes\.io\/|node\.cloudprovider\.kubernetes\.io\/|kubernetes\.azure\.com\/scalesetpriority$)/;
