/** Topology key of nodes themselves. */
export const HOSTNAME = "kubernetes.io/hostname";
