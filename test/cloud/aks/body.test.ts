import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createAks } from "../../../src/cloud/aks/aks.ts";
import { poolBody } from "../../../src/cloud/aks/body.ts";
import { poolLabels, poolTaints } from "../../../src/cloud/aks/node-words.ts";
import type { AksOptions } from "../../../src/cloud/aks/options.ts";
import type { MachineSpec } from "../../../src/core/machine/machine.ts";
import { systemClock } from "../../../src/kube/clock.ts";
import { type ArmServer, armServer } from "./support/arm-server.ts";
import { NEVER, options, POOLS, pool, provider, spec } from "./support/provider.ts";

const RESERVATION =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.Compute/capacityReservationGroups/h100";
const SUBNET =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/gpu";

/** What goes over the wire, by the installation and the machine that is asked for. */
const BODIES: { readonly [name: string]: readonly [Partial<AksOptions>, Partial<MachineSpec>] } = {
  "as little as possible": [{}, { labels: {}, taints: [] }],
  "zonal, with a disk of the weights": [{}, { zone: "eastus-2", osDiskGiB: 106.2 }],
  spot: [{ gpuDriver: "Install" }, { capacityType: "spot", imageFamily: "AzureLinux" }],
  "spot below a ceiling": [{}, { capacityType: "spot", spotMaxPriceUsd: 1.25 }],
  reserved: [{ capacityReservationGroupId: RESERVATION }, { capacityType: "reserved", zone: "eastus-1" }],
  "a GPU cut in seven": [{ gpuDriver: "None" }, { gpuPartition: "1g.10gb" }],
  "a size without a GPU": [{ gpuDriver: "None" }, { instanceType: "Standard_D4s_v5" }],
  "all settings": [
    {
      osDiskType: "Ephemeral",
      subnetId: SUBNET,
      podSubnetId: SUBNET,
      maxPods: 30,
      upgradeInPlace: true,
      tags: { team: "ml", "Foresail-Cluster": "stolen", "foresail-claim-uid": "stolen" },
    },
    {
      labels: { apps: "phi", "foresail.dev/workspace": "phi", "app.kubernetes.io/managed-by": "foresail" },
      taints: [
        { key: "sku", value: "gpu", effect: "NoSchedule" },
        { key: "dedicated", effect: "NoExecute" },
        { key: "karpenter.sh/unregistered", effect: "NoExecute" },
      ],
    },
  ],
};

describe("the body of a pool", () => {
  const file = new URL("bodies.golden.json", import.meta.url);
  let arm: ArmServer;
  before(async () => {
    arm = await armServer();
    arm.answer = ({ path }) => (path === POOLS ? { status: 200, body: { value: [] } } : { status: 201, body: pool() });
  });
  after(() => arm.close());

  it("is on the wire what the golden file says", async () => {
    const bodies: Record<string, unknown> = {};
    for (const [name, [installation, machine]] of Object.entries(BODIES)) {
      const cloud = provider({ armEndpoint: arm.origin, ...installation });
      await cloud.create(spec(machine), NEVER);
      cloud.close();
      bodies[name] = arm.asked.at(-1)?.body;
    }
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, `${JSON.stringify(bodies, null, 2)}\n`);
    expect(bodies).to.deep.equal(JSON.parse(readFileSync(file, "utf8")));
  });

  it("tells what the pool cannot carry", async () => {
    const told: unknown[] = [];
    const cloud = createAks(options({ armEndpoint: arm.origin }), {
      clock: systemClock,
      environment: {},
      userAgent: "foresail/1.2.3",
      leftOut: (name, keys) => told.push([name, keys]),
    });
    await cloud.create(spec(), NEVER);
    expect(told).to.deep.equal([]);
    const labels = { "app.kubernetes.io/managed-by": "foresail", a: "b" };
    await cloud.create(spec({ labels, taints: [{ key: "karpenter.sh/unregistered", effect: "NoExecute" }] }), NEVER);
    expect(told).to.deep.equal([["caaaaaaaaaaa", ["app.kubernetes.io/managed-by", "karpenter.sh/unregistered"]]]);
    cloud.close();
  });

  it("leaves out labels that AKS or kubelet write, or that change in the life of a node", () => {
    const out = [
      "kubernetes.azure.com/mode",
      "kubernetes.azure.com/scalesetpriority",
      "agentpool",
      "accelerator",
      "storageprofile",
      "storagetier",
      "kubernetes.io/hostname",
      "kubernetes.io/os",
      "kubernetes.io/arch",
      "topology.kubernetes.io/zone",
      "topology.kubernetes.io/region",
      "node.kubernetes.io/instance-type",
      "beta.kubernetes.io/instance-type",
      "failure-domain.beta.kubernetes.io/zone",
      "app.kubernetes.io/managed-by",
      "node-restriction.kubernetes.io/x",
      "x.k8s.io/y",
      "karpenter.sh/registered",
      "karpenter.sh/initialized",
      "karpenter.sh/capacity-type",
      "karpenter.azure.com/sku-name",
      "node.kubernetes.io/windows-build",
    ];
    const kept = [
      "foresail.dev/workspace",
      "kaito.sh/workspace",
      "notkarpenter.sh/x",
      "apps",
      "node.kubernetes.io/team",
      "kubelet.kubernetes.io/x",
      "notkubernetes.io/x",
      "xk8s.io/y",
    ];
    const { sent, leftOut } = poolLabels(Object.fromEntries([...out, ...kept].map((key) => [key, "v"])));
    expect(leftOut).to.deep.equal([...out].sort());
    expect(Object.keys(sent)).to.have.members(kept);
  });

  it("carries lasting taints only, written as AKS reads them", () => {
    expect(
      poolTaints([
        { key: "sku", value: "gpu", effect: "NoSchedule" },
        { key: "sku", value: "gpu", effect: "NoSchedule" },
        { key: "empty", value: "", effect: "NoSchedule" },
        { key: "bare", effect: "NoExecute" },
        { key: "karpenter.sh/unregistered", effect: "NoExecute" },
        { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
        { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" },
      ]),
    ).to.deep.equal({
      sent: ["sku=gpu:NoSchedule", "empty:NoSchedule", "bare:NoExecute"],
      leftOut: ["karpenter.sh/unregistered", "node.kubernetes.io/not-ready", "kubernetes.azure.com/scalesetpriority"],
    });
  });

  it("says what is wrong with a spec", () => {
    for (const [wrong, problem] of [
      [{ name: "" }, "name"],
      [{ name: "Caps" }, "name Caps"],
      [{ name: "1abc" }, "name 1abc"],
      [{ name: "cccccccccccc1" }, "name cccccccccccc1"],
      [{ imageFamily: "windows" }, "image family windows: ubuntu or azurelinux"],
      [{ imageFamily: "constructor" }, "image family constructor"],
      [{ zone: "westus-1" }, "zone westus-1"],
      [{ zone: "eastus" }, "zone eastus"],
      [{ zone: "eastus-0" }, "zone eastus-0"],
      [{ osDiskGiB: 2049 }, "disk of 2049 GiB: at most 2048"],
      [{ osDiskGiB: 0 }, "disk of 0 GiB"],
      [{ osDiskGiB: Number.NaN }, "disk of NaN"],
      [{ gpuPartition: "5g.40gb" }, "MIG profile 5g.40gb"],
      [{ gpuPartition: "1g.20gb" }, "MIG profile 1g.20gb"],
      [{ capacityType: "reserved" }, "names no capacity reservation group"],
    ] as const) {
      const made = poolBody(spec(wrong), options());
      expect("problems" in made && made.problems.join(), JSON.stringify(wrong)).to.contain(problem);
    }
  });

  it("rounds a disk up, and to the least that AKS takes", () => {
    const size = (osDiskGiB: number) => {
      const made = poolBody(spec({ osDiskGiB }), options());
      return "body" in made ? made.body.osDiskSizeGB : made.problems;
    };
    expect([0.5, 30, 30.01, 2048].map(size)).to.deep.equal([30, 30, 31, 2048]);
  });
});
