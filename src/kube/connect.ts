import { createKube } from "./call.ts";
import { systemClock } from "./clock.ts";
import type { Kube } from "./kube.ts";
import { loadAccess } from "./kubeconfig.ts";
import { createSession } from "./session.ts";

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
export async function connect(options: ConnectOptions): Promise<Kube> {
  if ((options.kubeconfig !== undefined) === (options.inCluster === true)) {
    throw new Error("give either the path of a kubeconfig or ask for the in-cluster configuration, and not both");
  }
  if (options.inCluster === true && options.context !== undefined) {
    throw new Error(`context "${options.context}" was given, but the in-cluster configuration has none: leave it out`);
  }
  const access = await loadAccess(options);
  // Pinned, so that a current-context switched by another process does not move a running one to another cluster.
  const pinned = options.inCluster === true ? options : { ...options, context: access.context };
  const session = createSession(access, () => loadAccess(pinned), systemClock);
  return createKube(session, options.userAgent ?? "foresail");
}
