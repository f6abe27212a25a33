import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { it } from "mocha";
import { describeHelm } from "../../support/real-helm.ts";
import { foresailHere } from "../support/here.ts";
import { type Files, writeTree } from "./support/kustomizations.ts";
import { readRepository } from "./support/repository.ts";

const template = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata:
  name: {{ .Release.Name }}
  annotations:
    {{- toYaml .Values.annotations | nindent 4 }}
resource:
  instanceType: {{ .Values.gpu.size }}
  count: {{ .Values.gpu.count }}
  labelSelector:
    matchLabels:
      apps: phi
inference:
  preset:
    name: {{ .Values.model | quote }}
`;

const chart: Files = {
  "chart/Chart.yaml": "apiVersion: v2\nname: models\nversion: 1.0.0\n",
  "chart/values.yaml": `model: phi-4
gpu:
  size: Standard_NC24ads_A100_v4
  count: 1
annotations:
  foresail.dev/zones: "1"
`,
  "chart/templates/workspace.yaml": template,
  "chart/templates/NOTES.txt": "kaito.sh/ is not YAML: {{ .Release.Name }}\n",
};

describeHelm("charts, by the real helm", () => {
  it("are rendered with their values, and findings stand at the value that the template takes", () => {
    const { workspace, place, told } = readRepository(chart);
    expect(told).to.equal("");
    expect(workspace("chart").object).to.deep.include({
      resource: {
        instanceType: "Standard_NC24ads_A100_v4",
        count: 1,
        labelSelector: { matchLabels: { apps: "phi" } },
      },
      inference: { preset: { name: "phi-4" } },
    });
    expect(place("chart", "resource.instanceType")).to.equal("chart/values.yaml:3:3");
    expect(place("chart", "resource.count")).to.equal("chart/values.yaml:4:3");
    expect(place("chart", "metadata.annotations[foresail.dev/zones]")).to.equal("chart/values.yaml:6:3");
    expect(place("chart", "inference.preset.name")).to.equal("chart/values.yaml:1:1");
    expect(place("chart", "resource.labelSelector.matchLabels.apps")).to.equal("chart/templates/workspace.yaml:12:7");
    expect(place("chart", "resource")).to.equal("chart/templates/workspace.yaml:7:1");
    expect(place("chart", "")).to.equal("chart/templates/workspace.yaml:2:1");
    expect(workspace("chart").edits([{ op: "replace", path: "/resource/count", value: 2 }])).to.equal(undefined);
  });

  it("take files of values in their order and single values last, as the user gives them", () => {
    const files = {
      ...chart,
      "one.yaml": "gpu:\n  size: Standard_A\n  count: 2\n",
      "two.yaml": "gpu:\n  size: Standard_B\n",
    };
    const { workspace, place } = readRepository(files, {
      helmValues: ["one.yaml", "two.yaml"],
      helmSet: ["model=phi-3-mini", "annotations=null"],
    });
    expect(workspace("chart").object).to.deep.include({ inference: { preset: { name: "phi-3-mini" } } });
    expect(workspace("chart").object["resource"]).to.include({ instanceType: "Standard_B", count: 2 });
    expect(place("chart", "resource.instanceType")).to.equal("two.yaml:2:3");
    expect(place("chart", "resource.count")).to.equal("one.yaml:3:3");
    expect(place("chart", "inference.preset.name")).to.equal("chart/templates/workspace.yaml:15:5");
  });

  it("use libraries and subcharts that lie in charts/, with what a parent says of them", () => {
    const { workspaces, place } = readRepository({
      "chart/Chart.yaml":
        "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies: [{name: common, version: 1.0.0}, {name: sub, version: 1.0.0}]\n",
      "chart/values.yaml": "sub:\n  size: Standard_Parent\n",
      "chart/templates/w.yaml": '{{ include "common.workspace" . }}\n',
      "chart/charts/common/Chart.yaml": "apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n",
      "chart/charts/common/templates/_w.tpl":
        '{{ define "common.workspace" }}\napiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: of-library}\nresource: {labelSelector: {}}\n{{ end }}\n',
      "chart/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
      "chart/charts/sub/values.yaml": "size: Standard_Sub\n",
      "chart/charts/sub/templates/w.yaml":
        "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: of-sub\nresource:\n  instanceType: {{ .Values.size }}\n",
      "library/Chart.yaml": "apiVersion: v2\nname: library\nversion: 1.0.0\ntype: library\n",
      "library/templates/_w.tpl": '{{ define "x" }}kaito.sh/{{ end }}\n',
    });
    expect([...workspaces].sort()).to.deep.equal(["of-library", "of-sub"]);
    expect(place("of-sub", "resource.instanceType")).to.equal("chart/values.yaml:2:3");
  });

  it("make hooks and lists, but neither the objects of tests nor notes", () => {
    const named = (name: string, hook = ""): string =>
      `apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: ${name}\n${hook && `  annotations: {helm.sh/hook: ${hook}}\n`}resource: {labelSelector: {}}\n`;
    const { workspaces } = readRepository({
      ...chart,
      "chart/templates/hook.yaml": named("hook", "post-install"),
      "chart/templates/tests/t.yaml": named("tested", "test"),
      "chart/templates/list.yaml": `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: kaito.sh/v1beta1, kind: Workspace, metadata: {name: in-list}}\n`,
      "chart/templates/comment.yaml": "# kaito.sh/ only\n{{- if false }}\na: b\n{{- end }}\n",
    });
    expect([...workspaces].sort()).to.deep.equal(["chart", "hook", "in-list"]);
  });

  const failing: readonly (readonly [title: string, text: string, message: RegExp])[] = [
    [
      "a template that asks for a value",
      'a: {{ required "gpu.size is needed" .Values.none }} # kaito.sh/\n',
      /^chart\/templates\/bad\.yaml:1:6: helm failed: execution error at \(models\/templates\/bad\.yaml:1:6\): gpu\.size is needed$/,
    ],
    [
      "a template that is none",
      "# kaito.sh/\na: {{ if }}\n",
      /^chart\/templates\/bad\.yaml:2: helm failed: parse error at/,
    ],
    [
      "a function that does not exist",
      "# kaito.sh/\n\na: {{ nothing .Values }}\n",
      /^chart\/templates\/bad\.yaml:3: helm failed: .*function "nothing" not defined/,
    ],
    [
      "a template that makes no YAML",
      "apiVersion: kaito.sh/v1beta1\nkind: Workspace\n  metadata: {\n",
      /^chart\/templates\/bad\.yaml: helm failed: YAML parse error on models\/templates\/bad\.yaml: .*line 3/,
    ],
  ];
  for (const [title, text, message] of failing) {
    it(`say file and line of ${title}`, () => {
      expect(() => readRepository({ ...chart, "chart/templates/bad.yaml": text })).to.throw(message);
    });
  }

  it("that need what is not in charts/ are refused, or left out in a tree, and nothing is fetched", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const files = {
      ...chart,
      "chart/Chart.yaml": `apiVersion: v2\nname: models\nversion: 1.0.0\ndependencies:\n- {name: common, version: 1.0.0, repository: "${url}"}\n- {name: other, version: 1.0.0, repository: "file://../other"}\n`,
      "plain.yaml": "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: plain}\n",
    };
    try {
      const why = "chart needs common, other, which are not in its charts/, and nothing is fetched";
      const { workspaces, told } = readRepository(files);
      expect(workspaces).to.deep.equal(["plain"]);
      expect(told).to.equal(`${why}: what it renders is not read\n`);
      expect(() => readRepository(files, { path: "chart" })).to.throw(
        `${why}: run helm dependency build, and commit charts/`,
      );
      const schema = {
        ...chart,
        "chart/values.schema.json": `{"properties": {"gpu": {"$ref": "${url}/schema.json"}}}`,
      };
      expect(() => readRepository(schema)).to.throw(
        /^chart\/values\.schema\.json: it refers to http:.*nothing is fetched/,
      );
      expect(asked).to.deep.equal([]);
    } finally {
      server.close();
    }
  });

  it("find no cluster, no plugin and no setting of the user's helm", () => {
    const home = writeTree({
      "plugins/evil/plugin.yaml": "name: evil\ncommand: $HELM_PLUGIN_DIR/run\n",
      kube: "no yaml: [",
    });
    const before = { ...process.env };
    try {
      Object.assign(process.env, {
        HELM_NAMESPACE: "from-env",
        HELM_PLUGINS: join(home, "plugins"),
        HELM_DATA_HOME: home,
        HELM_KUBEAPISERVER: "https://127.0.0.1:9",
        HELM_DEBUG: "true",
        KUBECONFIG: join(home, "kube"),
      });
      const files = {
        ...chart,
        "chart/templates/workspace.yaml": template.replace(
          "apps: phi",
          'apps: "{{ .Release.Namespace }}{{ lookup "v1" "Secret" "default" "x" | len }}"',
        ),
      };
      expect(readRepository(files).workspace("chart").object["resource"])
        .to.have.nested.property("labelSelector.matchLabels")
        .that.deep.equals({ apps: "default0" });
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(home, { recursive: true });
    }
  });

  it("are not read through a link that leads out of the repository", async () => {
    const directory = writeTree({ ...chart, "secret.yaml": "kaito.sh/: secret\n" });
    try {
      mkdirSync(join(directory, "chart/.git"));
      symlinkSync(join(directory, "secret.yaml"), join(directory, "chart/templates/link.yaml"));
      const { code, stderr } = await foresailHere(["check", join(directory, "chart")]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/chart\/templates\/link\.yaml: a link that leads out of /);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("without a word of ours are not rendered at all", () => {
    const { manifests } = readRepository({
      "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "chart/templates/bad.yaml": '{{ fail "never rendered" }}\n',
    });
    expect(manifests).to.deep.equal([]);
  });
});
