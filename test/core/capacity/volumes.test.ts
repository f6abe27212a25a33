import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { ZONE_LABEL } from "../../../src/core/capacity/claim.ts";
import { objectAt, objectsAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import { demandOf } from "../../../src/core/capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion } from "../../../src/core/capacity/question.ts";
import type { Volumes } from "../../../src/core/capacity/volumes/volumes.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { expansion } from "../children/workspaces.ts";
import { A100, claim, H100, node, pod, question } from "./facts.ts";
import { AZURE_ZONE, boundTo, mounting, storageClass, volume, volumeClaim, ZONE } from "./volume-objects.ts";

const ONE = "eastus-1";
const TWO = "eastus-2";
const THREE = "eastus-3";
/** The node and claim of the fixtures are in the first zone. */
const inZoneOne = { claims: [claim("c1", { node: "n1" })], nodes: [node("n1")], desiredPods: 2 };

/** One pod that mounts the claim `w` waits. */
function waits(volumes: Volumes, changes: Parameters<typeof question>[0] = {}): CapacityQuestion {
  return question({ pods: [pod("phi-1", { spec: mounting("w") })], volumes, ...changes });
}

function allowing(...zones: readonly string[]): { readonly expanded: { readonly nodes: typeof expansion.nodes } } {
  return { expanded: { nodes: { ...expansion.nodes, zones } } };
}

/** Zones of the claims: `any` where none is asked for. */
function zones({ create }: CapacityPlan): readonly string[] {
  return create.map((made) => {
    const stated = objectsAt(made, "spec", "requirements").filter(({ key }) => key === ZONE_LABEL);
    return stated.flatMap((one) => textsAt(one, "values")).join() || "any";
  });
}

function labelled(name: string, labels: JsonObject): JsonObject {
  const made = node(name);
  const metadata = objectAt(made, "metadata");
  return { ...made, metadata: { ...metadata, labels: { ...objectAt(metadata, "labels"), ...labels } } };
}

describe("volumes of pods", () => {
  it("bring their node into the zone of a bound one, whether the Workspace states zones or none", () => {
    expect(zones(planCapacity(waits(boundTo([ZONE, TWO]))))).to.deep.equal([TWO]);
    expect(zones(planCapacity(waits(boundTo([ZONE, TWO]), allowing(ONE, TWO, THREE))))).to.deep.equal([TWO]);
    expect(zones(planCapacity(waits(boundTo([ZONE, THREE, TWO]), allowing(ONE, THREE, TWO))))).to.deep.equal([THREE]);
  });

  it("leave the zone open where they can be used everywhere, or where nothing is known of them", () => {
    const nothing: Volumes = { claims: [], volumes: [], classes: [] };
    const elsewhere = { ...boundTo([ZONE, TWO]), claims: [volumeClaim("w", { volumeName: "pv" }, "others")] };
    for (const known of [boundTo(), nothing, elsewhere, { ...boundTo([ZONE, TWO]), volumes: [] }]) {
      expect(zones(planCapacity(waits(known)))).to.deep.equal(["any"]);
    }
    const pods = [pod("phi-0"), pod("phi-1", { spec: mounting("w") })];
    const both = planCapacity(waits(boundTo([ZONE, TWO]), { pods, desiredPods: 2 }));
    expect([...zones(both)].sort()).to.deep.equal(["any", TWO]);
  });

  it("that are made where the pod goes are made where their StorageClass allows it", () => {
    const classes = [storageClass("zonal", ZONE, THREE, TWO)];
    const unbound = { claims: [volumeClaim("w", { storageClassName: "zonal" })], volumes: [], classes };
    expect(zones(planCapacity(waits(unbound)))).to.deep.equal([TWO]);
    expect(zones(planCapacity(waits(unbound, allowing(ONE, THREE))))).to.deep.equal([THREE]);
    const bound = { ...unbound, claims: [volumeClaim("w", { storageClassName: "zonal", volumeName: "pv" })] };
    const volumes = [volume("pv", [ZONE, ONE])];
    expect(zones(planCapacity(waits({ ...bound, volumes })))).to.deep.equal([ONE]);
  });

  it("of the pod's own are told by its template, and by their claim once it is bound", () => {
    const volumeClaimTemplate = { spec: { storageClassName: "zonal" } };
    const pods = [pod("phi-1", { spec: { volumes: [{ name: "disk", ephemeral: { volumeClaimTemplate } }] } })];
    const known = { claims: [], volumes: [volume("pv", [ZONE, ONE])], classes: [storageClass("zonal", ZONE, TWO)] };
    expect(zones(planCapacity(waits(known, { pods })))).to.deep.equal([TWO]);
    const claims = [volumeClaim("phi-1-disk", { storageClassName: "zonal", volumeName: "pv" })];
    expect(zones(planCapacity(waits({ ...known, claims }, { pods })))).to.deep.equal([ONE]);
  });

  it("are known by the key of their driver; no zone is a place, too", () => {
    expect(zones(planCapacity(waits(boundTo([AZURE_ZONE, TWO]))))).to.deep.equal([TWO]);
    expect(zones(planCapacity(waits(boundTo(["topology.ebs.csi.aws.com/zone", "us-east-1a"]))))).to.deep.equal([
      "us-east-1a",
    ]);
    expect(zones(planCapacity(waits(boundTo([AZURE_ZONE, ""]))))).to.deep.equal(["any"]);
    expect(zones(planCapacity(waits(boundTo([AZURE_ZONE, ONE], [AZURE_ZONE, ""]))))).to.deep.equal(["any"]);
    expect(zones(planCapacity(waits(boundTo([AZURE_ZONE, ""]), allowing(ONE))))).to.deep.equal([]);
  });

  it("that tell their zone by a label only are there, in all zones that it lists", () => {
    const old = { ...volume("pv"), metadata: { name: "pv", labels: { [ZONE]: `${TWO}__${THREE}` } } };
    expect(zones(planCapacity(waits({ ...boundTo(), volumes: [old] }, allowing(ONE, THREE))))).to.deep.equal([THREE]);
  });

  it("are of the cluster's region: nothing follows from it", () => {
    const volumes = [
      {
        ...volume("pv"),
        spec: {
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: ZONE, operator: "In", values: [TWO] },
                    { key: "topology.kubernetes.io/region", operator: "In", values: ["eastus"] },
                  ],
                },
              ],
            },
          },
        },
      },
    ];
    expect(zones(planCapacity(waits({ ...boundTo(), volumes })))).to.deep.equal([TWO]);
  });

  it("find no room on a node of another zone, and room on one of theirs", () => {
    const other = planCapacity(waits(boundTo([ZONE, TWO]), inZoneOne));
    expect(zones(other)).to.deep.equal([TWO]);
    expect(other.placeable).to.deep.equal([]);
    const same = planCapacity(waits(boundTo([ZONE, ONE]), inZoneOne));
    expect([zones(same), same.placeable]).to.deep.equal([[], ["models/phi-1"]]);
  });

  it("believe a node that has its driver's label, and take its zone where it has none", () => {
    const room = (labels: JsonObject, value: string): readonly string[] =>
      planCapacity(waits(boundTo([AZURE_ZONE, value]), { ...inZoneOne, nodes: [labelled("n1", labels)] })).placeable;
    expect(room({}, ONE)).to.deep.equal(["models/phi-1"]);
    expect(room({ [AZURE_ZONE]: TWO }, ONE)).to.deep.equal([]);
    // AKS gives a node in no zone the number of its fault domain.
    expect(room({ [ZONE]: "0", [AZURE_ZONE]: "" }, "")).to.deep.equal(["models/phi-1"]);
  });

  it("on one node keep their pod there: no other is bought", () => {
    const hostname = "kubernetes.io/hostname";
    const there = waits(boundTo([hostname, "n1"]), { ...inZoneOne, nodes: [labelled("n1", { [hostname]: "n1" })] });
    expect(planCapacity(there).placeable).to.deep.equal(["models/phi-1"]);
    const gone = planCapacity(waits(boundTo([hostname, "n9"]), inZoneOne));
    expect(gone.create).to.deep.equal([]);
    expect(gone.waiting).to.deep.equal([
      {
        pod: "models/phi-1",
        reason: "VolumeNodeAffinityConflict",
        message:
          "volume pv of PersistentVolumeClaim w can be used only where kubernetes.io/hostname is n9; " +
          "no node that may be bought is known to be there",
        next: "use a volume that new nodes can reach",
      },
    ]);
  });

  it("outside of the zones that are allowed are told with these and a way out, and nothing is bought", () => {
    const plan = planCapacity(
      waits(boundTo([ZONE, TWO]), { expanded: { ...allowing(THREE, ONE).expanded, fallbackInstanceTypes: [H100] } }),
    );
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting).to.deep.equal([
      {
        pod: "models/phi-1",
        reason: "VolumeNodeAffinityConflict",
        message:
          `volume pv of PersistentVolumeClaim w can be used only where ${ZONE} is ${TWO}; ` +
          `foresail.dev/zones allows ${ONE}, ${THREE}`,
        next: `add ${TWO} to foresail.dev/zones, or use a volume that can be used in ${ONE} or ${THREE}`,
      },
    ]);
  });

  it("in a zone are in reach of none of gpu-provisioner's nodes, which are in no zone whatever is asked", () => {
    const settings = { ...question().settings, provider: "gpu-provisioner" as const };
    for (const changes of [{}, allowing(ONE, TWO)]) {
      const plan = planCapacity(waits(boundTo([AZURE_ZONE, TWO]), { ...changes, settings }));
      expect(plan.create).to.deep.equal([]);
      expect(plan.waiting[0]?.message).to.contain("no node that may be bought is known to be there");
    }
    const planned = planCapacity(waits(boundTo([AZURE_ZONE, ""]), { settings }));
    expect(planned.create).to.have.length(1);
  });

  it("in different zones keep their pod from every node", () => {
    const known = {
      claims: [volumeClaim("w", { volumeName: "pv" }), volumeClaim("x", { storageClassName: "zonal" })],
      volumes: [volume("pv", [ZONE, ONE])],
      classes: [storageClass("zonal", ZONE, TWO)],
    };
    const plan = planCapacity(waits(known, { pods: [pod("phi-1", { spec: mounting("w", "x") })] }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]?.message).to.equal(
      `volume pv of PersistentVolumeClaim w can be used only where ${ZONE} is ${ONE}; ` +
        `StorageClass zonal of PersistentVolumeClaim x can be used only where ${ZONE} is ${TWO}; ` +
        "no node that may be bought is in reach of all of them",
    );
  });

  it("narrow what is tried, and are told where that is refused", () => {
    const attempt = {
      time: "2026-11-22T11:59:00Z",
      instanceType: A100,
      capacityType: "on-demand",
      zone: TWO,
      reason: "ZonalAllocationFailed",
      message: "sold out",
      until: "2026-11-22T12:59:00Z",
    };
    const plan = planCapacity(waits(boundTo([ZONE, TWO]), { ...allowing(ONE, TWO), attempts: [attempt] }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "OutOfStock" });
    expect(plan.waiting[0]?.message).to.match(
      /^Standard_NC24ads_A100_v4 \(on-demand, eastus-2\) was refused: .*; volume pv of PersistentVolumeClaim w can be/,
    );
    expect(plan.waiting[0]?.message).not.to.contain("on-demand, eastus-1");
  });

  it("do not narrow the zones a spread counts: the scheduler does not, either", () => {
    const labels = { spread: "yes" };
    const spread = {
      maxSkew: 1,
      topologyKey: ZONE,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: labels },
    };
    const spreading = (name: string, changes: Parameters<typeof pod>[1] = {}): JsonObject => {
      const spec = { ...mounting("w"), topologySpreadConstraints: [spread] };
      const made = pod(name, { ...changes, spec });
      const metadata = objectAt(made, "metadata");
      return { ...made, metadata: { ...metadata, labels: { ...objectAt(metadata, "labels"), ...labels } } };
    };
    const pods = [spreading("phi-0", { nodeName: "n1" }), spreading("phi-1")];
    const plan = planCapacity(waits(boundTo([ZONE, ONE]), { ...inZoneOne, ...allowing(ONE, TWO), pods }));
    expect(plan.create).to.deep.equal([]);
    expect(plan.waiting[0]).to.include({ reason: "Unschedulable" });
  });

  it("are looked at for pods that are to come", () => {
    const made = planCapacity(waits(boundTo([ZONE, TWO]))).create;
    const spec = objectAt(pod("phi-1", { spec: mounting("w") }), "spec");
    const ahead = planCapacity(
      waits(boundTo([ZONE, TWO]), { pods: [], ahead: [demandOf("models/phi+0", spec)] }),
    ).create;
    expect(ahead).to.deep.equal(made);
  });

  it("of sharers in two zones are on two nodes, those of one zone on one", () => {
    const nodes = { ...expansion.nodes, share: "models-abc", zones: [ONE, TWO] };
    const small = (name: string, claimName: string): JsonObject => {
      const containers = [{ name: "m", resources: { requests: { cpu: "1", "nvidia.com/gpu": "0" } } }];
      return pod(name, { spec: { ...mounting(claimName), containers, affinity: {} } });
    };
    const known = {
      claims: [volumeClaim("w", { volumeName: "pv" }), volumeClaim("x", { volumeName: "px" })],
      volumes: [volume("pv", [ZONE, ONE]), volume("px", [ZONE, TWO])],
      classes: [],
    };
    const base = question({ expanded: { nodes } });
    const sharers = [{ ...base.owner, name: "psi", uid: "psi" }];
    const pods = [small("phi-0", "w"), small("phi-1", "x"), small("phi-2", "w")];
    const plan = planCapacity({ ...base, sharers, pods, volumes: known, desiredPods: 3 });
    expect([...zones(plan)].sort()).to.deep.equal([ONE, TWO]);
    expect(plan.waiting.map(({ reason }) => reason)).to.deep.equal(Array(3).fill("WaitingForCapacity"));
  });

  it("give the same claims in any order", () => {
    const known = {
      claims: ["w", "x", "y"].map((name) => volumeClaim(name, { volumeName: `p${name}` })),
      volumes: [volume("pw", [ZONE, TWO]), volume("px", [ZONE, ONE, THREE]), volume("py", [AZURE_ZONE, ONE])],
      classes: [],
    };
    const pods = ["w", "x", "y", "w"].map((name, i) => pod(`phi-${i}`, { spec: mounting(name) }));
    const asked = waits(known, { pods, desiredPods: 4 });
    const expected = planCapacity(asked);
    expect([...zones(expected)].sort()).to.deep.equal([ONE, ONE, TWO, TWO]);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(pods, { minLength: 4 }),
        fc.shuffledSubarray(known.claims, { minLength: 3 }),
        fc.shuffledSubarray(known.volumes, { minLength: 3 }),
        (shuffled, claims, volumes) => {
          const plan = planCapacity({ ...asked, pods: shuffled, volumes: { ...known, claims, volumes } });
          expect(new Set(plan.create)).to.deep.equal(new Set(expected.create));
          expect(plan.waiting).to.deep.equal(expected.waiting);
        },
      ),
      { numRuns: 50 },
    );
  });
});
