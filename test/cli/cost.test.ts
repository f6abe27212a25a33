import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { expectGolden } from "./support/golden.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const cases = join(packageRoot(), "test/cases/cost");
// Prices are of 2026-06-18.
const FRESH = ["--today", "2026-07-01"];
const UTF8 = { PATH: process.env["PATH"], LANG: "C.UTF-8" };
const PHI = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: phi }
resource: { instanceType: Standard_NC24ads_A100_v4, labelSelector: { matchLabels: { apps: phi } } }
inference: { preset: { name: phi-4 } }
`;

interface Case {
  readonly args: readonly string[];
  readonly code: number;
}

describe("foresail cost", () => {
  for (const name of readdirSync(cases)) {
    it(`prints ${name} as it did: text, JSON, Markdown`, async () => {
      const cwd = join(cases, name);
      const { args, code }: Case = JSON.parse(readFileSync(join(cwd, "args.json"), "utf8"));
      const outputs = [
        ["text", "out.txt"],
        ["json", "out.json"],
        ["markdown", "out.md"],
      ] as const;
      for (const [output, file] of outputs) {
        const ended = await foresailHere(["cost", "in.yaml", "-o", output, ...FRESH, ...args], { cwd, env: UTF8 });
        expectGolden(join(cwd, file), ended.stdout);
        expectGolden(join(cwd, "stderr.txt"), ended.stderr);
        expect(ended.code, output).to.equal(code);
      }
    });
  }

  it("keeps to 80 columns, and to ASCII where the locale does not say UTF-8", async () => {
    const cwd = join(cases, "fleet");
    const { stdout } = await foresailHere(["cost", "in.yaml", ...FRESH], { cwd });
    expect(stdout).to.match(/^[\n\x20-\x7e]*$/);
    expect(stdout).to.include("<= ");
    for (const text of [stdout, readFileSync(join(cwd, "out.txt"), "utf8")]) {
      expect(text.split("\n").filter((line) => line.length > 80)).to.deep.equal([]);
    }
  });

  it("fails above the budget and passes at it, by hour and by month, for all and for each", async () => {
    const { stdout } = await foresail(["cost", "-", "-o", "json", ...FRESH], { input: PHI });
    const { hourlyUsd, monthlyUsd } = JSON.parse(stdout).total.amount;
    expect([hourlyUsd, monthlyUsd]).to.deep.equal([3.673, 2681.29]);
    const rows: readonly (readonly [string, string, number])[] = [
      ["--budget", "2681.29/month", 0],
      ["--budget", "2681.28/month", 1],
      ["--budget", "3.673/hour", 0],
      ["--budget", "$3.6729/hour", 1],
      ["--budget-per-workspace", "2681.29/month", 0],
      ["--budget-per-workspace", "2681.28/month", 1],
    ];
    for (const [flag, limit, code] of rows) {
      const ended = await foresail(["cost", "-", flag, limit, ...FRESH], { input: PHI });
      expect(ended.code, `${flag} ${limit}`).to.equal(code);
      expect(ended.stderr.includes("over budget")).to.equal(code === 1);
    }
  });

  it("takes no budget of another form", async () => {
    for (const wrong of ["5000", "5000/week", "-1/month", "1e9/month", "5,000/month", "/month"]) {
      const { code, stderr } = await foresailHere(["cost", "test/cases/cost/fleet", `--budget=${wrong}`]);
      expect([code, stderr]).to.deep.equal([
        2,
        `--budget is ${JSON.stringify(wrong)}: expected USD per month or hour, such as 5000/month or 7.50/hour\n`,
      ]);
    }
  });

  it("counts a name twice where two manifests have it, and says so", async () => {
    const { code, stdout, stderr } = await foresail(["cost", "-", "-o", "json", ...FRESH], {
      input: `${PHI}---\n${PHI}`,
    });
    expect(code).to.equal(0);
    expect(stderr).to.equal("-: Workspace default/phi is in an earlier manifest, too: both count\n");
    expect(JSON.parse(stdout).total.amount.monthlyUsd).to.equal(5362.58);
  });

  it("says that old prices are old", async () => {
    const { stdout, stderr } = await foresail(["cost", "-", "--today", "2026-12-31"], { input: PHI });
    expect(stderr).to.include("warning price/stale prices of 2026-06-18 are 196 days old");
    expect(stdout).to.match(/2026-06-18, 196 days\s+old/);
  });

  it("finds nothing where no Workspace is, and says what its exit codes mean", async () => {
    const none = await foresail(["cost", "-"], { input: "kind: ConfigMap\n" });
    expect([none.code, none.stderr]).to.deep.equal([0, "no Workspace found: other YAML is skipped\n"]);
    const { code, stdout } = await foresailHere(["cost", "--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("Exit codes:").and.include("--budget 20000/month");
  });
});
