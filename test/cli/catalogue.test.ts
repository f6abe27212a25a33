import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parse } from "yaml";
import { foresailHere } from "./support/here.ts";

const workspace =
  "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: phi\nresource:\n  labelSelector: {matchLabels: {apps: phi}}\n  instanceType: Standard_NC24ads_A100_v4\ninference:\n  preset:\n    name: phi-4\n";
const prices = (size: string): string =>
  `cloud: azure\ncurrency: USD\ndate: "2026-10-01"\nsource: our contract\nregions:\n  eastus:\n    ${size}: 1.5\n`;

describe("--catalog", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-catalogue-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const file = (path: string, text: string): string => {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
    return join(directory, path);
  };
  const render = (...paths: readonly string[]) =>
    foresailHere(["render", ...paths.flatMap((path) => ["--catalog", path]), file("phi.yaml", workspace)]);

  it("takes directories and single files, told by directory, by name or by content, with one result", async () => {
    const text = prices("Standard_NC24ads_A100_v4");
    file("all/prices/ours.yaml", text);
    file("all/.git/config.yaml", "not: ours\n");
    file("all/schemas/prices.schema.json", "{}");
    file("all/kustomization.yaml", "kind: Kustomization\n");
    const paths = [
      join(directory, "all"),
      file("prices/ours.yaml", text),
      file("prices.ours.yaml", text),
      file("ours.json", JSON.stringify(parse(text))),
    ];
    const printed = await Promise.all(paths.map((path) => render(path)));
    for (const { code, stdout, stderr } of printed) {
      expect([code, stderr]).to.deep.equal([0, ""]);
      expect(stdout).to.include("hourlyPriceUsd: 1.5\n").and.to.equal(printed[0]?.stdout);
    }
    expect((await render(...paths)).stdout, "all at once").to.equal(printed[0]?.stdout);
  });

  it("remarks on stderr on what is only worth knowing", async () => {
    const path = file("prices/ours.yaml", prices("Standard_NC24ads_A100_v9"));
    const { code, stderr } = await render(path);
    expect(code).to.equal(0);
    expect(stderr).to.include(`${path}:7: no size Standard_NC24ads_A100_v9 is in the catalogue`);
  });

  it("ends with 2 and file:line for data that is wrong", async () => {
    const path = file("prices/ours.yaml", prices("Standard_NC24ads_A100_v4").replace("1.5", "-1"));
    const { code, stdout, stderr } = await render(path);
    expect([code, stdout]).to.deep.equal([2, ""]);
    expect(stderr).to.match(
      new RegExp(`^${path}:7: regions\\.eastus\\.Standard_NC24ads_A100_v4 must be > 0, given -1\\n$`),
    );
  });

  it("ends with 2 for what cannot be read, and names it", async () => {
    const { code, stderr } = await render(join(directory, "nowhere"));
    expect(code).to.equal(2);
    expect(stderr).to.match(/--catalog \S+nowhere: ENOENT/);
  });

  it("does not end in a link that leads back", async () => {
    file("all/prices/ours.yaml", prices("Standard_NC24ads_A100_v4"));
    symlinkSync(join(directory, "all"), join(directory, "all", "again"));
    expect((await render(join(directory, "all"))).code).to.equal(0);
  });
});
