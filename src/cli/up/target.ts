import { createInterface } from "node:readline/promises";
import { connect } from "../../kube/connect.ts";
import type { Kube } from "../../kube/kube.ts";
import { isLoopback, readServer } from "../../local/choose-cluster.ts";
import { UsageError } from "../../option.ts";

/** What the user said about the cluster to work on. */
export interface Target {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** `--cluster-is-disposable`: everything in it may be changed and deleted. */
  readonly disposable: boolean;
}

export interface Cluster {
  readonly kube: Kube;
  readonly server: string;
  /** PEM; absent for an authority that every machine trusts. */
  readonly ca: string | undefined;
  readonly loopback: boolean;
}

/**
 * Names server and context on stderr before anything else happens, then connects. A server on another machine is usually
 * production: it is used only when it was called disposable, or after the context's name was typed at a terminal.
 * Throws UsageError when the cluster may not be used.
 */
export async function openCluster({ kubeconfig, context, disposable }: Target): Promise<Cluster> {
  if (kubeconfig === undefined || context === undefined) {
    throw new UsageError(
      "give --kubeconfig and --context: the ambient kubeconfig is never used, it is often production",
    );
  }
  const answer = readServer(kubeconfig, context);
  if (answer.kind === "none") {
    throw new UsageError(
      answer.reason.replace("FORESAIL_KUBECONFIG is", "--kubeconfig").replace("FORESAIL_CONTEXT is", "--context"),
    );
  }
  const { server, ca } = answer;
  console.error(`server ${server}, context ${context}`);
  if (!URL.canParse(server)) throw new UsageError(`${server}: a cluster behind a proxy cannot be used here`);
  const loopback = isLoopback(server);
  if (!loopback && !disposable && !(await confirmed(context))) {
    throw new UsageError(
      `${server} is not on this machine; add --cluster-is-disposable if everything in it may be changed and deleted`,
    );
  }
  return { kube: await connect({ kubeconfig, context, userAgent: "foresail-up" }), server, ca, loopback };
}

async function confirmed(context: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("It is not on this machine. Type the context's name to change it anyway: ");
    return answer.trim() === context;
  } finally {
    terminal.close();
  }
}
