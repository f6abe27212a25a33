import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { neededFiles } from "../../../src/cli/diff/needed-files.ts";
import { describeHelm } from "../../support/real-helm.ts";
import { foresailHere } from "../support/here.ts";
import { type Files, writeTree } from "./support/kustomizations.ts";

const workspace = (name: string, preset: string): string =>
  `apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: ${name}}\nresource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {a: b}}}\ninference: {preset: {name: ${preset}}}\n`;

const argo = (kind: string, spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: ${kind}\nmetadata: {name: a}\nspec:\n${spec}`;

const repository: Files = {
  "clusters/prod/flux.yaml":
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k}\nspec: {path: ./flux, targetNamespace: by-flux}\n",
  "clusters/prod/set.yaml": argo(
    "ApplicationSet",
    "  generators: [{git: {directories: [{path: apps/*}]}}]\n  template: {metadata: {name: '{{path.basename}}'}, spec: {destination: {namespace: by-set}, source: {path: '{{path}}'}}}\n",
  ),
  "clusters/prod/chart.yaml": argo(
    "Application",
    "  destination: {namespace: by-chart}\n  sources:\n  - {path: chart, helm: {valueFiles: [../envs/prod.yaml, $v/envs/more.yaml]}}\n  - {ref: v}\n",
  ),
  "clusters/prod/other.yaml": argo(
    "Application",
    "  destination: {namespace: other}\n  source: {repoURL: 'https://example.com/other', path: flux}\n",
  ),
  "flux/w.yaml": workspace("flux", "phi-4"),
  "apps/one/w.yaml": workspace("one", "phi-4"),
  "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
  "chart/templates/w.yaml": workspace("{{ .Values.name }}", "{{ .Values.model }}"),
  "envs/prod.yaml": "model: phi-4\nname: none\n",
  "envs/more.yaml": "name: chart\n",
};

describeHelm("the base of a branch", () => {
  it("has all that what is applied of it needs, wherever in the repository that lies, and the same remotes", async () => {
    const directory = writeTree(repository);
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: directory });
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    };
    try {
      git("init", "--quiet", "--initial-branch", "main");
      git("remote", "add", "origin", "https://example.com/team/models.git");
      git("add", "--all");
      git("commit", "--quiet", "--message", "first");
      put("flux/w.yaml", workspace("flux", "phi-4-mini-instruct"));
      put("apps/two/w.yaml", workspace("two", "phi-4"));
      put("envs/prod.yaml", "model: phi-4-mini-instruct\nname: none\n");
      const { code, stdout, stderr } = await foresailHere(["diff", "-o", "json", "--base", "main", "clusters"], {
        cwd: directory,
      });
      expect(code).to.equal(0);
      const { compared } = JSON.parse(stdout);
      const verdicts = compared.map(
        ({ verdict, subject }: { verdict: string; subject: { namespace: string; name: string } }) =>
          `${verdict} ${subject.namespace}/${subject.name}`,
      );
      expect(verdicts.sort()).to.deep.equal([
        "added by-set/two",
        "changed by-chart/chart",
        "changed by-flux/flux",
        "keeps by-set/one",
      ]);
      expect(stderr).to.match(/Application a is not rendered: it applies https:\/\/example\.com\/other/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the files a base needs", () => {
  const paths = ["clusters/set.yaml", "apps/one/w.yaml", "top/w.yaml", "charts/c/Chart.yaml", "charts/envs/prod.yaml"];
  const needed = (text: string): readonly string[] => {
    const files = new Map(paths.map((path) => [path, { mode: "100644", id: path, bytes: 1 }]));
    const read = (ids: readonly string[]) => ids.map((id) => Buffer.from(id === "clusters/set.yaml" ? text : ""));
    return [...neededFiles(files, ["clusters"], read).keys()].sort();
  };
  const cases: readonly (readonly [title: string, text: string, paths: readonly string[]])[] = [
    [
      "directories of a pattern",
      "argoproj.io ApplicationSet\npath: apps/*\n",
      ["apps/one/w.yaml", "clusters/set.yaml"],
    ],
    ["all of the repository", "argoproj.io ApplicationSet\npath: '*'\n", [...paths].sort()],
    ["a star that is no pattern of paths", "argoproj.io Application\nverbs: ['*']\n", ["clusters/set.yaml"]],
    [
      "values beside a chart",
      "argoproj.io Application\npath: charts/c\nvalueFiles: [../envs/prod.yaml]\n",
      ["charts/c/Chart.yaml", "charts/envs/prod.yaml", "clusters/set.yaml"],
    ],
    ["values of another source", "helm\n- $v/charts/envs/prod.yaml\n", ["charts/envs/prod.yaml", "clusters/set.yaml"]],
  ];
  for (const [title, text, expected] of cases) {
    it(`are those of ${title}`, () => expect(needed(text)).to.deep.equal(expected));
  }
});
