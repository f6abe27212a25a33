// What AKS and the kubelet put on nodes themselves, and their older names: facts of
// Azure/karpenter-provider-azure, pkg/apis/v1beta1/labels.go.
const WRITTEN_BY_AKS: ReadonlySet<string> = new Set([
  "agentpool",
  "accelerator",
  "storageprofile",
  "storagetier",
  "node.kubernetes.io/instance-type",
  "node.kubernetes.io/windows-build",
]);
// The only keys of the domains kubernetes.io and k8s.io that a kubelet may give its node (kubernetes, NodeRestriction).
const KUBELET_MAY = /^(?:[^/]+\.)?(?:kubelet|node)\.kubernetes\.io\//;
const RESERVED_DOMAIN = /(?:^|\.)(?:kubernetes\.io|k8s\.io)\//;
const FOREIGN = /^(?:[^/]+\.)?(?:kubernetes\.azure\.com|karpenter\.sh|karpenter\.azure\.com)\//;
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * Whether a label can be given to a pool. What came from the pool cannot be changed on the node (AKS denies it), so what
 * this controller writes there later (karpenter.sh) stays away; labels left out come when the node registers.
 */
export function isPoolLabel(key: string, value: string): boolean {
  if (WRITTEN_BY_AKS.has(key) || FOREIGN.test(key) || !VALUE.test(value)) return false;
  return !RESERVED_DOMAIN.test(key) || KUBELET_MAY.test(key);
}
