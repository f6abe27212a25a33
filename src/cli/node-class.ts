import type { Provider } from "../core/capacity/owner.ts";
import type { NodeClassRef } from "../core/kinds/node-claim.ts";

export const PROVIDERS = ["karpenter", "aks", "gpu-provisioner", "byo"] as const;

/** Node classes of providers that know only one. */
const NODE_CLASSES: { readonly [P in Exclude<Provider, "karpenter">]: NodeClassRef } = {
  aks: { group: "foresail.dev", kind: "AgentPoolClass", name: "default" },
  "gpu-provisioner": { group: "kaito.sh", kind: "KaitoNodeClass", name: "default" },
  // Never used: no claim is made.
  byo: { group: "foresail.dev", kind: "None", name: "none" },
};

/** The node class of `--provider` and `--node-class`, or what is wrong with it. */
export function nodeClassOf(provider: Provider, given: string | undefined): NodeClassRef | string {
  if (given === undefined) {
    if (provider !== "karpenter") return NODE_CLASSES[provider];
    return "--node-class is required with --provider karpenter, for example karpenter.azure.com/AKSNodeClass/default";
  }
  const [group, kind, name, ...more] = given.split("/");
  if (!group || !kind || !name || more.length > 0) {
    return `--node-class must be GROUP/KIND/NAME, given ${JSON.stringify(given)}`;
  }
  return { group, kind, name };
}
