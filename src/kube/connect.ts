import type { Kube } from "./kube.ts";

export interface ConnectOptions {
  /** Path of a kubeconfig file. */
  readonly kubeconfig?: string;
  /** Context of that file; default its `current-context`. */
  readonly context?: string;
  /** Use the pod's ServiceAccount instead of a kubeconfig. */
  readonly inCluster?: boolean;
  /** Default `foresail`. */
  readonly userAgent?: string;
}

/**
 * A connection to the API server that the caller names: a kubeconfig by path, or the pod's own ServiceAccount. The ambient
 * KUBECONFIG and ~/.kube/config are never read, since they usually point at production. Nothing is sent before the first call.
 * Throws Error when the options, the file or the context cannot be used.
 */
export async function connect(_options: ConnectOptions): Promise<Kube> {
  throw new Error("not yet implemented");
}
