import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";

const FRESH = ["--today", "2026-07-01"];
/** Every command that reads files. */
const COMMANDS: readonly (readonly string[])[] = [
  ["render", "--objects"],
  ["render", "--format", "json"],
  ["check", "-o", "json"],
  ["check", "-o", "sarif"],
  ["explain", "-o", "json", ...FRESH],
  ["plan", "-o", "json"],
  ["cost", "-o", "json", ...FRESH],
  ["images", "-o", "json"],
  ["pin", "--diff"],
];
const EXAMPLES = ["kaito_workspace_phi_3.yaml", "kaito_workspace_phi_3_with_adapters.yaml"];

describe("a Workspace of either group, read by every command", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-group-"));
    for (const group of ["kaito.sh", "foresail.dev"]) {
      const home = join(folder, group);
      mkdirSync(home);
      for (const name of EXAMPLES) {
        const text = readFileSync(join(packageRoot(), "examples/inference", name), "utf8");
        writeFileSync(join(home, name), text.replace(/^apiVersion: kaito\.sh/m, `apiVersion: ${group}`));
      }
      mkdirSync(join(home, "overlay"));
      const patch = [
        "patches:",
        "  - target: {kind: Workspace}",
        "    patch: |-",
        "      - {op: add, path: /metadata/labels, value: {a: b}}",
      ].join("\n");
      writeFileSync(join(home, "overlay/ws.yaml"), readFileSync(join(home, EXAMPLES[0] ?? ""), "utf8"));
      writeFileSync(join(home, "overlay/kustomization.yaml"), `resources: [ws.yaml]\nnamespace: over\n${patch}\n`);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  /** As it would be of the other group; where a name is longer lines break elsewhere. */
  const asKaitos = (text: string): string =>
    text
      .replaceAll("foresail.dev/v1beta1", "kaito.sh/v1beta1")
      .replace(/"group": ?"foresail\.dev",?/g, "")
      .replace(/Workspace(\.foresail\.dev)? /g, "")
      .replace(/\s+/g, " ");

  for (const command of COMMANDS) {
    it(`foresail ${command.join(" ")} says the same of both, in its own group`, async () => {
      const ended = [];
      for (const group of ["kaito.sh", "foresail.dev"]) {
        ended.push(await foresailHere([...command, "."], { cwd: join(folder, group) }));
      }
      const [kaitos, ours] = ended;
      expect(kaitos?.stdout, kaitos?.stderr).to.not.equal("");
      expect(kaitos?.stdout).to.not.include("foresail.dev/v1beta1");
      expect(asKaitos(ours?.stdout ?? "")).to.equal(asKaitos(kaitos?.stdout ?? ""));
      expect(asKaitos(ours?.stderr ?? "")).to.equal(asKaitos(kaitos?.stderr ?? ""));
      expect(ours?.code).to.equal(kaitos?.code);
    });
  }
});
