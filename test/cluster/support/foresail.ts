import { after, before } from "mocha";
import { type ReconcilerProcess, type StartReconcilerOptions, startReconciler } from "./reconciler.ts";
import { startWebhook, type WebhookProcess } from "./webhook.ts";

/** Webhook and reconciler as they ship. */
export interface Foresail {
  readonly webhook: WebhookProcess;
  readonly reconciler: ReconcilerProcess;
  stop(): Promise<void>;
}

/** Starts both processes with their own ServiceAccounts; `stop` removes them and the configurations. */
export async function startForesail(options: StartReconcilerOptions = {}): Promise<Foresail> {
  const webhook = await startWebhook(options.launch === undefined ? {} : { launch: options.launch });
  return together(webhook, await startReconciler(options));
}

/** Both processes, however they were started, with what ends them. */
export function together(webhook: WebhookProcess, reconciler: ReconcilerProcess): Foresail {
  return {
    webhook,
    reconciler,
    stop: async () => {
      await reconciler.stop();
      await webhook.uninstall();
    },
  };
}

/** Both for the tests of a `describe`: call it there. The processes are there from its first test on. */
export function foresailRuns(options: StartReconcilerOptions = {}): Omit<Foresail, "stop"> {
  let running: Foresail | undefined;
  before(async () => {
    running = await startForesail(options);
  });
  after(() => running?.stop());
  const now = (): Foresail => {
    if (running === undefined) throw new Error("webhook and reconciler run from the first test on");
    return running;
  };
  return {
    get webhook() {
      return now().webhook;
    },
    get reconciler() {
      return now().reconciler;
    },
  };
}
