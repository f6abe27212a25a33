import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const head = "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: phi\n";
const good = `${head}resource:\n  instanceType: Standard_NC24ads_A100_v4\n  labelSelector: {}\ninference:\n  preset:\n    name: phi-4\n`;

describe("foresail check", () => {
  let directory = "";
  let manifest = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-check-"));
    manifest = join(directory, "in.yaml");
  });
  after(() => rmSync(directory, { recursive: true }));
  const checked = (text: string) => {
    writeFileSync(manifest, text);
    return foresailHere(["check", manifest]);
  };

  it("passes the examples, with their warnings and a summary", async () => {
    const { code, stdout } = await foresailHere(["check", "examples"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/\.yaml:\d+:\d+ warning context\/cut Workspace \S+: context cut to 8848/);
    expect(stdout).to.match(
      /\n4 workspaces, 1 template of preset pods, 0 errors, \d+ warnings, 0 waived, \$[\d,.]+\/month, catalogue 2026\.11\.0\n$/,
    );
  });

  it("finds a field that does not exist, at its line", async () => {
    const { code, stdout } = await foresail(["check", "-"], { input: good.replace("instanceType", "instanceTyp") });
    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^\S+:6:\d+ error schema\/unknown-field Workspace default\/phi: resource\.instanceTyp is not a known field/m,
    );
    expect(stdout).to.match(/\n1 workspace, 1 error, 1 warning, 0 waived/);
  });

  it("says what admission would refuse, in admission's words", async () => {
    const { code, stdout } = await checked(good.replace("phi-4", "phi-5"));
    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^\S+:10:\d+ error preset\/unknown Workspace default\/phi: inference\.preset\.name "phi-5" is not in catalogue/,
    );
  });

  it("ends with 2 when a path is not there, and with 0 and a summary when there is nothing of ours", async () => {
    expect((await foresailHere(["check", "nowhere"])).code).to.equal(2);
    const nothing = await checked("apiVersion: v1\nkind: Pod\n");
    expect([nothing.code, nothing.stdout]).to.deep.equal([
      0,
      "0 workspaces, 0 errors, 0 warnings, 0 waived, $0.00/month, catalogue 2026.11.0\n",
    ]);
  });

  it("judges templates of preset pods, at the line in the template", async () => {
    const template = (at: string): string =>
      `${at}metadata: {labels: {foresail.dev/preset: phi-44}}\n${at}spec: {containers: [{name: m, image: auto}]}\n`;
    const kinds = {
      Pod: template(""),
      Deployment: `spec:\n  template:\n${template("    ")}`,
      CronJob: `spec:\n  jobTemplate:\n    spec:\n      template:\n${template("        ")}`,
    };
    for (const [kind, text] of Object.entries(kinds)) {
      const { code, stdout } = await checked(`kind: ${kind}\n${text}`);
      const line = 1 + `kind: ${kind}\n${text}`.split("\n").findIndex((one) => one.includes("phi-44"));
      expect(code, kind).to.equal(1);
      expect(stdout, kind).to.match(
        new RegExp(`^${manifest}:${line}:\\d+ error preset/unknown ${kind} default/\\S*: \\S*metadata\\.labels`, "m"),
      );
      expect(stdout, kind).to.match(/warning preset-pod\/no-gate/);
      expect(stdout, kind).to.match(/\n0 workspaces, 1 template of preset pods, 1 error, 1 warning, /);
    }
    const other = await checked(
      "kind: Deployment\nspec: {template: {metadata: {labels: {foresail.dev/preset-pods: x}}}}",
    );
    expect(other.stdout).to.match(/^0 workspaces, 0 errors/);
  });

  describe("settings in a ConfigMap", () => {
    const named = `${good}  config: mine\n`;
    const settings = (vllm: string, namespace = ""): string =>
      `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n${namespace}data:\n  inference_config.yaml: |\n    vllm:\n      ${vllm}\n`;

    it("are judged with the Workspace that names them, at the line of the ConfigMap", async () => {
      const input = named + settings("port: 8000\n      swap-space: 4");
      const { code, stdout } = await foresail(["check", "-"], { input });
      expect(code).to.equal(1);
      expect(stdout).to.match(
        /^-:18:\d+ error config\/conflict \S+ \S+: vllm\.port is "8000", the pod has port at "5000"/m,
      );
      expect(stdout).to.match(
        /^-:18:\d+ error config\/unknown-flag \S+ \S+: vllm\.swap-space is no option of vllm-0\.25\.1/m,
      );
      expect(stdout).to.match(/\n1 workspace, 2 errors, /);
    });

    it("are read from a file that holds nothing else of ours, and left alone in another namespace", async () => {
      const folder = mkdtempSync(join(tmpdir(), "foresail-check-"));
      writeFileSync(join(folder, "workspace.yaml"), named);
      const config = join(folder, "config.yaml");
      const errors = async (text: string): Promise<number | null> => {
        writeFileSync(config, text);
        return (await foresailHere(["check", folder])).code;
      };
      try {
        expect(await errors(settings("port: 8000"))).to.equal(1);
        expect(await errors(settings("port: 8000", "  namespace: default\n"))).to.equal(1);
        expect(await errors(settings("port: 8000", "  namespace: other\n"))).to.equal(0);
        expect(await errors(settings("max-model-len: 4096"))).to.equal(0);
        // A template that is no YAML yet.
        expect(await errors(`{{ if x }}\n${settings("port: 8000")}{{ end }}\n`)).to.equal(0);
        // The same ConfigMap without the key that is read.
        expect(await errors(settings("port: 8000").replace("inference_config.yaml: |", "other.yaml: |"))).to.equal(1);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  it("says that a ConfigMap lacks the key that is read", async () => {
    const configMap = "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\ndata:\n  other.yaml: x\n";
    const { code, stdout } = await checked(`${good}  config: mine\n${configMap}`);
    expect(code).to.equal(1);
    expect(stdout).to.match(/error config\/missing \S+ \S+: ConfigMap mine has no key inference_config\.yaml: add it/);
  });
});
