import type { Node } from "kubernetes-types/core/v1.js";
import { NODE_CLASS } from "../../../src/local/karpenter.ts";
import { describeWith, readItems } from "../support/cluster.ts";
import { providerContract } from "./contract.ts";

/** The machines of the simulation are the Node objects themselves; their names begin with that of the claim. */
async function machines(claim: string): Promise<readonly string[]> {
  const nodes = await readItems<Node>("/api/v1/nodes");
  return nodes.map((node) => node.metadata?.name ?? "").filter((name) => name.includes(claim));
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "provider contract: karpenter", () => {
  providerContract({
    provider: "karpenter",
    nodeClass: NODE_CLASS,
    size: "Standard_NC24ads_A100_v4",
    lateGpuSize: "Sim_GPU_Late",
    unknownSize: "Standard_ND1_Nothing",
    // Not after Launched: the simulated provider makes its Node some time later, whatever became of the claim meanwhile. No
    // machine of a real one does that.
    onItsWay: { after: "Registered", size: "Sim_GPU_Late" },
    machines,
  });
});
