import { expect } from "chai";
import { describe, it } from "mocha";
import { unstated } from "../../../src/cli/input/manifest.ts";
import { withApplied } from "../../../src/cli/plan/from-files.ts";
import { objectAt, textAt } from "../../../src/core/capacity/fields.ts";
import type { Provider } from "../../../src/core/capacity/owner.ts";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { imagine } from "../../../src/core/imagine/imagine.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { NodeClassRef } from "../../../src/core/kinds/node-claim.ts";
import { catalogue, empty, workspace } from "../imagine/clusters.ts";
import { gpuProvisionerFaults } from "./gpu-provisioner-rules.ts";
import { karpenterFaults } from "./karpenter-rules.ts";

/** As an installation with this provider has it: the catalogue's default and the reconciler's flag. */
function withProvider(provider: Exclude<Provider, "byo">): Catalogue {
  const current = { ...catalogue.current, defaults: { ...catalogue.current.defaults, provider } };
  return { ...catalogue, current, releases: [current] };
}

/** The claims the planner makes for these Workspaces; those that are not admitted make none. */
function claimsFor(provider: Exclude<Provider, "byo">, nodeClass: NodeClassRef, objects: readonly JsonObject[]) {
  const used = withProvider(provider);
  const start = empty({ settings: { provider, nodeClass }, limits: {}, emptyNodeGraceMs: 300_000 });
  const manifests = objects.map((object) => unstated(object, "test"));
  const { cluster } = withApplied(start, manifests, "default", used);
  const { steps } = imagine(cluster, used);
  return steps.flatMap(({ actions }) => actions.flatMap((one) => (one.kind === "createClaim" ? [one.claim] : [])));
}

/** One Workspace for every size of the catalogue: with a template of its own any size is taken. */
function everySize(
  cloud: "azure" | "aws",
  annotations: { readonly [key: string]: string } = {},
): readonly JsonObject[] {
  return catalogue.current.instanceTypes
    .filter((type) => type.cloud === cloud)
    .map((type, i) => {
      const { inference: _, ...rest } = workspace(`w${i}`, { instanceType: type.name, annotations });
      const limits = { [`${type.gpuVendor}.com/gpu`]: type.gpuCount };
      const containers = [{ name: "m", image: "registry.example/m:1", resources: { limits } }];
      return { ...rest, inference: { template: { spec: { containers } } } };
    });
}

/** One Workspace for every preset, on the size that is chosen for it. */
function everyPreset(annotations: { readonly [key: string]: string } = {}): readonly JsonObject[] {
  return catalogue.current.models.map(({ name }, i) => ({
    ...workspace(`p${i}`, { preset: name, annotations }),
    resource: { labelSelector: { matchLabels: { "acme.example/pool": "gpu" } } },
  }));
}

const KAITO = { group: "kaito.sh", kind: "KaitoNodeClass", name: "default" };
const request = (claim: JsonObject | undefined, name: string): unknown =>
  objectAt(claim, "spec", "resources", "requests")[name];

describe("claims for gpu-provisioner", () => {
  const sizes = catalogue.current.instanceTypes.filter(({ cloud }) => cloud === "azure").length;

  it("keep every rule of it, for every size of Azure", () => {
    const claims = claimsFor("gpu-provisioner", KAITO, everySize("azure"));
    expect(claims.length).to.be.greaterThan(sizes / 2);
    for (const claim of claims) expect(gpuProvisionerFaults(claim), JSON.stringify(claim)).to.deep.equal([]);
  });

  it("keep every rule of it, for every preset, image family and way of paying", () => {
    for (const family of ["ubuntu", "azurelinux"]) {
      const annotations = { "kaito.sh/node-image-family": family, "foresail.dev/capacity-type": "on-demand,spot" };
      const claims = claimsFor("gpu-provisioner", KAITO, everyPreset(annotations));
      expect(claims.length).to.be.greaterThan(30);
      for (const claim of claims) {
        expect(gpuProvisionerFaults(claim), JSON.stringify(claim)).to.deep.equal([]);
        expect(textAt(claim, "metadata", "annotations", "kaito.sh/node-image-family")).to.equal(family);
      }
    }
  });

  it("ask for GPUs, so that a node is not initialized before they are there, and for a disk that holds the weights", () => {
    const [claim] = claimsFor("gpu-provisioner", KAITO, [workspace("phi")]);
    expect(request(claim, "nvidia.com/gpu")).to.equal("1");
    expect(request(claim, "storage")).to.match(/^\d+Gi$/);
    expect(objectAt(claim, "metadata", "labels")).to.have.all.keys([
      "apps",
      "foresail.dev/workspace",
      "foresail.dev/workspace-namespace",
      "foresail.dev/workspace-uid",
      "kaito.sh/workspace",
      "kaito.sh/workspacenamespace",
    ]);
  });

  const faults: readonly (readonly [string, (claim: JsonObject) => JsonObject, RegExp])[] = [
    ["a long name", (claim) => metadata(claim, { name: "cabcdefghijkl" }), /^name /],
    [
      "somebody else's node class",
      (claim) => spec(claim, { nodeClassRef: { ...KAITO, kind: "AKSNodeClass" } }),
      /nodeClassRef/,
    ],
    ["no label of KAITO", (claim) => metadata(claim, { labels: {} }), /kaito\.sh\/workspace is missing/],
    [
      "two sizes",
      (claim) => spec(claim, { requirements: [size(["Standard_A", "Standard_B"])] }),
      /not one instance type/,
    ],
    [
      "an excluded size",
      (claim) => spec(claim, { requirements: [{ ...size(["Standard_A"]), operator: "NotIn" }] }),
      /not one instance type/,
    ],
    ["no disk", (claim) => spec(claim, { resources: { requests: {} } }), /storage is missing/],
    [
      "a disk between two GiB",
      (claim) => spec(claim, { resources: { requests: { storage: "1536Mi" } } }),
      /rounded down/,
    ],
    ["a disk below one GiB", (claim) => spec(claim, { resources: { requests: { storage: "0" } } }), /a disk of 0/],
    [
      "an unknown image",
      (claim) => metadata(claim, { annotations: { "kaito.sh/node-image-family": "flatcar" } }),
      /image family/,
    ],
    ["a taint without value", (claim) => spec(claim, { taints: [{ key: "sku", effect: "NoSchedule" }] }), /taint sku/],
    [
      "startup taints",
      (claim) => spec(claim, { startupTaints: [{ key: "a", value: "b", effect: "NoSchedule" }] }),
      /startupTaints/,
    ],
    [
      "a label AKS refuses",
      (claim) => metadata(claim, { labels: { "app.kubernetes.io/managed-by": "foresail" } }),
      /refused by AKS/,
    ],
    [
      "a label it overwrites",
      (claim) => metadata(claim, { labels: { "kaito.sh/machine-type": "gpu" } }),
      /overwritten/,
    ],
  ];
  for (const [name, broken, wanted] of faults) {
    it(`the rules see ${name}`, () => {
      const [claim] = claimsFor("gpu-provisioner", KAITO, [workspace("phi")]);
      expect(gpuProvisionerFaults(broken(claim ?? {})).join("; ")).to.match(wanted);
    });
  }
});

function metadata(claim: JsonObject, changes: JsonObject): JsonObject {
  return { ...claim, metadata: { ...objectAt(claim, "metadata"), ...changes } };
}

function spec(claim: JsonObject, changes: JsonObject): JsonObject {
  return { ...claim, spec: { ...objectAt(claim, "spec"), ...changes } };
}

function size(values: readonly string[]): JsonObject {
  return { key: "node.kubernetes.io/instance-type", operator: "In", values: [...values] };
}

describe("claims for Karpenter", () => {
  const classes: readonly (readonly [NodeClassRef, "azure" | "aws"])[] = [
    [{ group: "karpenter.azure.com", kind: "AKSNodeClass", name: "default" }, "azure"],
    [{ group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "gpu" }, "aws"],
    [{ group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" }, "azure"],
  ];
  for (const [nodeClass, cloud] of classes) {
    it(`keep every rule of it and name ${nodeClass.kind}, for every size of ${cloud}`, () => {
      const claims = claimsFor("karpenter", nodeClass, everySize(cloud));
      expect(claims.length).to.be.greaterThan(10);
      for (const claim of claims) {
        expect(karpenterFaults(claim), JSON.stringify(claim)).to.deep.equal([]);
        expect(objectAt(claim, "spec", "nodeClassRef")).to.deep.equal(nodeClass);
        // No node offers it: such a claim would never be initialized.
        expect(request(claim, "storage")).to.equal(undefined);
        // gpu-provisioner would serve it beside the real provider.
        const labels = Object.keys(objectAt(claim, "metadata", "labels"));
        expect(labels.filter((key) => key.startsWith("kaito.sh/"))).to.deep.equal([]);
        expect(textAt(claim, "spec", "expireAfter")).to.equal("Never");
      }
    });
  }

  it("take the name of the node class that a Workspace states", () => {
    const [nodeClass] = classes[0] ?? [KAITO];
    const own = workspace("phi", { annotations: { "kaito.sh/node-class-name": "big-disks" } });
    const [claim] = claimsFor("karpenter", nodeClass, [own]);
    expect(textAt(claim, "spec", "nodeClassRef", "name")).to.equal("big-disks");
  });
});
