import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { applyEdits } from "../../../src/cli/input/edit/apply-edits.ts";
import { Kustomizations } from "../../../src/cli/input/kustomize/kustomizations.ts";
import type { Manifest } from "../../../src/cli/input/manifest.ts";
import type { Operation } from "../../../src/core/diff.ts";
import { canonicalJson } from "../../../src/core/json.ts";
import { type Files, kustomizationCases, writeTree } from "./support/kustomizations.ts";

function built<T>(files: Files, use: (manifests: readonly Manifest[], directory: string) => T): T {
  const directory = writeTree(files);
  try {
    return use(new Kustomizations("built-in").manifests(directory), directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const workspace = `# the base
apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata:
  name: phi
resource:
  instanceType: small # cheap
  labelSelector: {}
inference:
  preset:
    name: phi-4
  template:
    spec:
      containers:
        - name: model
          image: nginx:1
`;
const overlay = `resources: [base]
namespace: team
namePrefix: a-
patches:
  - path: patch.yaml
  - patch: |-
      apiVersion: kaito.sh/v1beta1
      kind: Workspace
      metadata:
        name: phi
      inference:
        # the model
        preset:
          name: phi-5
images:
  - name: nginx
    newTag: "2"
commonLabels:
  team: x
configMapGenerator:
  - name: settings
    files: [inference_config.yaml]
`;
const files: Files = {
  "base/kustomization.yaml": "resources: [workspace.yaml]\n",
  "base/workspace.yaml": workspace,
  "kustomization.yaml": overlay,
  "patch.yaml":
    "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: phi}\nresource:\n  instanceType: large\n",
  "inference_config.yaml": "vllm: {}\n",
};

describe("kustomizations built by Foresail itself", () => {
  for (const { name, files: tree, built: kept } of kustomizationCases()) {
    it(`gives of ${name} what kustomize gave`, () => {
      const ours = built(tree, (manifests) => manifests.map(({ object }) => JSON.parse(canonicalJson(object))));
      expect(ours).to.deep.equal(JSON.parse(readFileSync(kept, "utf8")));
    });
  }

  it("knows of every field the file, line and column that last stated it", () => {
    built(files, (manifests, directory) => {
      const one = manifests.find(({ object }) => object["kind"] === "Workspace");
      const at = (path: string) => {
        const { file, line, column } = one?.placeOf(path) ?? { file: "", line: 0, column: 0 };
        return `${file.slice(directory.length + 1)}:${line}:${column}`;
      };
      const line = (text: string, start: string): number =>
        1 + text.split("\n").findIndex((each) => each.trimStart().startsWith(start));
      expect(at("")).to.equal("base/workspace.yaml:2:1");
      expect(at("metadata.name")).to.equal("base/workspace.yaml:5:3");
      expect(at("resource.labelSelector")).to.equal("base/workspace.yaml:8:3");
      expect(at("resource.instanceType")).to.equal("patch.yaml:5:3");
      expect(at("inference.preset.name")).to.equal(`kustomization.yaml:${line(overlay, "name: phi-5")}:11`);
      expect(at("metadata.namespace")).to.equal("kustomization.yaml:2:1");
      expect(at("metadata.labels.team")).to.equal(`kustomization.yaml:${line(overlay, "team: x")}:3`);
      expect(at("inference.template.spec.containers[0].image")).to.equal(
        `kustomization.yaml:${line(overlay, "newTag")}:5`,
      );
      const map = manifests.find(({ object }) => object["kind"] === "ConfigMap");
      expect(map?.placeOf("data[inference_config.yaml]").file).to.equal(join(directory, "inference_config.yaml"));
    });
  });

  it("edits the file that states a value as it is, an inline patch included, and no other", () => {
    built(files, (manifests, directory) => {
      const one = manifests.find(({ object }) => object["kind"] === "Workspace");
      const fixed = (patch: readonly Operation[]): string | undefined => {
        const edits = one?.edits(patch);
        if (edits === undefined) return undefined;
        const texts = new Map(edits.map(({ file }) => [file, readFileSync(file, "utf8")]));
        const { files: changed } = applyEdits(texts, [edits]);
        for (const [file, text] of changed) writeFileSync(file, text);
        return [...changed.keys()].map((file) => file.slice(directory.length + 1)).join();
      };
      expect(fixed([{ op: "replace", path: "/resource/instanceType", value: "other" }])).to.equal("patch.yaml");
      expect(fixed([{ op: "replace", path: "/inference/preset/name", value: "phi-4" }])).to.equal("kustomization.yaml");
      expect(
        fixed([{ op: "add", path: "/metadata/annotations", value: { "foresail.dev/catalog": "2026.11.0" } }]),
      ).to.equal("base/workspace.yaml");
      for (const path of ["/metadata/name", "/metadata/namespace", "/inference/template/spec/containers/0/image"]) {
        expect(fixed([{ op: "replace", path, value: "z" }]), path).to.equal(undefined);
      }
      expect(readFileSync(join(directory, "kustomization.yaml"), "utf8")).to.equal(overlay.replace("phi-5", "phi-4"));
      const again = new Kustomizations("built-in")
        .manifests(directory)
        .find(({ object }) => object["kind"] === "Workspace");
      expect(again?.object["resource"]).to.deep.include({ instanceType: "other" });
      expect(parse(readFileSync(join(directory, "base/workspace.yaml"), "utf8")).metadata.annotations).to.deep.equal({
        "foresail.dev/catalog": "2026.11.0",
      });
    });
  });

  const refused: readonly (readonly [string, Files, RegExp])[] = [
    [
      "a cycle",
      {
        "kustomization.yaml": "resources: [a]\n",
        "a/kustomization.yaml": "resources: [../b]\n",
        "b/kustomization.yaml": "resources: [../a]\n",
      },
      /cycle detected/,
    ],
    [
      "a file outside of its directory",
      {
        "x.yaml": workspace,
        "a/kustomization.yaml": "resources: [../x.yaml]\n",
        "kustomization.yaml": "resources: [a]\n",
      },
      /reads files of its own directory only/,
    ],
    ["a file that is not there", { "kustomization.yaml": "resources: [none.yaml]\n" }, /none\.yaml: no such file/],
    [
      "a remote base, by name",
      { "kustomization.yaml": 'resources: ["https://example.com/base?ref=v1"]\n' },
      /does not know the remote base https:\/\/example\.com/,
    ],
    ["charts, by name", { "kustomization.yaml": "helmCharts: [{name: x}]\n" }, /does not know the field helmCharts/],
    ["a field that does not exist", { "kustomization.yaml": "resorces: [a]\n" }, /does not know the field resorces/],
    [
      "a patch without an object",
      {
        "w.yaml": workspace,
        "kustomization.yaml":
          "resources: [w.yaml]\npatches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: none}}'}]\n",
      },
      /no resource matches Pod\/none/,
    ],
    [
      "operations that are neither JSON nor a list of YAML",
      {
        "w.yaml": workspace,
        "kustomization.yaml":
          "resources: [w.yaml]\npatches: [{target: {name: phi}, patch: '[{op: remove, path: /x}]'}]\n",
      },
      /must be JSON/,
    ],
    [
      "a pattern that Go does not take",
      {
        "w.yaml": workspace,
        "kustomization.yaml":
          'resources: [w.yaml]\npatches: [{target: {name: \'phi(?!x)\'}, patch: \'[{"op": "remove", "path": "/x"}]\'}]\n',
      },
      /pattern \^\(\?:phi\(\?!x\)\)\$: error parsing regexp: invalid or unsupported Perl syntax/,
    ],
  ];
  for (const [title, tree, message] of refused) {
    it(`refuses ${title}`, () => expect(() => built(tree, () => undefined)).to.throw(message));
  }

  it("follows no link out of its directory", () => {
    const directory = writeTree({ "a/kustomization.yaml": "resources: [link.yaml]\n", "secret.yaml": workspace });
    try {
      symlinkSync(join(directory, "secret.yaml"), join(directory, "a/link.yaml"));
      expect(() => new Kustomizations("built-in").manifests(join(directory, "a"))).to.throw(/own directory only/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
