import type { ArmPool } from "../../support/arm/handle.ts";
import type { JsonMap } from "../../support/arm/wire.ts";
import { AKS_NODE_CLASS, aksArguments, startAks } from "../support/aks.ts";
import type { Machine, Provider } from "./provider.ts";
import { startProxy } from "./proxy.ts";
import { RUN_LABEL } from "./scenarios.ts";

/** Our own provider, before an Azure whose calls are counted in one row with those to the API server. */
export const aks: Provider = {
  name: "aks",
  needs: [],
  start: async (gate) => {
    const { arm, pools, stop } = await startAks();
    const proxy = await startProxy({ url: arm.url }, gate);
    const { group, kind, name } = AKS_NODE_CLASS;
    return {
      nodeClass: `${group}/${kind}/${name}`,
      args: aksArguments({ settings: arm.settings, url: proxy.url }),
      machines: async () => pools().map(machineOf),
      cut: proxy.cut,
      stop: async () => {
        await proxy.close();
        await stop();
      },
    };
  },
};

/** One pool is one machine; one that has none, or more, is a fault. */
function machineOf({ name, body, nodes }: ArmPool): Machine {
  const { nodeLabels, tags } = body["properties"] as {
    readonly nodeLabels?: JsonMap;
    readonly tags?: { readonly [key: string]: string };
  };
  const id = nodes[0]?.providerID;
  return {
    ...(id === undefined ? {} : { id }),
    space: String(nodeLabels?.[RUN_LABEL] ?? ""),
    faults: (claims) => [
      ...(nodes.length === 1 ? [] : [`pool ${name} has ${nodes.length} machines`]),
      ...(claims.some((claim) => claim.name === name) ? [] : [`pool ${name} has no claim of its name`]),
      ...(claims.some((claim) => claim.name === tags?.["foresail-claim"] && claim.uid === tags["foresail-claim-uid"])
        ? []
        : [`pool ${name} is tagged for claim ${tags?.["foresail-claim"]}, which is not there`]),
    ],
  };
}
