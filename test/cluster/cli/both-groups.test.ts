import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { objectAt } from "../../../src/core/capacity/fields.ts";
import type { Comparison } from "../../../src/core/compare/comparison.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { foresailHere } from "../../cli/support/here.ts";
import { catalogue } from "../../core/support/workspaces.ts";
import { applyIn, serving } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, read } from "../support/cluster.ts";
import { installOwnGroup, removeOwnGroup } from "../support/own-group.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const GROUPS = ["kaito.sh", "foresail.dev"] as const;
const A100 = "Standard_NC24ads_A100_v4";

describeWith([], "Workspaces of both groups on the command line", function () {
  this.timeout(60_000);
  let webhook: WebhookProcess;
  let space = "";
  let folder = "";
  before(async () => {
    webhook = await startWebhook();
    await installOwnGroup();
    space = await namespace("both");
    folder = mkdtempSync(join(tmpdir(), "foresail-both-"));
    for (const group of GROUPS) {
      await applyIn(space, {
        ...serving(`of-${group.replace(".", "-")}`, "phi-4", A100),
        apiVersion: `${group}/v1beta1`,
      });
    }
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await mustKubectl(["delete", "workspaces.kaito.sh,workspaces.foresail.dev", "--all", "-n", space]);
    await removeOwnGroup();
    await webhook.uninstall();
  });
  const there = (...args: readonly string[]) => {
    const { kubeconfig, context } = cluster();
    return foresailHere([...args, "--live", "--kubeconfig", kubeconfig, "--context", context, "-n", space]);
  };
  const stored = (group: string): Promise<JsonObject | undefined> =>
    read<JsonObject>(`/apis/${group}/v1beta1/namespaces/${space}/workspaces/of-${group.replace(".", "-")}`);

  it("are backed up, and restored with the same expansion, each in its group", async () => {
    const before = await Promise.all(GROUPS.map(stored));
    const { stdout } = await there("render", "--pinned");
    const objects = parseAllDocuments(stdout).map((one) => one.toJS() as JsonObject);
    expect(objects.map(({ apiVersion }) => apiVersion)).to.deep.equal(GROUPS.map((group) => `${group}/v1beta1`));
    await mustKubectl(["delete", "workspaces.kaito.sh,workspaces.foresail.dev", "--all", "-n", space]);
    await mustKubectl(["apply", "-f", "-"], stdout);
    const after = await Promise.all(GROUPS.map(stored));
    const pods = (all: typeof before) => all.map((one) => objectAt(one, "expansion", "podTemplate"));
    expect(pods(before).map((one) => Object.keys(one).sort())).to.deep.equal(GROUPS.map(() => ["metadata", "spec"]));
    expect(pods(after)).to.deep.equal(pods(before));
  });

  it("are explained by the type that kubectl takes", async () => {
    const { stdout } = await there("explain", "-w", "workspaces.foresail.dev/of-foresail-dev");
    expect(stdout).to.match(new RegExp(`^Workspace\\.foresail\\.dev ${space}/of-foresail-dev: `));
    expect((await there("explain", "-w", "workspaces.kaito.sh/of-foresail-dev")).stdout).to.equal("");
  });

  it("are compared as the cluster holds them, and one that changes its group moves", async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const types = "workspaces.kaito.sh,workspaces.foresail.dev";
    const live = file("live.json", await mustKubectl(["get", types, "-n", space, "-o", "json"]));
    const stating = (apiVersion: string): string => {
      const { metadata, ...rest } = serving("of-kaito-sh", "phi-4", A100);
      const annotations = { "foresail.dev/catalog": catalogue.current.id };
      const stated = { ...(metadata as JsonObject), namespace: space, annotations };
      return JSON.stringify({ ...rest, apiVersion, metadata: stated });
    };
    file("models.json", stating("foresail.dev/v1beta1"));
    const base = mkdtempSync(join(tmpdir(), "foresail-both-base-"));
    writeFileSync(join(base, "models.json"), stating("kaito.sh/v1beta1"));
    const args = ["diff", "models.json", "--base-dir", base, "--live", live, "-o", "json"];
    const { stdout, stderr } = await foresailHere(args, { cwd: folder });
    rmSync(base, { recursive: true });
    expect(stderr).to.equal("");
    const { compared } = JSON.parse(stdout) as Comparison;
    expect(compared.map(({ verdict, before }) => [verdict, before?.release.by])).to.deep.equal([["moved", "git"]]);
  });
});
