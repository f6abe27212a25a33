import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { after, before, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { groupOf, isWorkspace } from "../../../src/core/kinds/is-workspace.ts";
import { collectPolicies } from "../../../src/core/policy/collect.ts";
import type { Policies } from "../../../src/core/policy/policy.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { catalogue } from "../../core/support/workspaces.ts";
import { shippedCases } from "../../support/policies/cases.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { installOwnGroup, removeOwnGroup } from "../support/own-group.ts";
import { keepParametersWatched } from "../support/parameters-watched.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { difference } from "./support/compare.ts";
import { manifests, withoutNamespace } from "./support/manifests.ts";

/** `make test-full` takes all of them. FORESAIL_TEST_SEED repeats a run. */
const count = process.env["FORESAIL_TEST_FULL"] === "1" ? 2_000 : 150;
const seed = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);
const AT_ONCE = 8;

// Some of what is generated is within each of them, some is not.
const parameters = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "foresail-policy", namespace: "foresail-system" },
  data: { "instance-types": "Standard_NC*", "capacity-types": "on-demand", "max-hourly-price": "30" },
};
// Those that deny what most Workspaces are would hide the others.
const LEFT_OUT = /pinned-|gpus-|nodes-/;

/** Every Workspace of the cases of other tests, and of the examples. */
function goldens(): readonly JsonObject[] {
  const files = globSync(["test/cases/**/*.{yaml,json}", "examples/**/*.yaml"], { cwd: packageRoot() }).sort();
  return files.flatMap((file) => {
    const documents = parseAllDocuments(readFileSync(join(packageRoot(), file), "utf8"), { merge: true });
    const parsed = Array.isArray(documents) ? documents : [];
    return parsed.flatMap((document) => (document.errors.length > 0 ? [] : workspacesIn(document.toJS())));
  });
}

function workspacesIn(value: unknown): readonly JsonObject[] {
  if (!isObject(value)) return [];
  if (Array.isArray(value["items"])) return value["items"].flatMap(workspacesIn);
  return isWorkspace(value) ? [withoutNamespace(value)] : [];
}

function inOurs(all: readonly JsonObject[]): number {
  return all.filter((one) => groupOf(one) === "foresail.dev").length;
}

describeWith([], "check: what the API server takes, and nothing else", function () {
  this.timeout(600_000);
  const objects = shippedCases()
    .filter(({ name }) => !LEFT_OUT.test(name))
    .flatMap((file) => file.objects);
  let webhook: WebhookProcess;
  let space = "";
  let policies: Policies;
  before(async () => {
    webhook = await startWebhook();
    await installOwnGroup();
    space = await namespace("check");
    const collected = collectPolicies([...objects, parameters]);
    if ("length" in collected) throw new Error(JSON.stringify(collected));
    policies = collected;
    await keepParametersWatched();
    await apply(...objects, parameters);
    for (const type of ["instance-types", "capacity-types", "hourly-price"]) await inForce(type);
  });
  after(async () => {
    await mustKubectl(
      ["delete", "--ignore-not-found", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items: [...objects, parameters] }),
    );
    await removeOwnGroup();
    await webhook.uninstall();
  });

  async function inForce(policy: string): Promise<void> {
    const annotations = { "foresail.dev/capacity-type": "spot" };
    const probe = {
      apiVersion: "kaito.sh/v1beta1",
      kind: "Workspace",
      metadata: { name: "probe", ...(policy === "capacity-types" && { annotations }) },
      resource: {
        labelSelector: { matchLabels: { apps: "m" } },
        ...(policy !== "capacity-types" && { instanceType: "Standard_ND96isr_H100_v5" }),
      },
      inference: { preset: { name: "phi-4" } },
    };
    const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces?dryRun=All`;
    await waitFor(
      `policy ${policy} to be in force`,
      async () => (await cluster().api.call({ method: "POST", path, body: probe })).status === 403,
    );
  }

  async function compare(all: readonly JsonObject[]): Promise<readonly string[]> {
    const told: string[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < all.length; i = next++) {
        const object = all[i] ?? {};
        const what = await difference(object, space, policies);
        if (what !== undefined) told.push(`${what} of ${JSON.stringify(object)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return told;
  }

  it("all Workspaces of other tests and of the examples", async () => {
    const all = goldens();
    process.stdout.write(`      ${all.length} Workspaces of files, ${inOurs(all)} in foresail.dev\n`);
    expect(inOurs(all)).to.be.greaterThan(5);
    expect(all.length).to.be.greaterThan(100);
    expect(await compare(all)).to.deep.equal([]);
  });

  it(`${count} generated manifests`, async () => {
    const all = fc.sample(manifests(catalogue.current), { numRuns: count, seed });
    process.stdout.write(`      ${count} manifests of seed ${seed}, ${inOurs(all)} in foresail.dev\n`);
    expect(inOurs(all)).to.be.greaterThan(count / 10);
    expect(await compare(all)).to.deep.equal([]);
  });
});
