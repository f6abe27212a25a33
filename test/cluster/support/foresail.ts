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
  const webhook = await startWebhook();
  const reconciler = await startReconciler(options);
  return {
    webhook,
    reconciler,
    stop: async () => {
      await reconciler.stop();
      await webhook.uninstall();
    },
  };
}
