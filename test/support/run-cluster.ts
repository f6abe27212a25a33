import Mocha from "mocha";
import { attachControlPlane } from "../../src/local/attach.ts";
import { type ClusterChoice, chooseCluster } from "../../src/local/choose-cluster.ts";
import { startControlPlane } from "../../src/local/control-plane.ts";
import { streamReport } from "../../src/local/report.ts";
import { prepareTools, type Tools } from "../../src/local/tools.ts";
import { provideCluster } from "../cluster/support/cluster.ts";
import { CLUSTER_INSTANCE_TYPES } from "../cluster/support/instance-types.ts";
import { LANES, runInLanes } from "./lanes.ts";
import { load, type Outcome, runMocha } from "./mocha-run.ts";
import type { Selection } from "./selection.ts";

// A node takes about five seconds to come; a loaded machine gets twenty times that.
const CLUSTER_TIMEOUT_MS = 120_000;

/**
 * Runs the files below test/cluster: on the cluster that the environment names, on a control plane of our own, or, where
 * there are as many files as lanes, in lanes with one each.
 */
export async function runOnCluster(selection: Selection): Promise<Outcome> {
  const { FORESAIL_KUBECONFIG: kubeconfig, FORESAIL_CONTEXT: context } = process.env;
  const choice = chooseCluster({ kubeconfig, context, disposable: selection.disposable });
  if (choice.kind === "refused") throw new Error(choice.reason);
  const answer = await prepareTools();
  if (answer.kind === "unavailable") return await runWithout(selection, answer.reason);
  if (choice.kind !== "existing" && selection.clusterFiles.length >= LANES) return await runInLanes(selection);
  const stop = await provide(choice, answer.tools);
  try {
    const mocha = clusterMocha(selection);
    await load(mocha, selection.clusterFiles);
    return await runMocha(mocha);
  } finally {
    await stop();
  }
}

/** Mocha as the tests of a cluster need it. */
export function clusterMocha({ grep }: Pick<Selection, "grep">): Mocha {
  const only = grep === undefined ? {} : { grep };
  return new Mocha({ reporter: "spec", forbidOnly: true, timeout: CLUSTER_TIMEOUT_MS, ...only });
}

/** The control plane of the tests of this process; the result stops it. */
export async function provide(choice: ClusterChoice, tools: Tools): Promise<() => Promise<void>> {
  const controlPlane =
    choice.kind === "existing"
      ? await attachControlPlane(choice, tools.kubectl)
      : await startControlPlane({ tools, instanceTypes: CLUSTER_INSTANCE_TYPES, report: streamReport() });
  provideCluster(controlPlane);
  return async () => {
    provideCluster(undefined);
    await controlPlane.stop();
  };
}

/** Without a control plane the tests of these files are skipped by name; in CI, where it must be there, each of them fails. */
async function runWithout(selection: Selection, reason: string): Promise<Outcome> {
  console.error(`tests that need a control plane cannot run: ${reason}`);
  const mocha = clusterMocha(selection);
  // Hooks are not registered while the suite is pending.
  mocha.suite.pending = true;
  await load(mocha, selection.clusterFiles);
  mocha.suite.pending = false;
  for (const suite of mocha.suite.suites) {
    if (process.env["CI"] !== "true") suite.pending = true;
    else
      suite.eachTest((test) => {
        test.pending = false;
        test.fn = () => Promise.reject(new Error(reason));
      });
  }
  return await runMocha(mocha);
}
