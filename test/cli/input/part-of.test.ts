import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "../support/here.ts";

const WORKSPACE = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: phi }
resource:
  labelSelector: { matchLabels: { apps: phi } }
inference:
  preset: { name: phi-4 }
`;
const PATCH = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: phi }
resource: { instanceType: Standard_NC24ads_A100_v4 }
`;
const TREE: { readonly [path: string]: string } = {
  "base/kustomization.yaml": "resources: [phi.yaml]\n",
  "base/phi.yaml": WORKSPACE,
  "prod/kustomization.yaml":
    "resources: [../base]\ncomponents: [../size]\npatches:\n  - path: patches/size.yaml\n    target: { kind: Workspace }\n",
  "prod/patches/size.yaml": PATCH,
  "prod/patches/unnamed.yaml": PATCH,
  "old/kustomization.yaml": "resources: [../base]\npatchesStrategicMerge: [size.yaml]\n",
  "old/size.yaml": PATCH,
  "size/kustomization.yaml":
    "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\npatches:\n  - target: { group: kaito.sh, kind: Workspace }\n    path: operations.yaml\n",
  "size/operations.yaml": "# for kaito.sh/v1beta1\n- { op: remove, path: /resource/instanceType }\n",
  "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n",
  "chart/templates/deep/phi.yaml": `{{- if .Values.on }}\n${WORKSPACE}  {{- end }}\n`,
  "broken/kustomization.yaml": "resources: [\n",
  "broken/phi.yaml": WORKSPACE,
};

describe("files named one by one, as hooks do", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-part-"));
    mkdirSync(join(folder, ".git"));
    for (const [path, text] of Object.entries(TREE)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  const parts: readonly (readonly [part: string, whole: string])[] = [
    ["prod/patches/size.yaml", "prod/kustomization.yaml"],
    ["old/size.yaml", "old/kustomization.yaml"],
    ["size/operations.yaml", "size/kustomization.yaml"],
    ["chart/templates/deep/phi.yaml", "chart/Chart.yaml"],
  ];
  for (const [part, whole] of parts) {
    it(`leave ${part} to its whole, and say so`, async () => {
      const { code, stdout, stderr } = await foresailHere(["check", part], { cwd: folder });
      expect([code, stdout.startsWith("0 workspaces, 0 errors")]).to.deep.equal([0, true]);
      expect(stderr).to.include(`${part}: a part of ${whole}, read with that directory and not by itself\n`);
    });
  }

  it("skip kustomizations, components and charts, and judge the plain file among them", async () => {
    const files = ["prod/kustomization.yaml", "size/kustomization.yaml", "chart/Chart.yaml", "base/phi.yaml"];
    const { code, stdout, stderr } = await foresailHere(["check", ...files], { cwd: folder });
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.include("base/phi.yaml:").and.include("1 workspace, 0 errors");
  });

  it("say what would have been found, where nothing was", async () => {
    const none = await foresailHere(["check", "prod/kustomization.yaml"], { cwd: folder });
    expect([none.code, none.stderr]).to.deep.equal([
      0,
      "no Workspace found: other YAML is skipped; kustomizations, charts and what Flux and Argo CD apply are read where a directory is named, not one of its files\n",
    ]);
  });

  it("judge what no kustomization names as a patch, also beside one that cannot be read", async () => {
    const unnamed = await foresailHere(["check", "prod/patches/unnamed.yaml"], { cwd: folder });
    expect([unnamed.code, unnamed.stdout.includes("workspace/one-of")]).to.deep.equal([1, true]);
    const broken = await foresailHere(["check", "broken/phi.yaml"], { cwd: folder });
    expect([broken.code, broken.stdout.includes("1 workspace, 0 errors")]).to.deep.equal([0, true]);
  });
});
