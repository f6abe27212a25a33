import { attachControlPlane } from "../../src/local/attach.ts";
import { chooseCluster } from "../../src/local/choose-cluster.ts";
import { startControlPlane } from "../../src/local/control-plane.ts";
import { streamReport } from "../../src/local/report.ts";
import { prepareTools } from "../../src/local/tools.ts";
import { provideCluster } from "../cluster/support/cluster.ts";
import { CLUSTER_INSTANCE_TYPES } from "../cluster/support/instance-types.ts";
import type { Selection } from "./selection.ts";

export type Cluster =
  | { readonly kind: "running"; readonly stop: () => Promise<void> }
  | { readonly kind: "unavailable"; readonly reason: string };

/** The control plane of the run, provided to the tests: one of our own, or the cluster that the environment names. */
export async function startCluster({ disposable }: Selection): Promise<Cluster> {
  const { FORESAIL_KUBECONFIG: kubeconfig, FORESAIL_CONTEXT: context } = process.env;
  const choice = chooseCluster({ kubeconfig, context, disposable });
  if (choice.kind === "refused") throw new Error(choice.reason);
  const answer = await prepareTools();
  if (answer.kind === "unavailable") return answer;
  const { tools } = answer;
  const controlPlane =
    choice.kind === "existing"
      ? await attachControlPlane(choice, tools.kubectl)
      : await startControlPlane({ tools, instanceTypes: CLUSTER_INSTANCE_TYPES, report: streamReport() });
  provideCluster(controlPlane);
  const stop = async (): Promise<void> => {
    provideCluster(undefined);
    await controlPlane.stop();
  };
  return { kind: "running", stop };
}
