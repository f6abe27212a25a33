import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { after, before, it } from "mocha";
import { scaledClock } from "../../support/arm/clock.ts";
import { type FakeArm, startFakeArm } from "../../support/arm/fake-arm.ts";
import { type AksNodes, startAksNodes } from "../support/aks-nodes.ts";
import { apply, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import type { ReconcilerProcess } from "../support/reconciler.ts";
import { scenarios } from "../support/scenarios.ts";
import {
  A100,
  briefly,
  claimManifest,
  freshName,
  getClaim,
  poolOf,
  startProvider,
  waitForClaim,
  waitForNoClaim,
} from "./claims.ts";

const NO_QUOTA = "Standard_NC40ads_H100_v5";
const NO_STOCK = "Standard_NV36ads_A10_v5";

describeWith(["controllerManager", "scheduler", "kwok"], "claims served by our own provider", () => {
  let arm: FakeArm;
  let nodes: AksNodes;
  let reconciler: ReconcilerProcess;

  before(async () => {
    // Three minutes for a pool are 0.6 s.
    arm = await startFakeArm({
      clock: scaledClock(300),
      quotas: [{ name: "standardNCadsH100v5Family", limit: 0 }],
      stock: [{ vmSize: NO_STOCK, nodes: 0 }],
    });
    nodes = await startAksNodes({ state: arm.state });
    reconciler = await startProvider(arm);
  });

  after(async () => {
    await reconciler.stop();
    await nodes.stop();
    await arm.close();
  });

  const all = scenarios();
  const puts = (name: string): number =>
    arm.calls().filter(({ method, pool }) => method === "PUT" && pool === name).length;
  const ready = async (name: string) => {
    await apply(claimManifest(name));
    return await waitForClaim(name, "Ready", "True Ready");
  };

  all.add("become a pool, a registered node with GPUs, and nothing again", async () => {
    const name = freshName();
    const claim = await ready(name);
    const { status } = claim;
    const node = await read<Node>(`/api/v1/nodes/${status?.nodeName}`);
    expect(node?.spec?.providerID).to.equal(status?.providerID);
    expect(node?.metadata?.labels).to.include({
      "karpenter.sh/registered": "true",
      "karpenter.sh/initialized": "true",
      "foresail.dev/test": name,
      "app.kubernetes.io/managed-by": "test",
    });
    expect(node?.metadata?.finalizers).to.include("karpenter.sh/termination");
    expect(node?.metadata?.ownerReferences?.[0]).to.include({ kind: "NodeClaim", name, uid: claim.metadata.uid });
    expect(status?.capacity).to.include({ "nvidia.com/gpu": "1" });
    expect(claim.metadata.labels).to.include({ "node.kubernetes.io/instance-type": A100 });
    expect(JSON.stringify(poolOf(arm, name)?.body)).to.include(claim.metadata.uid);
    expect(puts(name)).to.equal(1);
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    await waitForNoClaim(name);
    expect(poolOf(arm, name)).to.equal(undefined);
    await waitFor("the node to go", async () => (await read(`/api/v1/nodes/${status?.nodeName}`)) === undefined);
  });

  all.add("N12: end where the cloud refuses, with the reason told before, and leave no pool", async () => {
    const name = freshName();
    await apply(claimManifest(name, NO_QUOTA));
    await waitForNoClaim(name);
    const events = await readItems<{ readonly reason: string; readonly regarding: { readonly name: string } }>(
      "/apis/events.k8s.io/v1/namespaces/default/events",
    );
    expect(events.filter(({ regarding }) => regarding.name === name).map(({ reason }) => reason)).to.include(
      "FamilyQuotaExceeded",
    );
    expect(poolOf(arm, name)).to.equal(undefined);
  });

  all.add("N15: end where a pool fails after it was accepted, and the Failed pool goes with them", async () => {
    const name = freshName();
    await apply(claimManifest(name, NO_STOCK));
    await waitForNoClaim(name);
    expect(puts(name)).to.equal(1);
    expect(poolOf(arm, name)).to.equal(undefined);
  });

  all.add("N22: say what is wrong with them and ask for nothing, where no machine can serve them", async () => {
    const name = "no-pool-has-this-name";
    await apply(claimManifest(name));
    await waitForClaim(name, "Launched", "False InvalidRequest");
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    await waitForNoClaim(name);
    expect(puts(name)).to.equal(0);
  });

  all.add("N21: leave a pool of their name that is somebody else's alone, living and dying", async () => {
    const name = freshName();
    arm.portalPut(name, { properties: { vmSize: A100, count: 1 } });
    await apply(claimManifest(name));
    await waitForClaim(name, "Launched", "False NameTaken");
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    await waitForNoClaim(name);
    expect(poolOf(arm, name)?.state).to.equal("Succeeded");
    arm.portalDelete(name);
  });

  all.add("drain: a disruption budget holds the machine until it allows the eviction", async () => {
    const name = freshName();
    const space = await namespace("drain");
    const claim = await ready(name);
    await apply(
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "held", namespace: space },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "held" } } },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "held",
          namespace: space,
          labels: { app: "held" },
          annotations: { "karpenter.sh/do-not-disrupt": "true" },
        },
        spec: {
          nodeName: claim.status?.nodeName ?? "",
          terminationGracePeriodSeconds: 0,
          tolerations: [{ key: "sku", operator: "Exists" }],
          containers: [{ name: "c", image: "registry.example/c:1" }],
        },
      },
    );
    await waitFor("the pod to run", async () => {
      const pod = await read<{ readonly status?: { readonly phase?: string } }>(
        `/api/v1/namespaces/${space}/pods/held`,
      );
      return pod?.status?.phase === "Running";
    });
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    await waitForClaim(name, "Drained", "Unknown Draining");
    await waitFor("the event of the blocked drain", async () => {
      const events = await readItems<{ readonly reason: string; readonly regarding: { readonly name: string } }>(
        "/apis/events.k8s.io/v1/namespaces/default/events",
      );
      return events.some(({ reason, regarding }) => reason === "DrainBlocked" && regarding.name === name);
    });
    expect(poolOf(arm, name)?.state).to.equal("Succeeded");
    await mustKubectl(["delete", "poddisruptionbudget", "held", "-n", space]);
    await waitForNoClaim(name);
    expect(poolOf(arm, name)).to.equal(undefined);
    expect(await read(`/api/v1/namespaces/${space}/pods/held`)).to.equal(undefined);
  });

  all.define();

  it("a cluster that is stopped and started keeps claim and pool, and the Node comes back into use", async () => {
    const name = freshName();
    const { status, metadata } = await ready(name);
    const before = puts(name);
    arm.stopCluster();
    await waitFor("the Node to go", async () => (await read(`/api/v1/nodes/${status?.nodeName}`)) === undefined);
    expect((await getClaim(name))?.metadata.deletionTimestamp).to.equal(undefined);
    arm.startCluster();
    await waitFor("the Node to be in use again", async () => {
      const node = await read<Node>(`/api/v1/nodes/${status?.nodeName}`);
      return node?.metadata?.labels?.["karpenter.sh/initialized"] === "true";
    });
    const claim = await waitForClaim(name, "Ready", "True Ready");
    expect(claim.metadata.uid).to.equal(metadata.uid);
    expect(puts(name)).to.equal(before);
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    await waitForNoClaim(name);
    expect(poolOf(arm, name)).to.equal(undefined);
  });

  it("N2: killed with -9 while the pool is made: the next process makes no second one", async () => {
    const name = freshName();
    arm.configure({ createMs: 1_800_000 });
    await apply(claimManifest(name));
    await waitFor("the pool to be asked for", () => puts(name) === 1);
    arm.configure({ createMs: 180_000 });
    await reconciler.stop("SIGKILL");
    await reconciler.start();
    await waitForClaim(name, "Ready", "True Ready");
    expect(puts(name)).to.equal(1);
    await reconciler.stop("SIGKILL");
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    expect(briefly(await getClaim(name), "Ready")).to.equal("True Ready");
    await reconciler.start();
    await waitForNoClaim(name);
    expect(poolOf(arm, name)).to.equal(undefined);
  });
});
