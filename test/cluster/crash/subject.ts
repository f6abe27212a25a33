import { cluster } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook } from "../support/webhook.ts";
import { type Call, Gate } from "./gate.ts";
import type { Provider, RunningProvider } from "./provider.ts";
import { startProxy } from "./proxy.ts";

// Long enough for the scheduler of a loaded machine to bind a pod to its new node.
const EMPTY_NODE_GRACE_SECONDS = 5;

/** The shipped reconciler behind a gate. */
export interface Subject {
  readonly gate: Gate;
  readonly provider: RunningProvider;
  readonly reconciler: ReconcilerProcess;
  /** Kills it with SIGKILL while the gate is shut and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts webhook and reconciler as they ship. Without leader election, as flags allow: a successor of a killed leader waits
 * 15 s for the lease, in each of hundreds of runs, and renewals would be counted as calls of the scenario.
 */
export async function startSubject(provider: Provider): Promise<Subject> {
  const gate = new Gate();
  const webhook = await startWebhook();
  const { url, ca } = cluster();
  const proxy = await startProxy({ url, ca }, gate);
  const running = await provider.start(gate);
  const reconciler = await startReconciler({
    server: proxy,
    args: ["--leader-elect=false", `--empty-node-grace=${EMPTY_NODE_GRACE_SECONDS}`, ...running.args],
  });
  return {
    gate,
    provider: running,
    reconciler,
    restart: async () => {
      await reconciler.stop("SIGKILL");
      proxy.cut();
      running.cut();
      gate.reopen();
      await reconciler.start();
    },
    stop: async () => {
      await reconciler.stop();
      await running.stop();
      await proxy.close();
      await webhook.uninstall();
    },
  };
}

/** Claims that came into being by these calls. */
export function claimsCreated(calls: readonly Call[]): number {
  return calls.filter((call) => isClaimCreation(call) && call.status === 201).length;
}

export function isClaimCreation({ verb, path }: Call): boolean {
  return verb === "POST" && path === "/apis/karpenter.sh/v1/nodeclaims";
}
