import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { describeHelm } from "../../support/real-helm.ts";
import type { Files } from "./support/kustomizations.ts";
import { type Reading, readRepository } from "./support/repository.ts";

/** A chart whose Workspace says what it was given. */
const chart: Files = {
  "charts/phi/Chart.yaml": "apiVersion: v2\nname: models\nversion: 1.0.0\n",
  "charts/phi/values.yaml": "size: Standard_Own\nregion: own\nzone: own\nmodel: phi-4\n",
  "charts/phi/templates/w.yaml": `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata:
  name: w
  labels:
    release: {{ .Release.Name }}
    namespace: {{ .Release.Namespace }}
    region: {{ .Values.region | quote }}
    zone: {{ .Values.zone | quote }}
resource:
  instanceType: {{ .Values.size }}
inference:
  preset:
    name: {{ .Values.model }}
`,
  "charts/phi/crds/w.yaml":
    "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: of-crds}\nresource: {labelSelector: {}}\n",
};

const labelsOf = ({ workspace }: Reading): unknown => (workspace("w").object["metadata"] as JsonObject)["labels"];

const release = (spec: string, metadata = "name: phi, namespace: apps"): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {${metadata}}
spec:
  chart:
    spec:
      chart: ./charts/phi
      sourceRef: {kind: GitRepository, name: models, namespace: flux-system}
${spec}`;

describeHelm("HelmRelease, by the real helm", () => {
  it("is rendered as the controller would: name, namespace, its values over those it refers to", () => {
    const reading = readRepository({
      ...chart,
      "release.yaml": release(`  targetNamespace: team
  commonMetadata: {labels: {by: flux}}
  valuesFrom:
    - {kind: ConfigMap, name: values}
    - {kind: Secret, name: secret, valuesKey: v.yaml}
    - {kind: Secret, name: secret, valuesKey: zone, targetPath: zone}
    - {kind: ConfigMap, name: none, optional: true}
  values:
    size: Standard_Inline
`),
      "more.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: apps}
data:
  values.yaml: |
    region: of-config-map
    size: Standard_ConfigMap
---
apiVersion: v1
kind: Secret
metadata: {name: secret, namespace: apps}
stringData:
  v.yaml: "region: yes"
  zone: "1"
`,
    });
    expect(reading.told).to.equal("");
    expect(reading.workspaces).to.deep.equal(["team/of-crds", "team/w"]);
    expect(labelsOf(reading)).to.deep.equal({
      ...{ release: "team-phi", namespace: "team", region: "true", zone: "1", by: "flux" },
    });
    expect(reading.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Inline" });
    expect(reading.place("w", "resource.instanceType")).to.equal("release.yaml:17:5");
    expect(reading.place("w", "metadata.labels.region")).to.equal("more.yaml:13:3");
    expect(reading.place("w", "metadata.labels.by")).to.equal("release.yaml:10:29");
    expect(reading.place("w", "metadata.namespace")).to.equal("release.yaml:9:3");
    expect(reading.place("w", "inference.preset.name")).to.equal("charts/phi/values.yaml:4:1");
    expect(reading.workspace("w").via?.object["kind"]).to.equal("HelmRelease");
  });

  it("points into the text of a ConfigMap, and takes a later source over an earlier one", () => {
    const reading = readRepository({
      ...chart,
      "release.yaml": release("  valuesFrom: [{kind: ConfigMap, name: a}, {kind: ConfigMap, name: b}]\n"),
      "a.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  values.yaml: |\n    size: Standard_A\n    zone: a\n",
      "b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n  values.yaml: |\n    size: Standard_B\n",
    });
    expect(reading.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_B" });
    expect(reading.place("w", "resource.instanceType")).to.equal("b.yaml:6:5");
    expect(reading.place("w", "metadata.labels.zone")).to.equal("a.yaml:7:5");
    expect(labelsOf(reading)).to.include({ release: "phi", namespace: "apps" });
  });

  it("takes valuesFiles in place of the chart's own values, and skips CRDs where it says so", () => {
    const spec = (files: string): string =>
      release("  install: {crds: Skip}\n").replace(
        "      sourceRef:",
        `      valuesFiles: [${files}]\n      sourceRef:`,
      );
    const files = { ...chart, "envs/prod.yaml": "size: Standard_Prod\nmodel: phi-4\n" };
    const alone = readRepository({ ...files, "release.yaml": spec("envs/prod.yaml") });
    expect(labelsOf(alone)).to.include({ region: null, zone: null });
    expect(alone.workspaces).to.deep.equal(["apps/w"]);
    expect(alone.place("w", "resource.instanceType")).to.equal("envs/prod.yaml:1:1");
    const both = readRepository({ ...files, "release.yaml": spec("charts/phi/values.yaml, envs/prod.yaml") });
    expect(labelsOf(both)).to.include({ region: "own", zone: "own" });
    expect(both.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Prod" });
    expect(() => readRepository({ ...chart, "release.yaml": spec("envs/prod.yaml") })).to.throw(
      /^release\.yaml:8:21: envs\/prod\.yaml is not in this repository/,
    );
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("foresail-chart-"))).to.deep.equal([]);
  });

  it("lays its post-renderers over what the chart makes", () => {
    const reading = readRepository({
      ...chart,
      "release.yaml": release(`  postRenderers:
    - kustomize:
        patches:
          - target: {kind: Workspace, name: w}
            patch: |
              - op: replace
                path: /resource/instanceType
                value: Standard_Patched
`),
    });
    expect(reading.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Patched" });
    expect(reading.place("w", "resource.instanceType")).to.equal("release.yaml:16:17");
  });

  it("shortens a name that is too long, as helm-controller does", () => {
    const long = "a".repeat(60);
    const reading = readRepository({ ...chart, "release.yaml": release("", `name: ${long}, namespace: apps`) });
    const { release: name } = labelsOf(reading) as { readonly release: string };
    expect(name).to.match(/^a{40}-[0-9a-f]{12}$/);
    const other = readRepository({ ...chart, "release.yaml": release("  releaseName: given\n") });
    expect(labelsOf(other)).to.include({ release: "given" });
  });

  it("finds its values where a Kustomization makes them", () => {
    const reading = readRepository({
      ...chart,
      "clusters/apps.yaml":
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps, targetNamespace: team}\n",
      "apps/kustomization.yaml": `resources: [release.yaml]
configMapGenerator: [{name: values, files: [values.yaml=prod.yaml]}]
configurations: [names.yaml]
`,
      "apps/names.yaml":
        "nameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{kind: HelmRelease, path: spec/valuesFrom/name}]}]\n",
      "apps/prod.yaml": "size: Standard_Generated\n",
      "apps/release.yaml": release("  valuesFrom: [{kind: ConfigMap, name: values}]\n", "name: phi"),
    });
    expect(reading.told).to.equal("");
    expect(reading.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Generated" });
    expect(reading.workspaces).to.deep.equal(["team/of-crds", "team/w"]);
  });

  it("is rendered for each cluster that gives it other values", () => {
    const reading = readRepository({
      ...chart,
      "base/kustomization.yaml": "resources: [release.yaml]\n",
      "base/release.yaml": release("  install: {crds: Skip}\n"),
      ...Object.fromEntries(
        ["dev", "prod"].flatMap((name) => [
          [
            `clusters/${name}/apps.yaml`,
            `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps/${name}}\n`,
          ],
          [`apps/${name}/kustomization.yaml`, "resources: [../../base]\npatches: [{path: values.yaml}]\n"],
          [
            `apps/${name}/values.yaml`,
            `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: phi, namespace: apps}\nspec:\n  targetNamespace: ${name}\n  values:\n    size: Standard_${name}\n`,
          ],
        ]),
      ),
    });
    expect(reading.told).to.equal("");
    expect(reading.workspaces).to.deep.equal(["dev/w", "prod/w"]);
    const sizes = reading.manifests.map(
      ({ object }) => (object["resource"] as JsonObject | undefined)?.["instanceType"],
    );
    expect(sizes.filter((size) => size !== undefined)).to.deep.equal(["Standard_dev", "Standard_prod"]);
  });

  it("is rendered only where the chart or its values have a word of ours", () => {
    const raw: Files = {
      "charts/phi/Chart.yaml": "apiVersion: v2\nname: raw\nversion: 1.0.0\n",
      "charts/phi/templates/all.yaml":
        "{{ range .Values.resources }}\n---\n{{ toYaml . }}\n{{ end }}\n{{ if .Values.never }}{{ fail `x` }}{{ end }}\n",
    };
    const values = (kind: string): string =>
      `  values:\n    never: ${kind === "Service"}\n    resources:\n      - {apiVersion: ${kind === "Service" ? "v1" : "kaito.sh/v1beta1"}, kind: ${kind}, metadata: {name: w}}\n`;
    expect(readRepository({ ...raw, "release.yaml": release(values("Service")) }).manifests).to.deep.equal([]);
    const { workspaces } = readRepository({ ...raw, "release.yaml": release(values("Workspace")) });
    expect(workspaces).to.deep.equal(["apps/w"]);
  });

  it("says what it does not have: values, charts of other places, an encrypted Secret", () => {
    const { told, workspaces } = readRepository({
      ...chart,
      "release.yaml": release("  valuesFrom: [{kind: Secret, name: none}, {kind: Secret, name: sealed}]\n"),
      "sealed.yaml": "kind: Secret\nmetadata: {name: sealed}\nstringData: {values.yaml: 'ENC[x]'}\nsops: {mac: x}\n",
      "other.yaml": release("", "name: other").replace("kind: GitRepository", "kind: HelmRepository"),
      "reference.yaml":
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: oci}\nspec: {chartRef: {kind: OCIRepository, name: x}}\n",
    });
    expect(workspaces).to.deep.equal(["apps/of-crds", "apps/w"]);
    expect(told.split("\n").sort()).to.deep.equal([
      "",
      "HelmRelease oci is not rendered: its chart comes from OCIRepository x, not from this repository",
      "HelmRelease other is not rendered: its chart comes from HelmRepository models, not from this repository",
      "HelmRelease phi is rendered without the values of Secret none: it is not among the files",
      "HelmRelease phi is rendered without the values of Secret sealed: it is encrypted",
    ]);
  });
});

const application = (helm: string, more = "    path: charts/phi\n"): string =>
  `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: phi}
spec:
  destination: {namespace: dest}
  source:
    repoURL: https://example.com/team/models
${more}    helm:
${helm.replaceAll(/^/gm, "      ").trimEnd()}
`;

describeHelm("Argo CD Application with helm, by the real helm", () => {
  it("is rendered with files, values, parameters and files as values, in Argo CD's order", () => {
    const reading = readRepository({
      ...chart,
      "charts/phi/prod.yaml": "size: Standard_File\nregion: file\nzone: file\n",
      "envs/top.yaml": "zone: top\n",
      "charts/phi/model.txt": "phi-3-mini",
      "app.yaml": application(`releaseName: named
ignoreMissingValueFiles: true
valueFiles: [prod.yaml, none.yaml, /envs/top.yaml]
values: |
  region: inline
parameters:
  - {name: size, value: "$ARGOCD_APP_NAME,b"}
  - {name: region, value: "1", forceString: true}
fileParameters: [{name: model, path: model.txt}]`),
    });
    expect(reading.told).to.equal("");
    expect(labelsOf(reading)).to.deep.equal({ release: "named", namespace: "dest", region: "1", zone: "top" });
    expect(reading.workspace("w").object).to.deep.include({
      resource: { instanceType: "phi,b" },
      inference: { preset: { name: "phi-3-mini" } },
    });
    expect(reading.place("w", "metadata.labels.zone")).to.equal("envs/top.yaml:1:1");
    expect(reading.workspaces).to.deep.equal(["dest/of-crds", "dest/w"]);
  });

  it("takes valuesObject over values, and points at it", () => {
    const reading = readRepository({
      ...chart,
      "app.yaml": application("skipCrds: true\nvalues: 'size: Standard_Text'\nvaluesObject:\n  size: Standard_Object"),
    });
    expect(reading.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Object" });
    expect(reading.place("w", "resource.instanceType")).to.equal("app.yaml:13:9");
    expect(reading.workspaces).to.deep.equal(["dest/w"]);
    const text = readRepository({ ...chart, "app.yaml": application("values: |\n  zone: x\n  size: Standard_Text") });
    expect(text.place("w", "resource.instanceType")).to.equal("app.yaml:12:9");
  });

  it("finds files of values in another source of the same repository", () => {
    const files = {
      ...chart,
      "envs/prod.yaml": "size: Standard_Referred\n",
      "app.yaml": `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: phi}
spec:
  destination: {namespace: dest}
  sources:
    - {repoURL: "git@example.com:team/models.git", ref: values}
    - repoURL: https://example.com/team/models
      path: charts/phi
      helm: {valueFiles: [$values/envs/prod.yaml]}
    - {repoURL: https://charts.example.com, chart: web, targetRevision: 1.0.0}
`,
    };
    const reading = readRepository(files, { remote: "https://example.com/team/models.git" });
    expect(reading.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Referred" });
    expect(reading.told).to.equal(
      "Application phi is not rendered: the chart web of https://charts.example.com is not in this repository\n",
    );
    const other = files["app.yaml"].replace("git@example.com:team/models.git", "https://example.com/other");
    const without = readRepository({ ...files, "app.yaml": other }, { remote: "https://example.com/team/models" });
    expect(without.workspace("w").object["resource"]).to.deep.equal({ instanceType: "Standard_Own" });
    expect(without.told).to.match(
      /phi is rendered without \$values\/envs\/prod\.yaml: https:\/\/example\.com\/other is not/,
    );
  });

  const refused: readonly (readonly [title: string, helm: string, message: RegExp])[] = [
    [
      "is not there",
      "valueFiles: [none.yaml]",
      /^app\.yaml:10:20: Application phi: none\.yaml is no file of this repository \(looked for charts\/phi\/none\.yaml\)/,
    ],
    ["leads out", "valueFiles: [../../../etc/passwd]", /is no file of this repository/],
    ["is a URL", "valueFiles: ['https://example.com/v.yaml']", /is not in this repository, and nothing is fetched/],
    ["refers to nothing", "valueFiles: [$x/v.yaml]", /refers to a source x that it does not have/],
  ];
  for (const [title, helm, message] of refused) {
    it(`refuses a file of values that ${title}`, () => {
      expect(() => readRepository({ ...chart, "app.yaml": application(helm) })).to.throw(message);
    });
  }

  it("takes no name for a flag or a file", () => {
    const files = { ...chart, "charts/phi/model.txt": "phi-3-mini" };
    const named = application("skipCrds: true").replace("name: phi", "name: --post-renderer=/bin/false");
    expect(() => readRepository({ ...files, "app.yaml": named })).to.throw(/invalid release name/);
    const parameter = 'fileParameters: [{name: "model=/etc/passwd,x", path: model.txt}]';
    expect(() => readRepository({ ...files, "app.yaml": application(parameter) })).to.throw(
      /is no name of a parameter/,
    );
  });

  it("follows a chart of Applications", () => {
    const { workspaces } = readRepository({
      ...chart,
      "root/Chart.yaml": "apiVersion: v2\nname: root\nversion: 1.0.0\n",
      "root/templates/app.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: {{ .Release.Name }}-phi}\nspec: {destination: {namespace: dest}, source: {path: charts/phi}}\n",
    });
    expect(workspaces).to.deep.equal(["dest/of-crds", "dest/w"]);
  });
});
