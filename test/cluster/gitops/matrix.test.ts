import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { FINALIZER } from "../../../src/core/plan.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { cluster, describeWith, namespace, readItems } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { adapter, OWN_TEMPLATE } from "./support/corpus.ts";
import { type Engines, startEngines } from "./support/engines.ts";
import { A100, cleared, collectionOf, H100, inGit, patch, pathOf } from "./support/git.ts";
import { skipWithoutGo } from "./support/gitops.ts";
import { type Cell, cellsOf, type Row, tableOf } from "./support/matrix.ts";
import { nextPackage } from "./support/next-release.ts";

const PAGE = join(packageRoot(), "docs/gitops.md");
const [START, END] = ["<!-- matrix: UPDATE_GOLDEN=1 make gitops writes it -->", "<!-- end of matrix -->"];

describeWith(["apiServer"], "GitOps: the matrix", () => {
  let engines: Engines;
  let webhook: WebhookProcess | undefined;
  let place: string;
  before(async function () {
    await skipWithoutGo(this);
    engines = await startEngines();
    webhook = await startWebhook();
    place = await namespace("matrix");
  });
  after(async () => {
    engines?.stop();
    await webhook?.uninstall();
    for (const { metadata } of await readItems<JsonObject & { metadata: { name: string } }>(collectionOf(place))) {
      await patch(place, metadata.name, { metadata: { finalizers: null } });
    }
    await cleared(place);
  });

  it("no diff mode of Flux or Argo CD sees anything that git did not change", async () => {
    const table: (readonly [string, readonly Cell[]])[] = [];
    const take = async (row: Row) => {
      table.push([row.title, await cellsOf(engines, row, table.length)]);
    };
    for (const row of [...stated(place), ...touched(place), ...changed(place)]) await take(row);
    const [down, newer] = ["the webhook is down", "a newer Foresail with another catalogue and engine runs"];
    await take({ title: down, git: terse(place), meanwhile: async () => webhook?.stop() });
    await webhook?.start();
    const upgrade = async (): Promise<void> => {
      await webhook?.stop();
      webhook = await startWebhook({ package: nextPackage(cluster().workDir) });
    };
    await take({ title: newer, git: terse(place), meanwhile: upgrade });
    const text = tableOf(table);
    console.log(`\n${text}\n`);
    for (const [title, cells] of table) {
      const clean = title.startsWith("git ") ? "1" : "U";
      expect(cells, title).to.deep.equal(cells.map(() => clean));
    }
    const page = readFileSync(PAGE, "utf8");
    const written = `${page.slice(0, page.indexOf(START))}${START}\n\n${text}\n\n${page.slice(page.indexOf(END))}`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(PAGE, written);
    expect(page, "docs/gitops.md holds this table: UPDATE_GOLDEN=1 make gitops writes it").to.equal(written);
  }).timeout(240_000);
});

const terse =
  (place: string) =>
  (name: string): JsonObject =>
    inGit(place, name, { resource: { labelSelector: { matchLabels: { apps: name } } } });

/** What git may hold. */
function stated(place: string): readonly Row[] {
  const adapters = [adapter("zeta"), adapter("alpha")];
  const sizes = { instanceType: A100, labelSelector: {} };
  return [
    { title: "a preset and nothing else: the size is chosen, the pod expanded", git: terse(place) },
    {
      title: "a size, labels and annotations",
      git: (name) => inGit(place, name, {}, { labels: { team: "a" }, annotations: { "foresail.dev/replicas": "2" } }),
    },
    {
      title: "adapters, in the user's order",
      git: (name) => inGit(place, name, { inference: { preset: { name: "phi-4" }, adapters } }),
    },
    {
      title: "a pod template, its lists and quantities (1024Mi) in the user's notation",
      git: (name) => inGit(place, name, { inference: { template: OWN_TEMPLATE } }),
    },
    {
      title: 'empty texts, lists and objects (`""`, `[]`, `{}`)',
      git: (name) =>
        inGit(
          place,
          name,
          { resource: sizes, inference: { preset: { name: "phi-4" }, adapters: [] } },
          { labels: { a: "" } },
        ),
    },
    { title: "a manifest of v1alpha1", git: (name) => ({ ...inGit(place, name), apiVersion: "kaito.sh/v1alpha1" }) },
  ];
}

/** What others do to an object that git does not change. */
function touched(place: string): readonly Row[] {
  const git = terse(place);
  return [
    {
      title: "somebody sets labels and annotations of their own",
      git,
      others: (name) => patch(place, name, { metadata: { labels: { team: "b" }, annotations: { note: "c" } } }),
    },
    {
      title: "the reconciler's finalizer and status",
      git,
      others: async (name) => {
        await patch(place, name, { metadata: { finalizers: [FINALIZER] } });
        const body = { status: { observedGeneration: 1, state: "Ready" } };
        await cluster().api.must({ method: "PATCH", path: `${pathOf(place, name)}/status`, body });
      },
    },
    {
      title: "somebody edits or removes `expansion`",
      git,
      others: async (name) => {
        await patch(place, name, { expansion: { instanceType: H100 } });
        await patch(place, name, { expansion: null });
      },
    },
  ];
}

/** What git itself changes: one look sees it, and none after it was applied. */
function changed(place: string): readonly Row[] {
  const sized = (name: string): JsonObject =>
    inGit(place, name, { resource: { instanceType: H100, labelSelector: { matchLabels: { apps: name } } } });
  const smaller = (name: string): JsonObject => ({
    ...terse(place)(name),
    inference: { preset: { name: "phi-4-mini-instruct" } },
  });
  return [
    { title: "git changes the preset", git: terse(place), changedTo: smaller },
    { title: "git states a size that was chosen", git: terse(place), changedTo: sized },
    { title: "git leaves the size to us again", git: sized, changedTo: terse(place) },
  ];
}
