import { readItems } from "./cluster.ts";
import { type Foresail, startForesail } from "./foresail.ts";

/** Who makes nodes of claims in a test, so that the same test runs against each of them. */
export interface NodeProvider {
  /** As `--provider` has it. */
  readonly name: string;
  /** Webhook and reconciler with this provider; `args` are further ones of the reconciler. */
  start(args?: readonly string[]): Promise<Foresail>;
  /** Names of the machines that exist, whoever they are for. */
  machines(): Promise<readonly string[]>;
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly providerID?: string };
}

/** Karpenter itself, with the simulated cloud: its machines are the nodes, which go with them. */
export const karpenterProvider: NodeProvider = {
  name: "karpenter",
  start: (args = []) => startForesail({ args }),
  machines: async () =>
    (await readItems<Node>("/api/v1/nodes"))
      .filter(({ spec }) => spec.providerID?.startsWith("kwok://") === true)
      .map(({ metadata }) => metadata.name),
};
