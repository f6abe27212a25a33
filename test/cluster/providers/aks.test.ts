import { after, before } from "mocha";
import { AKS_NODE_CLASS, type Aks, startAks } from "../support/aks.ts";
import { describeWith } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { providerContract } from "./contract.ts";

const LATE = "Standard_NC40ads_H100_v5";
const NEVER_JOINS = "Standard_NV36ads_A10_v5";
// Claims are looked at every 15 s, and lists of pools are good for 10 s.
const PATIENCE_MS = 90_000;

describeWith(["scheduler", "controllerManager", "kwok"], "provider contract: aks", function () {
  this.timeout(2 * PATIENCE_MS);
  let aks: Aks;
  let reconciler: ReconcilerProcess;

  before(async () => {
    aks = await startAks({
      behaviour: { bySize: { [LATE]: { gpuDelay: "6s" }, [NEVER_JOINS]: { registers: "never" } } },
    });
    reconciler = await startReconciler({ nodeClass: Object.values(AKS_NODE_CLASS).join("/"), args: aks.args });
  });
  providerContract({
    provider: "aks",
    nodeClass: AKS_NODE_CLASS,
    size: "Standard_NC24ads_A100_v4",
    lateGpuSize: LATE,
    unknownSize: "Standard_ND1_Nothing",
    onItsWay: { after: "Launched", size: NEVER_JOINS },
    machines: async (claim) => aks.pools().flatMap(({ name }) => (name === claim ? [name] : [])),
    ownerLabel: "contract.example/workspace",
    patienceMs: PATIENCE_MS,
  });

  after(async () => {
    await reconciler.stop();
    await aks.stop();
  });
});
