import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { cluster, describeWith, namespace, readItems } from "../support/cluster.ts";
import { CONFIGURATION_PATHS, manifestsFor, startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { collectionOf, inGit } from "./support/git.ts";

const DRY_RUNS = 30;

describeWith(["apiServer"], "GitOps: side effects", () => {
  let webhook: WebhookProcess | undefined;
  let connections: string;
  before(async () => {
    connections = join(mkdtempSync(join(cluster().workDir, "connections-")), "opened");
    const preload = join(packageRoot(), "test/cluster/gitops/support/record-connections.ts");
    webhook = await startWebhook({
      env: { NODE_OPTIONS: `--import=${preload}`, FORESAIL_TEST_CONNECTIONS: connections },
    });
  });
  after(() => webhook?.uninstall());

  it("rule 12: a dry run stores nothing and asks nobody; no side effects are declared and none are allowed", async () => {
    const place = await namespace("dry");
    for (let i = 0; i < DRY_RUNS; i++) {
      const path = `${collectionOf(place)}?dryRun=All`;
      await cluster().api.must({ method: "POST", path, body: inGit(place, `dry-${i}`) });
    }
    expect(await readItems(collectionOf(place))).to.deep.equal([]);
    const server = new URL(cluster().url);
    expect(existsSync(connections), "its own calls to the API server are seen").to.equal(true);
    const opened = new Set(readFileSync(connections, "utf8").trim().split("\n"));
    expect([...opened]).to.deep.equal([`${server.hostname}:${server.port}`]);
    for (const [i, configuration] of manifestsFor("https://127.0.0.1:1").entries()) {
      const [hook] = configuration["webhooks"] as readonly JsonObject[];
      expect(hook?.["sideEffects"]).to.equal("None");
      const [name, webhooks] = ["with-side-effects", [{ ...hook, sideEffects: "Some" }]];
      const path = `${CONFIGURATION_PATHS[i]?.replace(/\/foresail$/, "")}?dryRun=All`;
      const body = { ...configuration, metadata: { name }, webhooks } as JsonObject;
      expect((await cluster().api.call({ method: "POST", path, body })).status).to.equal(422);
    }
  });
});
