import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { parse } from "yaml";
import type { JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { serving } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

interface Case {
  readonly name: string;
  readonly namespaceLabels: { readonly [key: string]: string };
  readonly workspace: { readonly preset: string; readonly instanceType: string; readonly replicas?: string };
  readonly allowed: boolean;
  readonly message?: string;
}

interface Answer {
  readonly status: number;
  readonly message: string;
}

const directory = join(packageRoot(), "policies");
const files = readdirSync(directory).filter((file) => file.endsWith(".cases.yaml"));

async function labelled(labels: Case["namespaceLabels"]): Promise<string> {
  const name = await namespace("policy");
  for (const [key, value] of Object.entries(labels)) await mustKubectl(["label", "namespace", name, `${key}=${value}`]);
  return name;
}

function object({ workspace }: Case): JsonObject {
  const annotations = workspace.replicas === undefined ? {} : { "foresail.dev/replicas": workspace.replicas };
  return serving("m", workspace.preset, workspace.instanceType, { annotations });
}

async function create(space: string, body: JsonObject): Promise<Answer> {
  const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces?dryRun=All`;
  const answer = await cluster().api.call({ method: "POST", path, body });
  return { status: answer.status, message: (answer.body as { message?: string }).message ?? "" };
}

describeWith([], "policies, judged by the API server", () => {
  let webhook: WebhookProcess;
  before(async () => {
    webhook = await startWebhook();
  });
  after(() => webhook.uninstall());

  it("ship with cases", () => {
    const policies = readdirSync(directory).filter((file) => file.endsWith(".yaml") && !file.endsWith(".cases.yaml"));
    expect(policies.length).to.be.greaterThan(0);
    expect(files).to.deep.equal(policies.map((file) => file.replace(/\.yaml$/, ".cases.yaml")));
  });

  for (const file of files) {
    const { policy, cases }: { policy: string; cases: readonly Case[] } = parse(
      readFileSync(join(directory, file), "utf8"),
    );
    for (const one of cases) {
      it(`${policy}: ${one.name}`, async () => {
        const space = await labelled(one.namespaceLabels);
        await mustKubectl(["apply", "-f", join(directory, policy)]);
        if (!one.allowed) {
          // A new policy takes effect some time after it is stored; a case that is allowed proves nothing before that.
          await waitFor("the policy to take effect", async () => (await create(space, object(one))).status === 403);
          expect((await create(space, object(one))).message).to.include(one.message);
        } else expect(await create(space, object(one))).to.include({ status: 201 });
      });
    }
  }

  // The other tests run Workspaces that no policy was meant for.
  after(async () => {
    for (const file of files) {
      const policy = join(directory, file.replace(/\.cases\.yaml$/, ".yaml"));
      await mustKubectl(["delete", "-f", policy, "--ignore-not-found"]);
    }
  });
});
