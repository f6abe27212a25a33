import { expect } from "chai";
import { describe, it } from "mocha";
import { mergedValues } from "../../../src/cli/input/helm/chart-use.ts";
import { treeFrom } from "../../../src/cli/input/tree/tree.ts";
import type { Files } from "./support/kustomizations.ts";
import { readRepository } from "./support/repository.ts";

const workspace = (name: string): string =>
  `apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: ${name}}\nresource: {labelSelector: {}}\n`;

const apps: Files = {
  "apps/a/w.yaml": workspace("a"),
  "apps/a/config.json": '{"team": {"name": "one"}, "path": "ignored"}',
  "apps/b/w.yaml": workspace("b"),
  "apps/b/config.json": '[{"team": {"name": "two"}}, {"team": {"name": "three"}}]',
  "apps/.hidden/w.yaml": workspace("hidden"),
  "apps/b/deep/w.yaml": workspace("deep"),
};

function set(generators: string, template: string, isGo = false): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: s}
spec:
  goTemplate: ${isGo}
  generators:
${generators.replaceAll(/^/gm, "    ")}
  template:
${template.replaceAll(/^/gm, "    ")}
`;
}

const plain = (path: string, namespace: string): string =>
  `metadata: {name: "x-${namespace}"}\nspec: {destination: {namespace: "${namespace}"}, source: {path: "${path}"}}`;

const read = (generators: string, template: string, isGo = false) =>
  readRepository({ ...apps, "set.yaml": set(generators, template, isGo) });

describe("ApplicationSets that git decides", () => {
  const decided: readonly (readonly [
    title: string,
    generators: string,
    template: string,
    isGo: boolean,
    made: readonly string[],
  ])[] = [
    [
      "a list",
      "- list: {elements: [{dir: a, n: one}, {dir: b, n: two}]}",
      plain("apps/{{dir}}", "{{ n }}"),
      false,
      ["one/a", "two/b"],
    ],
    [
      "a list, with Go templates",
      '- list: {elements: [{dir: a, deep: {n: One}}, {dir: b, deep: {n: "2"}}]}',
      plain("apps/{{ .dir }}", "n{{- .deep.n | lower -}} "),
      true,
      ["n2/b", "none/a"],
    ],
    [
      "directories",
      "- git: {directories: [{path: apps/*}, {path: apps/b, exclude: true}], values: {kept: 'k{{path[1]}}'}}",
      plain("{{path}}", "{{path.basename}}-{{values.kept}}"),
      false,
      ["a-ka/a"],
    ],
    [
      "directories, with Go templates",
      "- git: {directories: [{path: 'apps/*'}], values: {kept: '{{ index .path.segments 1 }}'}}",
      plain("{{ .path.path }}", "{{ .path.basenameNormalized }}-{{ .values.kept }}"),
      true,
      ["a-a/a", "b-b/b"],
    ],
    [
      "files, each set of a list",
      "- git: {files: [{path: 'apps/*/config.json'}]}",
      plain("{{path}}", "{{team.name}}"),
      false,
      ["one/a", "three/b", "two/b"],
    ],
    [
      "files, with Go templates",
      "- git: {files: [{path: 'apps/**/config.json'}], pathParamPrefix: p}",
      plain("{{ .p.path.path }}", "{{ .team.name }}"),
      true,
      ["one/a", "three/b", "two/b"],
    ],
    [
      "a matrix, whose second uses the first",
      "- matrix:\n    generators:\n      - list: {elements: [{name: a}, {name: b}]}\n      - git: {directories: [{path: 'apps/{{name}}'}]}",
      plain("{{path}}", "{{name}}"),
      false,
      ["a/a", "b/b"],
    ],
    [
      "a merge by keys, with a selector",
      "- merge:\n    mergeKeys: [dir]\n    generators:\n      - list: {elements: [{dir: a, n: old}, {dir: b, n: kept}]}\n      - list: {elements: [{dir: a, n: new}, {dir: c, n: none}]}\n  selector: {matchLabels: {n: new}}",
      plain("apps/{{ .dir }}", "{{ .n }}"),
      true,
      ["new/a"],
    ],
  ];
  for (const [title, generators, template, isGo, made] of decided) {
    it(`render the Applications of ${title}`, () => {
      const { workspaces, told } = read(generators, template, isGo);
      // What nothing applies is read by itself, and has no namespace.
      expect([workspaces.filter((one) => one.includes("/")).sort(), told]).to.deep.equal([made, ""]);
    });
  }

  it("point at the template, and keep what each object came through", () => {
    const { place, workspace: found } = read("- list: {elements: [{dir: a}]}", plain("apps/{{dir}}", "{{dir}}"));
    expect(place("a", "metadata.namespace")).to.equal("set.yaml:10:26");
    expect(found("a").via?.object).to.deep.include({ kind: "Application" });
    expect(found("a").via?.object["metadata"]).to.deep.equal({ name: "x-a" });
  });

  const template = plain("apps/a", "n");
  const undecided: readonly (readonly [title: string, generators: string, template: string, message: string])[] = [
    ["clusters", "- clusters: {selector: {}}", template, "git does not decide its generator clusters"],
    ["pull requests", "- pullRequest: {github: {owner: o}}", template, "git does not decide its generator pullRequest"],
    [
      "clusters inside of a matrix",
      "- matrix: {generators: [{list: {elements: [{a: b}]}}, {scmProvider: {}}]}",
      template,
      "git does not decide its generator scmProvider",
    ],
    [
      "functions",
      "- list: {elements: [{a: b}]}",
      plain("apps/a", "{{ printf `%s` .a }}"),
      "the template {{ printf `%s` .a }} is not known",
    ],
    [
      "conditions",
      "- list: {elements: [{a: b}]}",
      plain("apps/a", "{{ if .a }}x{{ end }}"),
      "the template {{ if .a }} is not known",
    ],
    [
      "a field without a value",
      "- list: {elements: [{a: b}]}",
      plain("apps/a", "{{ .constructor.name }}"),
      "{{ .constructor.name }} has no value",
    ],
    [
      "another repository",
      "- git: {repoURL: 'https://example.com/x', directories: [{path: '*'}]}",
      template,
      "it looks into https://example.com/x, which is not this repository",
    ],
    [
      "a pattern of sets",
      "- git: {directories: [{path: 'apps/[ab]'}]}",
      template,
      "the pattern apps/[ab] is not known",
    ],
  ];
  for (const [title, generators, text, message] of undecided) {
    it(`say what they do not know: ${title}`, () => {
      const files = { ...apps, "set.yaml": set(generators, text, true) };
      const { workspaces, told } = readRepository(files, { remote: "https://example.com/here.git" });
      expect(told).to.equal(`ApplicationSet s is not rendered: ${message}\n`);
      expect([...workspaces].sort()).to.deep.equal(["a", "b", "deep"]);
    });
  }

  it("are bounded: a matrix of matrices ends", () => {
    const elements = Array.from({ length: 200 }, (_, i) => `{a${i}: x}`).join(", ");
    const list = `{list: {elements: [${elements}]}}`;
    const { told } = read(`- matrix: {generators: [${list}, ${list}]}`, template);
    expect(told).to.equal("ApplicationSet s is not rendered: it has more than 10000 sets of parameters\n");
  });
});

describe("values of charts", () => {
  it("are merged as helm merges them: mappings grow, all else replaces, and no name is special", () => {
    const layers = ['{"a": {"b": 1, "c": [1]}, "d": {"e": 1}}', '{"a": {"c": [2], "__proto__": {"x": 1}}, "d": null}'];
    const merged = mergedValues(layers.map((one) => treeFrom(JSON.parse(one))));
    expect([...merged.members.keys()]).to.deep.equal(["a", "d"]);
    expect(merged.members.get("d")).to.include({ value: null });
    expect(({} as { x?: number }).x).to.equal(undefined);
  });
});
