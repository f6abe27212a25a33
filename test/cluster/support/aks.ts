import { scaledClock } from "../../support/arm/clock.ts";
import { type FakeArm, type FakeArmOptions, startFakeArm } from "../../support/arm/fake-arm.ts";
import type { ArmPool, Handle } from "../../support/arm/handle.ts";
import { type AksNodes, type AksNodesOptions, startAksNodes } from "./aks-nodes.ts";
import { apply } from "./cluster.ts";
import { manifest } from "./install.ts";

/** Three minutes for a pool are 0.6 s. */
export const AKS_TIME_SCALE = 300;
export const AKS_NODE_CLASS = { group: "foresail.dev", kind: "AgentPoolClass", name: "default" } as const;

/** An AKS cluster: a fake ARM in this process, and AKS's part in the control plane of this run. */
export interface Aks {
  readonly arm: FakeArm;
  readonly nodes: AksNodes;
  /** Arguments of the reconciler that is to use it, after the shipped ones. */
  readonly args: readonly string[];
  /** The pools that are not the cluster's own. */
  pools(): readonly ArmPool[];
  stop(): Promise<void>;
}

export type AksStart = FakeArmOptions & Pick<AksNodesOptions, "behaviour">;

/** Starts it, and installs the further rights that the overlay of AKS gives the reconciler. */
export async function startAks({ behaviour, ...options }: AksStart = {}): Promise<Aks> {
  const arm = await startFakeArm({ clock: scaledClock(AKS_TIME_SCALE), ...options });
  const nodes = await startAksNodes({ state: arm.state, ...(behaviour === undefined ? {} : { behaviour }) });
  await apply(...manifest("overlays/aks/machines.yaml"));
  return {
    arm,
    nodes,
    args: aksArguments(arm),
    pools: () => arm.state().pools.filter(({ body }) => modeOf(body) !== "System"),
    stop: async () => {
      await nodes.stop();
      await arm.close();
    },
  };
}

function modeOf(body: ArmPool["body"]): unknown {
  const properties = body["properties"];
  return typeof properties === "object" && properties !== null && "mode" in properties ? properties.mode : undefined;
}

/** What the overlay of AKS says of the cluster, with this ARM in the place of Azure's. */
export function aksArguments(arm: Pick<Handle, "settings"> & { readonly url: string }): readonly string[] {
  const { subscription, resourceGroup, cluster, region } = arm.settings();
  return [
    "--provider=aks",
    `--subscription=${subscription}`,
    `--resource-group=${resourceGroup}`,
    `--cluster-name=${cluster}`,
    `--region=${region}`,
    `--arm-endpoint=${arm.url}`,
  ];
}
