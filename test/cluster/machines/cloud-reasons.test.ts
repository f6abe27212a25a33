import { expect } from "chai";
import { after, before, it } from "mocha";
import { applyIn, getWorkspace, serving, waitForCondition, waitForReason } from "../e2e/workspaces.ts";
import { AKS_NODE_CLASS, type Aks, startAks } from "../support/aks.ts";
import { describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { scenarios } from "../support/scenarios.ts";
import { briefly } from "./claims.ts";
import { asked, claimsOf, isReadyAndGoes, own, prefixed, timePasses } from "./owned.ts";

const A100 = "Standard_NC24ads_A100_v4";
const A10 = "Standard_NV36ads_A10_v5";
const H100 = "Standard_NC40ads_H100_v5";
const T4 = "Standard_NC4as_T4_v3";
const EIGHT_A100 = "Standard_ND96asr_v4";
const OUT_OF_STOCK = "Standard_NC64as_T4_v3";
const NEVER_JOINS = "Standard_NC12s_v3";
const LATE_GPU = "Standard_NC6s_v3";
const FOREIGN = "c0123456789a";
// A refusal that comes after the pool was accepted is seen at a look 15 s later, and these come one after the other.
const SEVERAL_LOOKS_MS = 110_000;

let aks: Aks;

const all = scenarios();

all.add("QuotaExceeded: which family, how many cores are short; it runs when the quota is raised", async () => {
  const space = await namespace("quota");
  await applyIn(space, own(EIGHT_A100));
  const told = await waitForReason(space, "m", "Reconciling", "QuotaExceeded", "standardNDASv4_A100Family");
  expect(told.message).to.contain("50 of 100 cores of standardNDASv4_A100Family are used, a node needs 96: 46 short");
  aks.arm.configure({ quotas: quotas({ eightA100: 200 }) });
  await timePasses(space);
  await isReadyAndGoes(space);
});

all.add("N12: a family without quota: the next size of the user's order is bought, and the quota named", async () => {
  const space = await namespace("fallback");
  await applyIn(space, own(A100, { "fallback-instance-types": H100 }));
  const { status } = await waitForCondition(space, "m", "Ready");
  expect(await asked(aks.arm, space)).to.deep.equal([A100, H100]);
  expect(status?.attempts?.map(({ instanceType, reason }) => `${instanceType} ${reason}`)).to.deep.equal([
    `${A100} FamilyQuotaExceeded`,
  ]);
  await isReadyAndGoes(space);
});

all.add("N13: zones without stock, then the fallback, in the user's order", async () => {
  const space = await namespace("zones");
  const annotations = { zones: "eastus-1,eastus-2", "fallback-instance-types": H100 };
  await applyIn(space, own(T4, annotations));
  await waitFor("the fallback", async () => (await asked(aks.arm, space)).includes(`${H100}/1`), SEVERAL_LOOKS_MS);
  expect(await asked(aks.arm, space)).to.deep.equal([`${T4}/1`, `${T4}/2`, `${H100}/1`]);
  await isReadyAndGoes(space);
});

all.add("OutOfStock: what was tried and when the next try is; it runs when there is stock again", async () => {
  const space = await namespace("stock");
  await applyIn(space, own(OUT_OF_STOCK));
  const told = await waitForReason(space, "m", "Reconciling", "OutOfStock", "AllocationFailed");
  expect(told.message).to.match(/tried: Standard_NC64as_T4_v3 \(on-demand\): AllocationFailed: .*next try 20/);
  expect(await asked(aks.arm, space)).to.deep.equal([OUT_OF_STOCK]);
  aks.arm.configure({ stock: stock().filter(({ vmSize }) => vmSize !== OUT_OF_STOCK) });
  await timePasses(space);
  await isReadyAndGoes(space);
});

all.add("N14: five race for a quota of two: two get it, three fall back, and it is never passed", async () => {
  const space = await namespace("race");
  const names = ["a", "b", "c", "d", "e"];
  const metadata = { annotations: prefixed({ "fallback-instance-types": H100 }) };
  await Promise.all(names.map((name) => applyIn(space, serving(name, "phi-4-mini-instruct", A10, metadata))));
  for (const name of names) await waitForCondition(space, name, "Ready");
  const claims = await claimsOf(space);
  const sizes = claims.map(({ metadata: { labels } }) => labels?.["node.kubernetes.io/instance-type"]).sort();
  expect(sizes).to.deep.equal([H100, H100, H100, A10, A10]);
  await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--wait=false"]);
});

all.add("NodeNotJoining: the machine runs and its node does not come; it runs when it does", async () => {
  const space = await namespace("joining");
  await applyIn(space, own(NEVER_JOINS));
  await waitForReason(space, "m", "Reconciling", "NodeNotJoining", "and its node has not joined");
  for (const { metadata } of await claimsOf(space)) aks.nodes.behave(metadata.name, {});
  await isReadyAndGoes(space);
});

all.add(
  "N18: GpuNotReady: a node without GPUs is not initialized and nothing runs there; it does when they come",
  async () => {
    const space = await namespace("gpus");
    await applyIn(space, own(LATE_GPU));
    await waitForReason(space, "m", "Stalled", "GpuNotReady", "no DaemonSet of a device plugin for nvidia.com/gpu");
    const [claim] = await claimsOf(space);
    expect(briefly(claim, "Registered")).to.equal("True Registered");
    expect(briefly(claim, "Initialized")).to.equal("Unknown ResourceNotRegistered");
    await isReadyAndGoes(space);
  },
);

all.add("N20: a pool deleted in the portal: the claim goes and the workload gets another node", async () => {
  const space = await namespace("portal");
  await applyIn(space, own(H100));
  await waitForCondition(space, "m", "Ready");
  const [first] = await claimsOf(space);
  aks.arm.portalDelete(first?.metadata.name ?? "");
  const another = async (): Promise<boolean> =>
    (await claimsOf(space)).some((claim) => claim.metadata.uid !== first?.metadata.uid);
  await waitFor("another claim", another, SEVERAL_LOOKS_MS);
  await isReadyAndGoes(space);
});

const FAMILIES = {
  eightA100: "standardNDASv4_A100Family",
  a100: "standardNCADSA100v4Family",
  a10: "standardNVADSA10v5Family",
};

function quotas({ eightA100 = 100 } = {}) {
  return [
    { name: FAMILIES.eightA100, limit: eightA100, used: 50 },
    { name: FAMILIES.a100, limit: 0 },
    { name: FAMILIES.a10, limit: 72 },
  ];
}

function stock() {
  return [
    { vmSize: T4, zone: "1", nodes: 0 },
    { vmSize: T4, zone: "2", nodes: 0 },
    { vmSize: OUT_OF_STOCK, nodes: 0 },
  ];
}

// Quotas are learnt when they refuse.
const NOT_READ = ["usages", "skus"] as const;

describeWith(
  ["scheduler", "controllerManager", "kwok"],
  "reasons that a cloud gives, and that go with their cause",
  function () {
    this.timeout(2 * SEVERAL_LOOKS_MS);
    let foresail: Foresail;
    const nodeClass = Object.values(AKS_NODE_CLASS).join("/");
    const start = () => startForesail({ nodeClass, args: [...aks.args, "--node-patience=2"] });

    before(async () => {
      aks = await startAks({
        quotas: quotas(),
        stock: stock(),
        forbidden: NOT_READ,
        behaviour: { bySize: { [NEVER_JOINS]: { registers: "never" }, [LATE_GPU]: { gpuDelay: "20s" } } },
      });
      aks.arm.portalPut(FOREIGN, { properties: { vmSize: "Standard_D4s_v5", count: 1 } });
      foresail = await start();
    });
    after(async () => {
      await foresail.stop();
      await aks.stop();
    });

    const restarted = async (): Promise<void> => {
      await foresail.stop();
      foresail = await start();
    };

    all.define();

    it("AuthorizationFailed, for a human to mend, until the rights are given", async () => {
      const space = await namespace("rights");
      aks.arm.configure({ forbidden: ["list", "get", "put", "delete", ...NOT_READ] });
      await applyIn(space, own(H100));
      const told = await waitForReason(space, "m", "Stalled", "AuthorizationFailed", "NodeClaim ");
      expect(told.message).to.contain("next: give ");
      aks.arm.configure({ forbidden: NOT_READ });
      await isReadyAndGoes(space);
    });

    it("InvalidRequest of a policy, for a human to mend, until it is mended; a process that starts asks at once", async () => {
      const space = await namespace("policy");
      const identifiers = '[{"policyAssignment":{"name":"no-gpus"}}]';
      const message = `Resource was disallowed by policy. Policy identifiers: '${identifiers}'.`;
      const error = { code: "RequestDisallowedByPolicy", message };
      aks.arm.script({ match: { call: "put" }, effect: { kind: "answer", status: 403, error } });
      await applyIn(space, own(H100));
      const told = await waitForReason(space, "m", "Stalled", "InvalidRequest", "NodeClaim ");
      expect(told.message).to.contain("next: have the cloud's policy no-gpus let the machine pass");
      aks.arm.clearFaults();
      await restarted();
      await isReadyAndGoes(space);
    });

    it("MachineNameTaken, for a human to mend, until the other pool is gone", async () => {
      const space = await namespace("named");
      aks.arm.configure({ forbidden: ["put", ...NOT_READ] });
      await applyIn(space, own(H100));
      await waitForReason(space, "m", "Stalled", "AuthorizationFailed", "NodeClaim ");
      const [claim] = await claimsOf(space);
      const name = claim?.metadata.name ?? "";
      aks.arm.portalPut(name, { properties: { vmSize: "Standard_D4s_v5", count: 1 } });
      aks.arm.configure({ forbidden: NOT_READ });
      const told = await waitForReason(space, "m", "Stalled", "MachineNameTaken", name);
      expect(told.message).to.contain("next: remove that machine, or give it another name");
      aks.arm.portalDelete(name);
      await restarted();
      await isReadyAndGoes(space);
    });

    it("NodesDrifted, beside a model that runs, until it is moved to a node like those that are made today", async () => {
      const space = await namespace("drifted");
      await applyIn(space, own(H100));
      await waitForCondition(space, "m", "Ready");
      // The pools of this cloud are made with an older Kubernetes than the API server's, which is seen at the next sweep.
      await restarted();
      const told = await waitForReason(space, "m", "NodesDrifted", "NodesDrifted", "K8sVersionDrift");
      expect(told.message).to.contain("next: nothing to do: the model runs on");
      const version = await read<{ gitVersion: string }>("/version");
      aks.arm.configure({ kubernetesVersion: version?.gitVersion.replace(/^v/, "") ?? "" });
      const [claim] = await claimsOf(space);
      await mustKubectl(["delete", "nodeclaim", claim?.metadata.name ?? "", "--wait=false"]);
      const isMoved = async (): Promise<boolean> => {
        const [other, ...more] = await claimsOf(space);
        const conditions = (await getWorkspace(space, "m"))?.status?.conditions ?? [];
        const isTold = conditions.some(({ type }) => type === "NodesDrifted");
        return other !== undefined && more.length === 0 && other.metadata.uid !== claim?.metadata.uid && !isTold;
      };
      await waitFor("the model to be moved", isMoved, SEVERAL_LOOKS_MS);
      await isReadyAndGoes(space);
    });

    it("LimitReached, where the cluster has all the pools it may have, until there is room", async () => {
      const space = await namespace("pools");
      aks.arm.configure({ maxPools: 1 });
      await applyIn(space, own(H100));
      const told = await waitForReason(space, "m", "Reconciling", "LimitReached", "PoolLimitReached");
      expect(told.message).to.contain("next: give other nodes back or remove agent pools");
      aks.arm.configure({ maxPools: 100 });
      await timePasses(space);
      await isReadyAndGoes(space);
    });

    it("N23: a Workspace deleted while its pool is being made leaves no pool", async () => {
      const space = await namespace("early");
      aks.arm.configure({ createMs: 30 * 60_000 });
      await applyIn(space, own(H100));
      await waitFor("the pool to be asked for", async () => (await asked(aks.arm, space)).length === 1);
      aks.arm.configure({ createMs: 180_000 });
      await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
      await waitFor("the Workspace to go", async () => (await getWorkspace(space, "m")) === undefined);
      expect(await claimsOf(space)).to.deep.equal([]);
      expect(await asked(aks.arm, space)).to.have.length(1);
    });

    it("N21: at the end no pool of ours is left, and somebody else's with a like name is", async () => {
      const left = (): readonly string[] => aks.pools().map(({ name }) => name);
      await waitFor("the pools to go", () => left().length === 1, SEVERAL_LOOKS_MS);
      expect(left()).to.deep.equal([FOREIGN]);
    });
  },
);
