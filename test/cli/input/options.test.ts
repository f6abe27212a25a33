import { rmSync } from "node:fs";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "../support/here.ts";
import { writeTree } from "./support/kustomizations.ts";

/** Commands that read manifests, with what they need besides a PATH. */
const COMMANDS: readonly (readonly string[])[] = [
  ["check"],
  ["cost"],
  ["diff", "--base-dir=."],
  ["explain"],
  ["images"],
  ["pin", "--check"],
  ["plan"],
  ["render"],
];

describe("commands that read manifests", () => {
  let directory = "";
  before(() => {
    directory = writeTree({
      // Only a tool can say what the transformer makes of it.
      "unknown/kustomization.yaml": "resources: [phi.yaml]\ntransformers: [label.yaml]\n",
      "unknown/phi.yaml":
        "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: phi}\nresource: {labelSelector: {}}\ninference: {preset: {name: phi-4}}\n",
      "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
      "chart/templates/phi.yaml": "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: phi}\n",
    });
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const [name = "", ...more] of COMMANDS) {
    it(`are told who builds kustomizations, and whether charts are rendered: ${name}`, async () => {
      const built = await foresailHere([name, ...more, "unknown", "--kustomize=built-in"], { cwd: directory });
      expect(
        [built.code, built.stderr.match(/does not know the field transformers/)?.length],
        built.stderr,
      ).to.deep.equal([2, 1]);
      const off = await foresailHere([name, ...more, "chart", "--helm=off"], { cwd: directory });
      expect(off.stderr).to.not.include("helm is not on PATH");
      expect(off.code, off.stderr).to.equal(0);
    });
  }

  it("say it in the same words", async () => {
    const helps = await Promise.all(COMMANDS.map(([name = ""]) => foresailHere([name, "--help"])));
    const told = helps.map(({ stdout }) =>
      stdout.split("\n").flatMap((line) => /^ +--(?:kustomize|helm)\S* \S+ +(.*)$/.exec(line)?.[1] ?? []),
    );
    expect(told[0]).to.have.length.of.at.least(3);
    for (const one of told) expect(one).to.deep.equal(told[0]);
  });
});
