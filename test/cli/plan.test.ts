import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const cases = join(packageRoot(), "test/cases/plan");
const workspace = (name: string, size = "Standard_NC24ads_A100_v4"): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: ${name} }
resource: { instanceType: ${size}, labelSelector: { matchLabels: { apps: m } } }
inference: { preset: { name: phi-4-mini-instruct } }
`;

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
function expectGolden(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

describe("foresail plan", () => {
  let folder = "";
  let manifest = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-plan-"));
    manifest = join(folder, "in.yaml");
    writeFileSync(manifest, workspace("m"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const codes: { readonly [name: string]: number } = { shared: 0, "two-workspaces": 0 };
  for (const name of readdirSync(cases)) {
    it(`prints ${name} as it did`, async () => {
      const cwd = join(cases, name);
      const args: readonly string[] = JSON.parse(readFileSync(join(cwd, "args.json"), "utf8"));
      // One of them as users run it.
      const run = name === "two-workspaces" ? foresail : foresailHere;
      const { code, stdout, stderr } = await run(["plan", "in.yaml", ...args], { cwd });
      expectGolden(join(cwd, "out.txt"), stdout);
      expectGolden(join(cwd, "stderr.txt"), stderr);
      expect(code).to.equal(codes[name] ?? 1);
    });
  }

  it("says the same in YAML and JSON, and twice the same", async () => {
    const [json, again, yaml] = await Promise.all(
      ["json", "json", "yaml"].map((output) => foresailHere(["plan", manifest, "-o", output])),
    );
    expect(json?.stdout).to.equal(again?.stdout);
    expect(parse(yaml?.stdout ?? "")).to.deep.equal(JSON.parse(json?.stdout ?? ""));
    expect(JSON.parse(json?.stdout ?? "").workspaces[0].steps[1].deeds[0].claim).to.deep.equal({
      instanceType: "Standard_NC24ads_A100_v4",
      capacityType: "on-demand",
      gpus: 1,
      hourlyPriceUsd: 3.673,
      monthlyPriceUsd: 2681.29,
      priceBound: "exact",
      nodeClass: "karpenter.azure.com/AKSNodeClass/default",
    });
  });

  it("names what makes pods that ask for a preset, of manifests and of the cluster: their nodes are not planned", async () => {
    const deployment = (name: string, label = "foresail.dev/preset"): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: models }
spec: { template: { metadata: { labels: { ${label}: phi-4 } }, spec: { containers: [{ name: c }] } } }
`;
    const pod = (name: string, node = ""): string => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: models, labels: { foresail.dev/preset: phi-4 } }
spec: { nodeName: "${node}", containers: [{ name: c }] }
`;
    const both = join(folder, "asking.yaml");
    writeFileSync(both, workspace("m") + deployment("x") + deployment("plain", "app"));
    const now = join(folder, "now.yaml");
    writeFileSync(now, deployment("stored") + pod("waits") + pod("runs", "n1"));
    const told = "not planned: nodes for pods that ask for a preset: ";
    expect((await foresailHere(["plan", manifest])).stderr).not.to.contain("not planned");
    expect((await foresailHere(["plan", both])).stderr).to.equal(`${told}Deployment models/x\n`);
    expect((await foresailHere(["plan", both, "--cluster", now])).stderr).to.equal(
      `${told}Deployment models/stored, Deployment models/x, Pod models/waits\n`,
    );
    writeFileSync(now, pod("a") + pod("b") + pod("c"));
    expect((await foresailHere(["plan", both, "--cluster", now])).stderr).to.equal(
      `${told}Deployment models/x, Pod models/a, Pod models/b and 1 more\n`,
    );
  });

  it("plans the last of two manifests of one name, and says so", async () => {
    const input = `${workspace("m")}---\n${workspace("m", "Standard_NC40ads_H100_v5")}`;
    const { code, stdout, stderr } = await foresail(["plan", "-"], { input });
    expect(code).to.equal(0);
    expect(stderr).to.include("default/m is in an earlier manifest, too: this one is planned");
    expect(stdout).to.include("create NodeClaim: Standard_NC40ads_H100_v5").and.not.include("NC24ads");
  });

  it("asks for the node class that is stated, and for none of a wrong form", async () => {
    const ec2 = ["plan", manifest, "-o", "json", "--node-class", "karpenter.k8s.aws/EC2NodeClass/gpu"];
    const { stdout } = await foresailHere(ec2);
    expect(stdout).to.include('"nodeClass": "karpenter.k8s.aws/EC2NodeClass/gpu"');
    const wrong = await foresailHere(["plan", manifest, "--node-class", "gpu"]);
    expect([wrong.code, wrong.stderr]).to.deep.equal([2, '--node-class must be GROUP/KIND/NAME, given "gpu"\n']);
  });

  it("refuses options that belong to another state", async () => {
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [["--kubeconfig", "x"], "belong to --live"],
      [["--live"], "--live needs --kubeconfig and --context"],
      [["--live", "--kubeconfig", "x", "--context", "y", "--cluster", "z"], "exclude each other"],
      [["--cluster", "missing.yaml"], "missing.yaml: no such file"],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await foresailHere(["plan", manifest, ...args]);
      expect([code, stdout], args.join(" ")).to.deep.equal([2, ""]);
      expect(stderr).to.include(message);
    }
  });

  it("explains itself", async () => {
    const { code, stdout } = await foresailHere(["plan", "--help"]);
    expect(code).to.equal(0);
    expect(stdout)
      .to.include("Usage: foresail plan [PATH…] [OPTIONS]")
      .and.include("foresail plan --live --kubeconfig");
  });
});
