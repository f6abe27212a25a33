import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "./support/here.ts";

const A100 = "Standard_NC24ads_A100_v4";
const workspace = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: phi}
resource: {instanceType: ${A100}, labelSelector: {matchLabels: {apps: phi}}}
inference: {preset: {name: phi-4}}
`;
const prices = `cloud: azure
currency: USD
date: "2026-06-20"
source: our contract
regions: {eastus: {${A100}: 2}}
`;

describe("the settings of a repository", () => {
  let root = "";
  before(() => {
    root = mkdtempSync(join(tmpdir(), "foresail-settings-"));
    for (const name of [".git", "apps", "none", "catalogue/prices"]) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, "apps/phi.yaml"), workspace);
    writeFileSync(join(root, "catalogue/prices/own.yaml"), prices);
    writeFileSync(join(root, ".foresail.yaml"), "catalogs: [catalogue/]\nnamespace: team\nbudget: 1400/month\n");
  });
  after(() => rmSync(root, { recursive: true }));
  const run = (...args: readonly string[]) => foresailHere([...args], { cwd: join(root, "apps") });

  it("give every command of a pipeline the same catalogue, namespace and money", async () => {
    const check = JSON.parse((await run("check", "-o", "json")).stdout);
    const cost = JSON.parse((await run("cost", "-o", "json")).stdout);
    const diff = JSON.parse((await run("diff", "--base-dir=../none", "-o", "json")).stdout);
    const images = JSON.parse((await run("images", "-o", "json")).stdout);
    const pin = await run("pin", "--diff", ".");
    const [rendered] = JSON.parse((await run("render", "--format", "json")).stdout).items;
    const explained = JSON.parse((await run("explain", "-o", "json")).stdout);
    const plan = JSON.parse((await run("plan", "-o", "json")).stdout);
    const { id } = check.catalogue;
    expect(id).to.match(/^2026\.11\.0\+[0-9a-f]{8}$/);
    expect([cost.catalogue, diff.catalogue.id, images.catalogue]).to.deep.equal([id, id, id]);
    expect([rendered.expansion.catalog, explained.catalogue, plan.catalogue]).to.deep.equal([id, id, id]);
    expect([rendered.expansion.nodes.hourlyPriceUsd, rendered.metadata.namespace]).to.deep.equal([2, "team"]);
    expect(pin.stdout.replaceAll('"', "")).to.include(`foresail.dev/catalog: ${id}`);
    expect([check.summary.hourlyPriceUsd, cost.total.amount.hourlyUsd, diff.summary.after.hourlyUsd]).to.deep.equal([
      2, 2, 2,
    ]);
    const names = [check.workspaces[0], cost.runs[0].subject, diff.compared[0].subject, images.weights[0].neededBy[0]];
    expect(names.map(({ namespace }) => namespace)).to.deep.equal(["team", "team", "team", "team"]);
    expect(pin.stderr).to.include("team/phi: ");
  });

  it("come after flags, and the budget is one of cost, too", async () => {
    const over = await run("cost");
    expect([over.code, over.stderr.includes("over budget: total of $1,460.00/month is above")]).to.deep.equal([
      1,
      true,
    ]);
    expect((await run("cost", "--budget=1460/month")).code).to.equal(0);
    expect((await run("cost", "--namespace=other", "-o", "json")).stdout).to.include('"namespace": "other"');
    const other = await run("diff", "--base-dir=../none", "--config=none.yaml");
    expect([other.code, other.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 2 && said.includes("none.yaml"),
    );
  });
});
