import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { canonicalJson, isObject, type JsonObject } from "../../src/core/json.ts";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const root = packageRoot();
const cases = join(root, "test/cases/render");

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
function expectGolden(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

function objectsIn(yaml: string): readonly JsonObject[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as unknown)
    .filter(isObject);
}

describe("foresail render", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-render-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  for (const name of readdirSync(cases)) {
    it(`prints ${name} as it did`, async () => {
      // One of them as users run it.
      const run = name === "phi-3" ? foresail : foresailHere;
      const { code, stdout, stderr } = await run(["render", "in.yaml"], { cwd: join(cases, name) });
      expectGolden(join(cases, name, "out.yaml"), stdout);
      expectGolden(join(cases, name, "stderr.txt"), stderr);
      expect(code).to.equal(name === "refused" ? 1 : 0);
    });
  }

  it("carries the examples verbatim as cases", () => {
    const verbatim = [
      ["inference/kaito_workspace_phi_3.yaml", "phi-3"],
      ["inference/kaito_workspace_phi_3_with_adapters.yaml", "phi-3-adapters"],
      ["fine-tuning/kaito_workspace_tuning_phi_3.yaml", "tuning-phi-3"],
      ["fine-tuning/kaito_workspace_tuning_phi_3_128k.yaml", "tuning-phi-3-128k"],
    ] as const;
    for (const [example, name] of verbatim) {
      const text = readFileSync(join(root, "examples", example), "utf8");
      expect(readFileSync(join(cases, name, "in.yaml"), "utf8"), example).to.equal(text);
    }
  });

  it("uses a ConfigMap among the files as the reconciler does, and says what is wrong with it", async () => {
    const given = (port: number): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: phi }
resource: { instanceType: Standard_NC24ads_A100_v4, labelSelector: {} }
inference: { preset: { name: phi-4 }, config: mine }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: mine }
data:
  inference_config.yaml: "vllm: {port: ${port}}"
`;
    const directory = mkdtempSync(join(folder, "config-"));
    const rendered = (port: number) => {
      writeFileSync(join(directory, "in.yaml"), given(port));
      return foresailHere(["render", "in.yaml", "--objects"], { cwd: directory });
    };
    const right = await rendered(5000);
    expect([right.code, right.stderr]).to.deep.equal([0, ""]);
    const hash = createHash("sha256").update("vllm: {port: 5000}").digest("hex");
    expect(right.stdout).to.include(`foresail.dev/config-hash: ${hash}`);
    const wrong = await rendered(8000);
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.match(
      /^in\.yaml:11:\d+ error config\/conflict vllm\.port is "8000", the pod has port at "5000"/,
    );
    expect(wrong.stdout).to.include("kind: Deployment").and.not.include("config-hash");
  });

  it("prints the same bytes from any directory, locale, time zone and environment", async () => {
    const examples = join(root, "examples");
    const here = await foresail(["render", examples, "--objects"]);
    const there = await foresail(["render", examples, "--objects"], {
      cwd: folder,
      env: {
        LANG: "tr_TR.UTF-8",
        LC_ALL: "tr_TR.UTF-8",
        TZ: "Pacific/Kiritimati",
        KUBECONFIG: "/nonexistent",
        FORESAIL_CATALOG: "/nonexistent",
        FORESAIL_NAMESPACE: "elsewhere",
        NO_COLOR: "1",
      },
    });
    expect(here.code).to.equal(0);
    expect(there).to.deep.equal(here);
  });

  it("gives a List of the same objects as JSON", async () => {
    const yaml = await foresailHere(["render", "examples/inference"]);
    const json = await foresailHere(["render", "examples/inference", "--format", "json"]);
    const list = JSON.parse(json.stdout) as { kind: string; apiVersion: string; items: readonly JsonObject[] };
    expect(list).to.include({ kind: "List", apiVersion: "v1" });
    expect(canonicalJson(list.items)).to.equal(canonicalJson(objectsIn(yaml.stdout)));
    expect(list.items).to.have.length(2);
  });

  it("changes nothing of what it printed itself", async () => {
    const once = await foresailHere(["render", "examples/inference"]);
    const twice = await foresail(["render", "-"], { input: once.stdout });
    expect(twice.stdout).to.equal(once.stdout);
    expect(twice.stderr).not.to.contain("expansion/replaced");
  });

  it("takes the namespace from the file, else from -n", async () => {
    const stated = write("stated.yaml", workspace("stated", "  namespace: own\n"));
    const silent = write("silent.yaml", workspace("silent"));
    const { stdout } = await foresailHere(["render", stated, silent, "-n", "given"]);
    const namespaces = objectsIn(stdout).map((object) => (object["metadata"] as JsonObject)["namespace"]);
    expect(namespaces).to.deep.equal(["own", "given"]);
  });

  it("adds the objects made of a Workspace on request", async () => {
    const { stdout } = await foresailHere(["render", "examples/inference/kaito_workspace_phi_3.yaml", "--objects"]);
    const kinds = objectsIn(stdout).map((object) => object["kind"]);
    expect(kinds).to.deep.equal(["Workspace", "Service", "Service", "NetworkPolicy", "Deployment"]);
  });

  it("drops what the API server would drop: nulls, unknown fields, status, server metadata", async () => {
    const text = `${workspace("pruned", "  uid: x\n  creationTimestamp: null\n  managedFields: []\n")}  typo: 1\nstatus: {state: Ready}\ntuning: null\n`;
    const { code, stdout, stderr } = await foresailHere(["render", write("pruned.yaml", text)]);
    expect(code).to.equal(0);
    const [object] = objectsIn(stdout);
    expect(object).to.have.all.keys("apiVersion", "kind", "metadata", "resource", "inference", "expansion");
    expect(object?.["metadata"]).to.deep.equal({ name: "pruned", namespace: "default" });
    expect(stderr).to.match(/pruned\.yaml:15:\d+ warning schema\/unknown-field inference\.typo /);
  });

  it("reads directories in byte order, and skips what is hidden and what is none of ours", async () => {
    const directory = join(folder, "many");
    write("many/b.yaml", workspace("b"));
    write("many/B.yml", workspace("upper"));
    write("many/sub/a.json", JSON.stringify(objectsIn(workspace("json"))[0]));
    write("many/chart/template.yaml", "{{ if .Values.x }}\nkind: {{ .y }}\n");
    write("many/.hidden/c.yaml", workspace("hidden"));
    write("many/node_modules/d.yaml", workspace("module"));
    write("many/notes.txt", workspace("text"));
    const { code, stdout } = await foresailHere(["render", directory]);
    expect(code).to.equal(0);
    const names = objectsIn(stdout).map((object) => (object["metadata"] as JsonObject)["name"]);
    expect(names).to.deep.equal(["upper", "b", "json"]);
  });

  const unreadable: readonly (readonly [string, string, RegExp])[] = [
    ["broken YAML", `${workspace("x")}  : [`, /broken-yaml\.yaml:\d+: /],
    ["an alias bomb", bomb(), /-bomb\.yaml:\d+: aliases stand for more than 200000 values/],
    [
      "nesting beyond reason",
      `apiVersion: kaito.sh/v1\nx: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`,
      /-reason\.yaml:2: nested more than 256 levels deep/,
    ],
    [
      "duplicate keys",
      `${workspace("x")}  preset: {name: phi-4}\n`,
      /duplicate-keys\.yaml:\d+: Map keys must be unique/,
    ],
  ];
  for (const [what, text, message] of unreadable) {
    it(`ends with 2 and the place for ${what}`, async () => {
      const file = write(`${what.replaceAll(" ", "-").toLowerCase()}.yaml`, text);
      const { code, stdout, stderr } = await foresailHere(["render", file]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.match(message);
      expect(stderr.split("\n")).to.have.length.below(4);
    });
  }

  it("ends with 2 for a path that is not there, a bad format, a catalogue that is not there, and a half-named cluster", async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["nowhere"], /^nowhere: no such file or directory$/m],
      [["--format", "xml"], /--format is "xml": expected yaml or json/],
      [["--catalog", "nowhere", "examples"], /--catalog nowhere: ENOENT/],
      [["--live", "--context", "x"], /--live needs --kubeconfig and --context/],
      [["--context", "x", "examples"], /belong to --live/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await foresailHere(["render", ...args]);
      expect({ code, stdout }, args.join(" ")).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.match(message);
    }
  });

  it("builds a kustomization with nothing installed, and names the tools for what it does not know", async () => {
    write("kustomized/kustomization.yaml", "resources: [workspace.yaml]\nnamespace: team\n");
    write("kustomized/workspace.yaml", workspace("kustomized"));
    const env = { PATH: "/nonexistent", FORESAIL_CACHE: "/nonexistent" };
    const here = await foresailHere(["render", join(folder, "kustomized")], { env });
    expect(here.code).to.equal(0);
    expect(objectsIn(here.stdout)[0]?.["metadata"]).to.deep.equal({ name: "kustomized", namespace: "team" });
    write("charts/kustomization.yaml", "helmCharts: [{name: x}]\n");
    const { code, stderr } = await foresailHere(["render", join(folder, "charts")], { env });
    expect(code).to.equal(2);
    expect(stderr).to.contain("does not know the field helmCharts");
    expect(stderr).to.contain("neither kustomize nor kubectl is on PATH");
    const only = await foresailHere(["render", join(folder, "charts"), "--kustomize", "built-in"], { env });
    expect(only.stderr).to.contain("use --kustomize auto");
    const tool = await foresailHere(["render", join(folder, "kustomized"), "--kustomize", "tool"], { env });
    expect(tool.code).to.equal(2);
  });

  it("says so when there is nothing to render", async () => {
    const { code, stdout, stderr } = await foresail(["render", "-"], { input: "kind: ConfigMap\n" });
    expect(code).to.equal(0);
    expect(stdout).to.match(/^# foresail render, catalogue \S+\n$/);
    expect(stderr).to.equal("no Workspace found: other YAML is skipped\n");
  });
});

function workspace(name: string, metadata = ""): string {
  return [
    "apiVersion: kaito.sh/v1beta1",
    "kind: Workspace",
    "metadata:",
    `  name: ${name}`,
    `${metadata}resource:`,
    "  instanceType: Standard_NC24ads_A100_v4",
    "  labelSelector:",
    "    matchLabels: {app: x}",
    "inference:",
    "  preset:",
    "    name: phi-4",
    "",
  ].join("\n");
}

function bomb(): string {
  const levels = ["a", "b", "c", "d", "e", "f"].map((key, i, all) => {
    const inner =
      i === 0
        ? "[x, x, x, x, x, x, x, x, x, x]"
        : `[${Array(10)
            .fill(`*${all[i - 1]}`)
            .join(", ")}]`;
    return `${key}: &${key} ${inner}`;
  });
  return `apiVersion: kaito.sh/v1beta1\n${levels.join("\n")}\n`;
}
