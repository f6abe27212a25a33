import { after, before, type Context } from "mocha";
import { describeWith, namespace } from "../../support/cluster.ts";
import { type StartWebhookOptions, startWebhook, type WebhookProcess } from "../../support/webhook.ts";
import { enginePrograms } from "./build.ts";
import { type Engines, startEngines } from "./engines.ts";
import { cleared } from "./git.ts";

/** What every test of this folder works with: the engines, our webhook as it ships, and a fresh namespace. */
export interface GitOps {
  readonly engines: Engines;
  readonly webhook: WebhookProcess;
  readonly place: string;
}

/** For a hook: without Go there are no engines, so its tests are skipped by name; in CI they fail. */
export async function skipWithoutGo(context: Context): Promise<void> {
  const programs = await enginePrograms();
  if ("reason" in programs && process.env["CI"] !== "true") context.skip();
}

/** `describe` with both engines and the webhook running; without Go its tests are skipped, in CI they fail. */
export function describeGitOps(
  title: string,
  body: (given: () => GitOps) => void,
  options: StartWebhookOptions = {},
): void {
  describeWith(["apiServer"], title, () => {
    let running: GitOps | undefined;
    before(async function () {
      await skipWithoutGo(this);
      const engines = await startEngines();
      running = { engines, webhook: await startWebhook(options), place: await namespace("gitops") };
    });
    after(async () => {
      running?.engines.stop();
      await running?.webhook.uninstall();
      await cleared(running?.place);
    });
    body(() => {
      if (running === undefined) throw new Error("nothing runs yet: call it in tests");
      return running;
    });
  });
}
