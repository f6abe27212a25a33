import { cluster } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook } from "../support/webhook.ts";
import { Gate } from "./gate.ts";
import type { Provider, RunningProvider } from "./provider.ts";
import { startProxy } from "./proxy.ts";

// Long enough for the scheduler of a loaded machine to bind a pod to its new node.
const EMPTY_NODE_GRACE_SECONDS = 5;

/** The shipped reconciler behind a gate. */
export interface Subject {
  readonly gate: Gate;
  readonly provider: RunningProvider;
  readonly reconciler: ReconcilerProcess;
  /** How long the process has been at work since it was started last; 0 while it is dead. */
  upMs(): number;
  /** Rejects when it cannot be started again; never resolves. */
  readonly failed: Promise<never>;
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
    ...(running.nodeClass === undefined ? {} : { nodeClass: running.nodeClass }),
    args: ["--leader-elect=false", `--empty-node-grace=${EMPTY_NODE_GRACE_SECONDS}`, ...running.args],
  });
  let upSinceMs = performance.now();
  let stopped = false;
  /** Kills it with SIGKILL whenever the gate is shut, and starts it again. */
  const killing = async (): Promise<never> => {
    for (;;) {
      await gate.struck();
      if (stopped) return await new Promise<never>(() => {});
      upSinceMs = Number.POSITIVE_INFINITY;
      await reconciler.stop("SIGKILL");
      proxy.cut();
      running.cut();
      gate.reopen();
      await reconciler.start();
      upSinceMs = performance.now();
    }
  };
  const failed = killing();
  // Whoever plays hears of it.
  failed.catch(() => {});
  return {
    gate,
    provider: running,
    reconciler,
    upMs: () => Math.max(0, performance.now() - upSinceMs),
    failed,
    stop: async () => {
      stopped = true;
      await reconciler.stop();
      await running.stop();
      await proxy.close();
      await webhook.uninstall();
    },
  };
}
