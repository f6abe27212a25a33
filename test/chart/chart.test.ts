import { join } from "node:path";
import { expect } from "chai";
import { it } from "mocha";
import { Kustomizations } from "../../src/cli/input/kustomize/kustomizations.ts";
import { isObject, type Json, type JsonObject } from "../../src/core/json.ts";
import { packageRoot } from "../../src/package-root.ts";
import { byName, CHART, describeHelm } from "./helm.ts";

const NIL = "00000000-0000-0000-0000-000000000000";
const AKS = {
  provider: "aks",
  region: "eastus",
  aks: { subscription: NIL, resourceGroup: "my-group", clusterName: "my-cluster", clientId: NIL },
};

/** Each folder of manifests/ that the chart can be, and the values that make it so. */
const SAME: readonly (readonly [folder: string, values: JsonObject])[] = [
  ["base", {}],
  ["overlays/karpenter", { nodeClass: "karpenter.azure.com/AKSNodeClass/default" }],
  ["overlays/karpenter-azure", { nodeClass: "karpenter.azure.com/AKSNodeClass/gpu" }],
  ["overlays/karpenter-aws", { nodeClass: "karpenter.k8s.aws/EC2NodeClass/gpu", cloud: "aws", region: "us-east-1" }],
  ["overlays/gpu-provisioner", { provider: "gpu-provisioner" }],
  ["overlays/aks", AKS],
  ["overlays/byo", { provider: "byo" }],
  ["overlays/trial", { trial: true }],
];

const MIRRORS = { images: [{ prefix: "mcr.microsoft.com", mirror: "registry.acme.internal/mcr" }] };
const RECONCILER = "Deployment/foresail-reconciler spec.template.spec.containers[0].args";

/** What each value changes of the default: `+` there now, `-` no more. */
const CHANGES: readonly (readonly [what: string, values: JsonObject, changes: readonly string[]])[] = [
  [
    "the image",
    { image: { repository: "registry.acme.internal/foresail", tag: "0.2.0" } },
    ["webhook", "reconciler"].flatMap((name) => [
      `- Deployment/foresail-${name} spec.template.spec.containers[0].image: "ghcr.io/foresail/foresail:0.1.0"`,
      `+ Deployment/foresail-${name} spec.template.spec.containers[0].image: "registry.acme.internal/foresail:0.2.0"`,
    ]),
  ],
  [
    "the image, by digest",
    { image: { digest: `sha256:${"a".repeat(64)}` } },
    ["webhook", "reconciler"].flatMap((name) => [
      `- Deployment/foresail-${name} spec.template.spec.containers[0].image: "ghcr.io/foresail/foresail:0.1.0"`,
      `+ Deployment/foresail-${name} spec.template.spec.containers[0].image: "ghcr.io/foresail/foresail@sha256:${"a".repeat(64)}"`,
    ]),
  ],
  [
    "replicas",
    { replicas: { webhook: 3, reconciler: 1 } },
    [
      "- Deployment/foresail-webhook spec.replicas: 2",
      "+ Deployment/foresail-webhook spec.replicas: 3",
      "- Deployment/foresail-reconciler spec.replicas: 2",
      "+ Deployment/foresail-reconciler spec.replicas: 1",
    ],
  ],
  [
    "what becomes of Workspaces while nobody answers",
    { failurePolicy: "Ignore" },
    ["Mutating", "Validating"].flatMap((phase) => [
      `- ${phase}WebhookConfiguration/foresail webhooks[0].failurePolicy: "Fail"`,
      `+ ${phase}WebhookConfiguration/foresail webhooks[0].failurePolicy: "Ignore"`,
    ]),
  ],
  [
    "the node class",
    { nodeClass: "karpenter.k8s.aws/EC2NodeClass/gpu" },
    [`+ ${RECONCILER}[6]: "--node-class=karpenter.k8s.aws/EC2NodeClass/gpu"`],
  ],
  ["the region", { region: "westeurope" }, [`+ ConfigMap/region data.defaults.yaml: "region: westeurope\\n"`]],
  ["the cloud", { cloud: "aws" }, [`+ ConfigMap/cloud data.defaults.yaml: "cloud: aws\\n"`]],
  [
    "mirrors",
    { mirrors: MIRRORS },
    [
      `+ ConfigMap/mirrors data.mirrors.values.yaml: "images:\\n- mirror: registry.acme.internal/mcr\\n  prefix: mcr.microsoft.com"`,
    ],
  ],
  [
    "hardware that is there",
    { provider: "byo", byo: { gpu: "2xH100-80GB" } },
    [
      `- ${RECONCILER}[4]: "--provider=karpenter"`,
      `+ ${RECONCILER}[4]: "--provider=byo"`,
      `+ ConfigMap/provider data.defaults.yaml: "provision: false\\ngpu: 2xH100-80GB\\n"`,
    ],
  ],
];

/** Providers that a trial may have; its overlay has the default one. */
const TRIED: readonly JsonObject[] = [AKS, { provider: "gpu-provisioner" }, { provider: "byo" }];

const WRONG: readonly (readonly [values: JsonObject, words: RegExp])[] = [
  [{ provider: "karpentier" }, /provider/],
  [{ nodeclass: "a/B/c" }, /nodeclass/],
  [{ nodeClass: "EC2NodeClass/gpu" }, /nodeClass/],
  [{ nodeClass: "a.b/C/d", provider: "byo" }, /provider/],
  [{ replicas: { webhook: 0 } }, /replicas.webhook|replicas\/webhook/],
  [{ replicas: { webhook: "2" } }, /replicas.webhook|replicas\/webhook/],
  [{ failurePolicy: "fail" }, /failurePolicy/],
  [{ image: { tag: "0.1.0 --evil" } }, /image.tag|image\/tag/],
  [{ image: { digest: "sha256:abc" } }, /image.digest|image\/digest/],
  [{ region: "East US" }, /region/],
  [{ cloud: "gcp" }, /cloud/],
  [{ trial: "yes" }, /trial/],
  [{ mirrors: { images: [{ prefix: "mcr.microsoft.com" }] } }, /mirrors/],
  [{ mirrors: { image: [] } }, /mirrors/],
  [{ provider: "aks", region: "eastus" }, /aks/],
  [{ ...AKS, region: "" }, /region/],
  [{ ...AKS, aks: { ...AKS.aks, subscription: "mine" } }, /subscription/],
  [{ byo: { gpu: "" } }, /gpu/],
];

describeHelm("the chart", (helm) => {
  const template = async (values: JsonObject, ...args: readonly string[]) => {
    const set = Object.entries(values).flatMap(([name, value]) => ["--set-json", `${name}=${JSON.stringify(value)}`]);
    return await helm(["template", "foresail", CHART, ...set, ...args]);
  };
  const rendered = async (values: JsonObject, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await template(values, ...args);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    return byName(stdout);
  };

  for (const [folder, values] of SAME) {
    it(`is manifests/${folder}, object for object`, async () => {
      const stated = new Kustomizations("built-in")
        .manifests(join(packageRoot(), "manifests", folder))
        // Whoever runs Karpenter has node classes of their own; the flag names one.
        .filter(({ object }) => !String(object["kind"]).endsWith("NodeClass"))
        .map(({ object }) => [`${object["kind"]}/${(object["metadata"] as JsonObject)["name"]}`, object] as const);
      const made = await rendered(values);
      expect([...made.keys()].sort()).to.deep.equal(stated.map(([id]) => id).sort());
      for (const [id, object] of stated) expect(made.get(id), id).to.deep.equal(object);
    });
  }

  for (const [what, values, changes] of CHANGES) {
    it(`changes nothing else by a value for ${what}`, async () => {
      const [before, after] = [leaves(await rendered({})), leaves(await rendered(values))];
      const gone = [...before].filter(([path, value]) => after.get(path) !== value).map(said("-"));
      const come = [...after].filter(([path, value]) => before.get(path) !== value).map(said("+"));
      const wanted = [...changes];
      // Of an object that was not there only the data is of interest; what it is, is said by others like it.
      const kept = come.filter((line) => !/^\+ ConfigMap\/\S+ (?:apiVersion|kind|metadata)/.test(line));
      expect([...gone, ...kept].sort()).to.deep.equal(wanted.sort());
    });
  }

  for (const values of TRIED) {
    it(`is the same trial with provider ${values["provider"]}`, async () => {
      const changes = async (of: JsonObject) => {
        const [before, after] = [leaves(await rendered(of)), leaves(await rendered({ ...of, trial: true }))];
        const come = [...after].filter(([path, value]) => before.get(path) !== value).map(said("+"));
        const gone = [...before].filter(([path, value]) => after.get(path) !== value).map(said("-"));
        // It is the last argument, whatever number that has.
        return [...come, ...gone].sort().map((line) => line.replace(/\.args\[\d+\]/, ".args"));
      };
      expect(await changes(values)).to.deep.equal(await changes({}));
    });
  }

  it("labels every ConfigMap as catalogue data of Foresail's namespace", async () => {
    const objects = await rendered({ ...AKS, cloud: "azure", mirrors: MIRRORS });
    const maps = [...objects].filter(([id]) => id.startsWith("ConfigMap/"));
    expect(maps.map(([id]) => id).sort()).to.deep.equal(
      ["cloud", "mirrors", "region"].map((one) => `ConfigMap/${one}`),
    );
    for (const [, { metadata }] of maps) {
      expect(metadata).to.deep.include({
        namespace: "foresail-system",
        labels: { "foresail.dev/catalog-data": "true" },
      });
    }
  });

  for (const [values, words] of WRONG) {
    it(`refuses ${JSON.stringify(values)}`, async () => {
      const { code, stderr } = await template(values);
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/don't meet the specifications of the schema/)
        .and.to.match(words);
    });
  }

  it("leaves the namespace to Helm where the release goes into it", async () => {
    const [apart, within] = [await rendered({}), await rendered({}, "--namespace", "foresail-system")];
    expect([...apart.keys()].filter((id) => !within.has(id))).to.deep.equal(["Namespace/foresail-system"]);
  });

  it("keeps the definitions when the release goes", async () => {
    const objects = await rendered(AKS);
    for (const name of ["workspaces.kaito.sh", "nodeclaims.karpenter.sh"]) {
      const metadata = objects.get(`CustomResourceDefinition/${name}`)?.["metadata"] as JsonObject;
      expect(metadata["annotations"]).to.include({ "helm.sh/resource-policy": "keep" });
    }
  });

  it("has nothing that helm lint warns of", async () => {
    for (const values of [{}, AKS, { trial: true }]) {
      const set = Object.entries(values).flatMap(([name, value]) => ["--set-json", `${name}=${JSON.stringify(value)}`]);
      const { code, stdout, stderr } = await helm(["lint", "--strict", CHART, ...set]);
      expect({ code, stderr }, stdout).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.not.match(/\[(?:WARNING|ERROR)\]/);
    }
  });
});

const said =
  (sign: string) =>
  ([path, value]: readonly [string, string]): string =>
    `${sign} ${path}: ${value}`;

/** Every scalar of the objects by the object and its path. */
function leaves(objects: ReadonlyMap<string, JsonObject>): ReadonlyMap<string, string> {
  return new Map([...objects].flatMap(([id, object]) => leavesOf(object, `${id} `)));
}

function leavesOf(value: Json | undefined, path: string): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => leavesOf(item, `${path}[${i}]`));
  if (!isObject(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, member]) =>
    leavesOf(member, path.endsWith(" ") ? path + key : `${path}.${key}`),
  );
}
