import { AKS_NODE_CLASS, AKS_TIME_SCALE, type Aks, startAks } from "./aks.ts";
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
  /** How many requests of each kind its cloud was asked so far; none where it asks none. */
  requests(): { readonly [call: string]: number };
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
  requests: () => ({}),
};

/** Our own: its machines are those of the pools of a fake ARM, which throttles as fast in our time as AKS does. */
export function aksProvider(): NodeProvider {
  let aks: Aks | undefined;
  return {
    name: "aks",
    start: async (args = []) => {
      const started = await startAks({ throttle: { on: true, burst: 1, refill: 1 / AKS_TIME_SCALE } });
      aks = started;
      const nodeClass = Object.values(AKS_NODE_CLASS).join("/");
      const foresail = await startForesail({ nodeClass, args: [...started.args, ...args] });
      return {
        ...foresail,
        stop: async () => {
          await foresail.stop();
          await started.stop();
        },
      };
    },
    machines: async () => aks?.pools().map(({ name }) => name) ?? [],
    requests: () => {
      const counts: Record<string, number> = {};
      for (const { call = "other" } of aks?.arm.calls() ?? []) counts[call] = (counts[call] ?? 0) + 1;
      return counts;
    },
  };
}
