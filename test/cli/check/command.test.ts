import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { packageRoot } from "../../../src/package-root.ts";
import { foresailHere } from "../support/here.ts";

const workspace = (preset: string, annotations = ""): string =>
  `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata:
  name: phi # ours
${annotations === "" ? "" : `  annotations:\n${annotations}`}resource:
  instanceType: Standard_NC24ads_A100_v4
  labelSelector: {}
inference:
  preset:
    name: ${preset} # the model
`;
// As the API of Azure writes it; its command line prints the list alone, and numbers as texts.
const quota = { name: { value: "standardNCADSA100v4Family" }, limit: 12, currentValue: 0, unit: "Count" };
const PINNED = '    foresail.dev/catalog: "2026.11.0"\n';
const clean = workspace("phi-4", PINNED);
const unpinned = workspace("phi-4");
const refused = workspace("phi-44");

describe("foresail check, its settings", () => {
  let directory = "";
  let here = "";
  const at = (name: string): string => join(here, name);
  const run = (...args: readonly string[]) => foresailHere(["check", "--today=2026-11-29", ...args], { cwd: here });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-check-"));
    mkdirSync(join(directory, ".git"));
    here = directory;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const check = async (text: string, ...args: readonly string[]) => {
    writeFileSync(at("in.yaml"), text);
    writeFileSync(at("usage.json"), JSON.stringify({ value: [quota] }));
    return await run(...args);
  };

  const codes: readonly (readonly [what: string, text: string, args: readonly string[], code: number])[] = [
    ["nothing found", clean, [], 0],
    ["a warning", unpinned, [], 0],
    ["a warning, and warnings count", unpinned, ["--fail-on=warning"], 1],
    ["a warning made an error", unpinned, ["--rule=gitops/unpinned=error"], 1],
    ["a warning made a notice", unpinned, ["--rule=gitops/unpinned=notice", "--fail-on=warning"], 0],
    ["a warning switched off", unpinned, ["--rule=gitops/unpinned=off", "--fail-on=warning"], 0],
    ["an error", refused, [], 1],
    ["an error that is only to be shown", refused, ["--fail-on=never"], 0],
    ["what the cluster refuses, switched off", refused, ["--rule=preset/unknown=off"], 1],
    ["what the cluster refuses, made a warning", refused, ["--rule=preset/unknown=warning"], 1],
    ["above the budget", clean, ["--budget=1/month"], 1],
    ["within the budget", clean, ["--budget=100000/month"], 0],
    ["a budget that is none", clean, ["--budget=much"], 2],
    ["above a quota of the cloud", clean, ["--quota=eastus=usage.json"], 1],
    ["within a quota of another region", clean, ["--quota=westus3=usage.json"], 0],
    ["a quota without its region", clean, ["--quota=usage.json"], 2],
    ["quotas that are none", clean, ["--quota=eastus=in.yaml"], 2],
    ["quotas that are not there", clean, ["--quota=eastus=nowhere.json"], 2],
    ["no Workspace", "kind: Pod\n", [], 0],
    ["no Workspace where one is required", "kind: Pod\n", ["--require-objects"], 2],
    ["no YAML", `${clean}  - {`, [], 2],
    ["a flag that does not exist", clean, ["--budge=1"], 2],
    ["a format that does not exist", clean, ["-o", "sarf"], 2],
    ["a rule that does not exist", clean, ["--rule=gitops/unpined=off"], 2],
    ["a level that does not exist", clean, ["--rule=gitops/unpinned=low"], 2],
    ["a --fail-on that does not exist", clean, ["--fail-on=info"], 2],
    ["a file that cannot be written", clean, ["-o", "json=nowhere/x.json"], 2],
    ["a baseline that is not there", clean, ["--baseline=nowhere.json"], 2],
    ["fixes of nobody knows which files", clean, ["--fix"], 2],
    ["a config that is not there", clean, ["--config=nowhere.yaml"], 2],
  ];
  for (const [what, text, args, code] of codes) {
    it(`ends with ${code}: ${what}`, async () => {
      expect((await check(text, ...args)).code).to.equal(code);
    });
  }

  it("counts from a baseline on only what is new", async () => {
    const first = await check(refused, "--write-baseline=base.json");
    expect(first.code).to.equal(0);
    expect((await check(refused, "--baseline=base.json", "--fail-on=warning")).code).to.equal(0);
    // Lines move, what was found stays the same.
    expect((await check(`\n\n${refused}`, "--baseline=base.json", "--fail-on=warning")).code).to.equal(0);
    const more = await check(`${refused}---\n${unpinned.replace("phi # ours", "other")}`, "--baseline=base.json");
    expect(more.stdout).to.match(/^in.yaml:14:1 warning gitops\/unpinned Workspace default\/other/);
    expect(more.stdout).to.match(/2 workspaces, 0 errors, 1 warning, 1 waived/);
  });

  it("heeds waivers of annotations that give a reason, until their day", async () => {
    const waived = (text: string) => workspace("phi-4", `    waive.foresail.dev/gitops.unpinned: "${text}"\n`);
    const held = await check(waived("rebuilt each week; until 2026-11-29"), "--fail-on=warning", "--show-waived");
    expect(held.code).to.equal(0);
    expect(held.stdout).to.match(/waived gitops\/unpinned .*rebuilt each week/);
    const over = await check(waived("rebuilt each week; until 2026-11-28"), "--fail-on=warning");
    expect(over.code).to.equal(1);
    expect(over.stdout)
      .to.match(/warning gitops\/unpinned/)
      .and.to.match(/warning waiver\/expired/);
    const silent = await check(waived(""));
    expect([silent.code, silent.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && /error waiver\/no-reason/.test(text),
    );
    expect((await check(waived("rebuilt"), "--no-waivers", "--fail-on=warning")).code).to.equal(1);
  });

  it("cannot be talked out of what the cluster refuses", async () => {
    const text = workspace("phi-44", '    waive.foresail.dev/preset.unknown: "soon"\n');
    const { code, stdout } = await check(text);
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/error preset\/unknown/)
      .and.to.match(/warning waiver\/refused/);
  });

  it("reads .foresail.yaml above, up to the root of the repository, and flags come first", async () => {
    writeFileSync(
      at(".foresail.yaml"),
      "fail-on: warning\nrules: {gitops/unpinned: error}\nwaivers:\n- {rule: gitops/unpinned, workspace: default/p*, path: apps/*, reason: dev}\n",
    );
    mkdirSync(at("apps"));
    writeFileSync(at("apps/in.yaml"), unpinned);
    here = join(directory, "apps");
    expect((await run()).code, "waived by Workspace and path").to.equal(0);
    expect((await run("--no-waivers")).code).to.equal(1);
    here = directory;
    const elsewhere = await check(unpinned, "in.yaml");
    expect(elsewhere.code, "another path").to.equal(1);
    expect(elsewhere.stdout)
      .to.match(/error gitops\/unpinned/)
      .and.to.match(/waiver\/unused/);
    expect((await check(unpinned, "in.yaml", "--fail-on=never")).code).to.equal(0);
  });

  it("reads quotas that a config names, from where the config is", async () => {
    mkdirSync(at("apps"));
    writeFileSync(at("apps/in.yaml"), clean);
    writeFileSync(at(".foresail.yaml"), "quotas: {eastus: usage.json}\n");
    await check(clean);
    here = join(directory, "apps");
    const { code, stdout } = await run();
    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^in\.yaml:7:1 error quota\/cloud-exceeded .* 24 cores .* its limit is 12 .*: 12 too few$/m,
    );
  });

  it("says where a config is wrong", async () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["fail-on: always\n", /^\.foresail\.yaml:1:1: fail-on must be one of error, warning, never/],
      [
        "rules:\n  gitops/unpined: off\n",
        /^\.foresail\.yaml:2:3: .*no rule gitops\/unpined; nearest are gitops\/unpinned/,
      ],
      ["waivers:\n- rule: gitops/unpinned\n", /^\.foresail\.yaml:2:\d: waivers\[0\]\.reason is required/],
      ["budget: lots\n", /^\.foresail\.yaml:1:1: budget lots must be an amount/],
      ["colour: red\n", /^\.foresail\.yaml:1:1: colour is not a known field/],
      ["a: [\n", /^\.foresail\.yaml:/],
    ];
    for (const [text, message] of wrong) {
      writeFileSync(at(".foresail.yaml"), text);
      const { code, stderr } = await check(clean);
      expect([code, stderr], text).to.satisfy(([c, said]: [number, string]) => c === 2 && message.test(said));
    }
  });

  it("mends what has one right answer, and keeps comments", async () => {
    const { code, stdout, stderr } = await check(workspace("phi-44"), "--fix", "in.yaml");
    expect(stderr).to.match(/^1 fixes done/);
    const text = readFileSync(at("in.yaml"), "utf8");
    expect(text).to.equal(workspace("phi-4"));
    expect(code).to.equal(0);
    expect(stdout).to.match(/gitops\/unpinned/);
    await check(text, "--fix", "in.yaml");
    expect(readFileSync(at("in.yaml"), "utf8"), "pinned")
      .to.include("foresail.dev/catalog: 2026.11.0")
      .and.to.include("# ours");
    expect((await run("--fail-on=warning")).stdout).to.match(/^1 workspace, 0 errors, 0 warnings/);
  });

  it("leaves what a notice proposes to whoever looks", async () => {
    const large = clean.replace("Standard_NC24ads_A100_v4", "Standard_NC96ads_A100_v4");
    const { code, stdout, stderr } = await check(large, "--fix", "--fail-on=warning", "in.yaml");
    expect(stderr).to.match(/^0 fixes done/);
    expect(readFileSync(at("in.yaml"), "utf8")).to.equal(large);
    expect(stdout).to.match(/notice instance-type\/oversized .* \(fix: use Standard_NC24ads_A100_v4\)$/m);
    expect(code).to.equal(0);
  });

  it("writes several formats at once", async () => {
    const { stdout } = await check(refused, "-o", "text", "-o", "json=report.json", "-o", "sarif=report.sarif");
    expect(stdout).to.match(/1 error,/);
    const report = JSON.parse(readFileSync(at("report.json"), "utf8"));
    expect(report.findings[0].fix).to.deep.equal({
      describes: "use phi-4",
      edits: [{ file: "in.yaml", line: 10, endLine: 10, text: "    name: phi-4 # the model" }],
    });
    expect(JSON.parse(readFileSync(at("report.sarif"), "utf8")).version).to.equal("2.1.0");
  });
});

describe("foresail check, policies", () => {
  let here = "";
  beforeEach(() => {
    here = mkdtempSync(join(tmpdir(), "foresail-check-"));
    mkdirSync(join(here, ".git"));
    writeFileSync(join(here, "in.yaml"), clean);
  });
  afterEach(() => rmSync(here, { recursive: true }));
  const run = (...args: readonly string[]) => foresailHere(["check", ...args], { cwd: here });
  const namespace =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {foresail.dev/max-gpus: '0'}}\n";

  it("are those of --policy, with the labels of the files' namespaces", async () => {
    expect((await run("--policy=shipped")).stdout, "no label").to.not.match(/max-gpus/);
    writeFileSync(join(here, "namespace.yaml"), namespace);
    const { code, stdout } = await run("--policy=shipped");
    expect(code).to.equal(1);
    expect(stdout).to.match(/error policy\/denied Workspace default\/phi: .*1 GPUs .* more than the 0/);
    expect((await run()).code, "without policies").to.equal(0);
  });

  it("are those among the files", async () => {
    writeFileSync(join(here, "namespace.yaml"), namespace);
    writeFileSync(join(here, "policy.yaml"), readFileSync(join(packageRoot(), "policies/gpus-per-workspace.yaml")));
    const { code, stdout } = await run();
    expect([code, stdout]).to.satisfy(([c, text]: [number, string]) => c === 1 && text.includes("policy/denied"));
    writeFileSync(join(here, "in.yaml"), clean.replace("metadata:\n", "metadata:\n  namespace: other\n"));
    expect((await run()).code, "another namespace").to.equal(0);
  });

  it("that are broken end with 2, and say where", async () => {
    const text = readFileSync(join(packageRoot(), "policies/gpus-per-workspace.yaml"), "utf8");
    writeFileSync(join(here, "policy.yaml"), text.replace("failurePolicy: Fail", "failurePolicy: Perhaps"));
    const { code, stderr } = await run();
    expect(code).to.equal(2);
    expect(stderr).to.match(/^policy\.yaml:\d+: spec\.failurePolicy/);
    // What is no CEL here may be CEL to a newer API server: never a silent pass, and no refusal either.
    writeFileSync(join(here, "policy.yaml"), text.replace(/expression: .*/, "expression: ("));
    const other = await run();
    expect([other.code, other.stdout]).to.satisfy(
      ([c, said]: [number, string]) => c === 0 && /warning policy\/not-judged/.test(said),
    );
  });
});

describe("foresail check, of a base and its overlays", () => {
  let here = "";
  const write = (name: string, text: string): void => {
    mkdirSync(join(here, name, ".."), { recursive: true });
    writeFileSync(join(here, name), text);
  };
  before(() => {
    here = mkdtempSync(join(tmpdir(), "foresail-check-"));
    write("base/phi.yaml", clean);
    write("base/kustomization.yaml", "resources: [phi.yaml]\n");
    for (const overlay of ["dev", "prod"]) write(`${overlay}/kustomization.yaml`, "resources: [../base]\n");
    const autoscaler =
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: phi}\nspec: {scaleTargetRef: {kind: Deployment, name: phi}}\n";
    write("scaled/autoscaler.yaml", autoscaler);
    write("scaled/kustomization.yaml", "resources: [../base, autoscaler.yaml]\n");
  });
  after(() => rmSync(here, { recursive: true }));
  const run = (...args: readonly string[]) => foresailHere(["check", ...args], { cwd: here });

  it("takes what two overlays make of one manifest for two clusters", async () => {
    const { code, stdout } = await run("dev", "prod");
    expect(stdout).to.match(/^2 workspaces, 0 errors/);
    expect(code).to.equal(0);
  });

  it("takes what one overlay applies together, wherever it stands", async () => {
    const { stdout } = await run("dev", "scaled");
    const found = stdout.split("\n").filter((line) => line.includes("gitops/field-owned-by-autoscaler"));
    expect(found).to.have.length(1);
    expect(found[0]).to.match(/^base\/phi\.yaml:/);
  });
});
