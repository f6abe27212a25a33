import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Manifest } from "../../../src/cli/input/manifest.ts";
import { defaultInput } from "../../../src/cli/input/options.ts";
import { readInput } from "../../../src/cli/input/read.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { foresailHere } from "../support/here.ts";
import { type Files, writeTree } from "./support/kustomizations.ts";
import { readRepository } from "./support/repository.ts";

const workspace = (name: string, extra = ""): string =>
  `apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: ${name}\nresource: {labelSelector: {}}\ninference: {preset: {name: phi-4}}\n${extra}`;

/** Reads a tree as a repository. */
function read<T>(files: Files, use: (manifests: readonly Manifest[], directory: string) => T, path = "."): T {
  const directory = writeTree(files);
  mkdirSync(join(directory, ".git"));
  try {
    return use(readInput([join(directory, path)], { ...defaultInput, helm: "off" }), directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function named(manifests: readonly Manifest[]): readonly string[] {
  return manifests
    .filter(({ object }) => object["kind"] === "Workspace")
    .map(({ object }) => {
      const { name, namespace } = object["metadata"] as JsonObject;
      return namespace === undefined ? String(name) : `${namespace}/${name}`;
    });
}

const flux = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: models, namespace: flux-system}
spec:
  path: ./apps
  force: true
  targetNamespace: team
  namePrefix: x-
  commonMetadata: {labels: {by: flux}}
  images: [{name: nginx, newTag: "2"}]
  patches:
    - target: {kind: Workspace}
      patch: |-
        - {op: add, path: /resource/count, value: 2}
  postBuild:
    substitute: {size: Standard_X}
    substituteFrom: [{kind: ConfigMap, name: vars}]
`;
const fluxFiles: Files = {
  "clusters/prod/apps.yaml": flux,
  "clusters/prod/vars.yaml": 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars}\ndata: {zone: "1"}\n',
  "apps/phi.yaml": workspace("phi").replace(
    "{labelSelector: {}}",
    () => `{labelSelector: {}, instanceType: "\${size}", x: '\${none:=given}', y: "$\${kept}", z: "\${zone}"}`,
  ),
  "apps/sub/two.yaml": workspace("two"),
  "other.yaml": workspace("other"),
};

describe("Flux and Argo CD in the same repository", () => {
  it("render what a Flux Kustomization applies, each object once, and keep what it came through", () => {
    read(fluxFiles, (manifests, directory) => {
      expect(named(manifests)).to.deep.equal(["other", "team/x-phi", "team/x-two"]);
      const one = manifests.find(({ object }) => (object["metadata"] as JsonObject)["name"] === "x-phi");
      expect(one?.object["resource"]).to.deep.equal({
        labelSelector: {},
        instanceType: "Standard_X",
        x: "given",
        y: ["$", "{kept}"].join(""),
        z: 1,
        count: 2,
      });
      expect(one?.object["metadata"]).to.have.property("labels").that.deep.equals({ by: "flux" });
      expect(one?.via?.object["kind"]).to.equal("Kustomization");
      expect(one?.via?.placeOf("spec.force")).to.deep.equal({
        file: join(directory, "clusters/prod/apps.yaml"),
        line: 6,
        column: 3,
      });
      expect(one?.placeOf("resource.instanceType").file).to.equal(join(directory, "apps/phi.yaml"));
      expect(one?.placeOf("metadata.namespace")).to.deep.include({ line: 7, column: 3 });
    });
  });

  it("follow a path out of the directory that is named, within the repository only", () => {
    read(fluxFiles, (manifests) => expect(named(manifests)).to.deep.equal(["team/x-phi", "team/x-two"]), "clusters");
    const outside = { ...fluxFiles, "clusters/prod/apps.yaml": flux.replace("./apps", "../../../etc") };
    read(outside, (manifests) => expect(named(manifests)).to.deep.equal(["phi", "two", "other"]));
  });

  it("lay a Flux Kustomization over the kustomization of its directory", () => {
    const files = {
      ...fluxFiles,
      "apps/kustomization.yaml": "resources: [phi.yaml]\nnamePrefix: own-\nnamespace: own\n",
    };
    read(files, (manifests) => expect(named(manifests)).to.deep.equal(["other", "team/x-phi"]));
  });

  it("render the directories of an Argo Application, with the namespace of its destination where there is none", () => {
    const application = (source: string): string =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {namespace: dest}\n  source:\n    repoURL: x\n    path: apps\n${source}`;
    const files = { ...fluxFiles, "clusters/prod/apps.yaml": application("") };
    read(files, (manifests) => expect(named(manifests)).to.deep.equal(["other", "dest/phi"]));
    const recurse = {
      ...files,
      "clusters/prod/apps.yaml": application("    directory: {recurse: true, exclude: 'p*'}\n"),
    };
    read(recurse, (manifests) => expect(named(manifests)).to.deep.equal(["other", "dest/two"]));
    const kustomize = {
      ...files,
      "apps/kustomization.yaml": "resources: [phi.yaml]\nnamespace: own\n",
      "clusters/prod/apps.yaml": application("    kustomize: {namePrefix: k-, images: ['nginx=other:1']}\n"),
    };
    read(kustomize, (manifests) => expect(named(manifests)).to.deep.equal(["other", "own/k-phi"]));
  });

  it("find appliers that a kustomization makes, and applications of applications", () => {
    const files: Files = {
      "root/kustomization.yaml": "resources: [app.yaml]\n",
      "root/app.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {path: middle}}\n",
      "middle/app.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: b}\nspec: {source: {path: leaf}, destination: {namespace: n}}\n",
      "leaf/w.yaml": workspace("deep"),
    };
    read(files, (manifests) => expect(named(manifests)).to.deep.equal(["n/deep"]));
  });

  it("say what they do not render, and read no template of a chart as YAML", async () => {
    const directory = writeTree({
      "chart/Chart.yaml": "name: chart\nversion: 1.0.0\n",
      "chart/templates/w.yaml": workspace("{{ .Values.name }}"),
      "release.yaml":
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r}\nspec: {chartRef: {kind: OCIRepository, name: x}}\n",
      "set.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s}\nspec: {}\n",
      "w.yaml": workspace("plain"),
    });
    try {
      const env = { PATH: "/nonexistent" };
      const { code, stdout, stderr } = await foresailHere(["check", directory], { env });
      expect([code, stdout]).to.deep.equal([0, stdout]);
      expect(stdout).to.match(/^1 workspaces?, 0 errors/m);
      expect(stderr).to.match(/chart is a Helm chart, and helm is not on PATH: what it renders is not read/);
      expect(stderr)
        .to.match(/HelmRelease r is not rendered/)
        .and.match(/ApplicationSet s is not rendered/);
      const chart = await foresailHere(["check", join(directory, "chart")], { env });
      expect([chart.code, chart.stdout]).to.deep.equal([2, ""]);
      expect(chart.stderr).to.match(/chart is a Helm chart, and helm is not on PATH: install it/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("need no tool for plain files, kustomizations and what Flux and Argo CD apply of them", async () => {
    const directory = writeTree({
      ...fluxFiles,
      "apps/phi.yaml": workspace("phi"),
      "clusters/set.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s}\nspec:\n  generators: [{list: {elements: [{d: set}]}}]\n  template: {metadata: {name: a}, spec: {destination: {namespace: by-set}, source: {path: '{{d}}'}}}\n",
      "set/kustomization.yaml": "resources: [w.yaml]\nnameSuffix: -built\n",
      "set/w.yaml": workspace("set"),
    });
    try {
      mkdirSync(join(directory, ".git"));
      const env = { PATH: "/nonexistent", FORESAIL_CACHE: "/nonexistent" };
      const { code, stdout, stderr } = await foresailHere(["render", "--format", "json", directory], { env });
      expect(code).to.equal(0);
      expect(stderr).not.to.match(/PATH|not rendered|not read/);
      const names = JSON.parse(stdout).items.map(({ metadata }: JsonObject) => metadata);
      expect(names.map(({ namespace, name }: JsonObject) => `${namespace}/${name}`).sort()).to.deep.equal([
        ...["by-set/set-built", "default/other", "team/x-phi", "team/x-two"],
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("leave out what cannot be built and has no word of ours, and say so", () => {
    const flux = (path: string): string =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: ${path}}\nspec: {path: ./${path}}\n`;
    const files: Files = {
      "w.yaml": workspace("here"),
      "broken/kustomization.yaml": "resources: [generated.yaml]\n",
      "clusters/infra.yaml": flux("infra"),
      "infra/kustomization.yaml": "resources: ['https://example.com/base?ref=v1', service.yaml]\n",
      "infra/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n",
    };
    const { workspaces, told } = readRepository(files);
    expect(workspaces).to.deep.equal(["here"]);
    const end = "; nothing there names what Foresail reads, and it is left out";
    expect(told.split("\n").sort()).to.deep.equal([
      "",
      `broken/generated.yaml: no such file or directory${end}`,
      `infra: the build of Foresail's own does not know the remote base https://example.com/base?ref=v1${end}`,
    ]);
    const ours = { ...files, "infra/service.yaml": workspace("infra") };
    expect(() => readRepository(ours)).to.throw(/does not know the remote base https:\/\/example\.com/);
    const beside = "resources: [service.yaml]\nhelmCharts: [{name: x}]\n";
    expect(() => readRepository({ ...ours, "infra/kustomization.yaml": beside })).to.throw(
      /does not know the field helmCharts/,
    );
    const brokenOurs = {
      ...files,
      "broken/kustomization.yaml": "resources: [w.yaml, none.yaml]\n",
      "broken/w.yaml": workspace("b"),
    };
    expect(() => readRepository(brokenOurs)).to.throw(/broken\/none\.yaml: no such file/);
    expect(() => readRepository(files, { path: "broken" })).to.throw(/broken\/generated\.yaml: no such file/);
  });

  it("read a directory of an Application as it is: names that are generated, and a kustomization below it, are no matter", () => {
    const { workspaces, told } = readRepository({
      "app.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {destination: {namespace: n}, source: {path: apps, directory: {recurse: true}}}\n",
      "apps/hook.yaml": `apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: h-, annotations: {argocd.argoproj.io/hook: PreSync}}\n---\n${workspace("w")}`,
      "apps/below/list.yaml":
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: kaito.sh/v1beta1, kind: Workspace, metadata: {name: listed}}]\n",
    });
    expect([[...workspaces].sort(), told]).to.deep.equal([["n/listed", "n/w"], ""]);
  });

  it("apply one directory to two clusters, where objects of one name say different things of it", () => {
    const cluster = (name: string): string =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps, postBuild: {substitute: {namespace: ${name}}}}\n`;
    const object = workspace("w").replace("name: w", ["name: w\n  namespace: $", "{namespace}"].join(""));
    const files = { "apps/w.yaml": object, "clusters/a/apps.yaml": cluster("a"), "clusters/b/apps.yaml": cluster("b") };
    const { manifests, workspaces } = readRepository(files);
    expect(workspaces).to.deep.equal(["a/w", "b/w"]);
    expect(new Set(manifests.map(({ group }) => group)).size).to.equal(2);
    const twice = { ...files, "clusters/b/apps.yaml": cluster("a") };
    expect(readRepository(twice).workspaces).to.deep.equal(["a/w"]);
  });

  it("are bounded: sets of sets of Applications end", () => {
    const list = (name: string, count: number): string =>
      `{list: {elements: [${Array.from({ length: count }, (_, i) => `{${name}: x${i}}`).join(", ")}]}}`;
    const set = (name: string): string =>
      `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: ${name}}\nspec:\n  generators: [{matrix: {generators: [${list("b", 100)}, ${list("c", 99)}]}}]\n  template: {metadata: {name: '${name}-{{b}}-{{c}}'}, spec: {source: {path: empty}}}\n`;
    const files = { "a.yaml": set("a"), "b.yaml": set("b"), "empty/readme.yaml": "a: b\n" };
    expect(() => readRepository(files)).to.throw(/more than 10000 applications; name a smaller directory/);
  }).timeout(60_000);
});
