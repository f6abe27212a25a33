import { once } from "node:events";
import type { NodeClassRef } from "../core/kinds/node-claim.ts";
import { WORKSPACE_GROUPS, type WorkspaceGroup } from "../core/kinds/workspace.ts";
import { createLog, logLevels } from "../log.ts";
import type { Options, Values } from "../option.ts";
import { type ReconcilerOptions, startReconciler } from "../reconciler/main.ts";
import { aksCloud, aksFlags } from "./aks-flags.ts";
import { runConfigured } from "./configured.ts";
import { limitsOf } from "./limits.ts";
import { nodeClassOf, PROVIDERS } from "./node-class.ts";

const options = {
  kubeconfig: { kind: "text", help: "kubeconfig file; absent: the pod's ServiceAccount" },
  context: { kind: "text", help: "context of that file; absent: its current one" },
  namespace: { kind: "text", default: "foresail-system", help: "namespace of the Lease" },
  leaderElect: { kind: "switch", default: true, help: "act only while holding the Lease foresail-reconciler" },
  healthPort: { kind: "integer", default: 8081, max: 65_535, help: "port of /healthz and /readyz; 0: any free one" },
  metricsPort: { kind: "integer", default: 8080, max: 65_535, help: "port of /metrics, plain HTTP; 0: any free one" },
  provider: {
    kind: "choice",
    choices: PROVIDERS,
    default: "karpenter",
    help: "who makes nodes of claims; aks: this process, of agent pools; byo: nobody",
  },
  nodeClass: { kind: "text", help: "GROUP/KIND/NAME of the claims' node class; required for karpenter" },
  groups: {
    kind: "list",
    help: "serve Workspaces of these groups only; foresail.dev: beside a KAITO that runs; default both",
  },
  emptyNodeGrace: { kind: "number", default: 300, help: "seconds after which a node without pods is given back" },
  nodePatience: {
    kind: "number",
    default: 300,
    help: "seconds a machine may take to join, and a Ready node to offer its GPUs, before status calls it trouble",
  },
  limitsLaunching: {
    kind: "integer",
    default: 100,
    help: "most nodes being launched at a time, shared by all that wait for one",
  },
  limitsNodes: { kind: "integer", help: "most nodes of this installation" },
  limitsGpus: { kind: "integer", help: "most GPUs of this installation" },
  limitsHourlyPriceUsd: { kind: "number", help: "most USD per hour of this installation, on demand" },
  ...aksFlags,
  catalog: { kind: "list", help: "directory or file of catalogue data, over what ships" },
  logLevel: { kind: "choice", choices: logLevels, default: "info", help: "least important line to log" },
} as const satisfies Options;

/**
 * `foresail reconciler`: makes Workspaces real until SIGTERM or SIGINT, then ends what is under way and gives the Lease back.
 * @returns 0 after a clean stop, 2 for a usage or catalogue error, 3 when it cannot start.
 */
export async function run(args: string[]): Promise<number> {
  return await runConfigured({ name: "reconciler", options, serve }, args);
}

async function serve(values: Values<typeof options>): Promise<number> {
  const nodeClass = nodeClassOf(values.provider, values.nodeClass);
  if (typeof nodeClass === "string") {
    console.error(`${nodeClass}. Run "foresail reconciler --help" for all options.`);
    return 2;
  }
  const cloud = values.provider === "aks" ? aksCloud(values) : undefined;
  if (typeof cloud === "string") {
    console.error(`${cloud}. Run "foresail reconciler --help" for all options.`);
    return 2;
  }
  const groups = groupsOf(values.groups);
  if (typeof groups === "string") {
    console.error(`${groups}. Run "foresail reconciler --help" for all options.`);
    return 2;
  }
  const log = createLog({ name: "reconciler", level: values.logLevel, to: "stdout" });
  const stopAsked = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  try {
    const reconciler = await startReconciler(
      { ...optionsOf(values, nodeClass, groups), ...(cloud === undefined ? {} : { cloud }) },
      log,
    );
    await stopAsked;
    await reconciler.stop();
    return 0;
  } catch (error) {
    log.fatal({ err: error }, "cannot run");
    return error instanceof Error && error.name === "CatalogueError" ? 2 : 3;
  }
}

/** The groups that are served, or what is wrong with what was given. */
function groupsOf(given: readonly string[]): readonly WorkspaceGroup[] | string {
  const wrong = given.find((one) => !WORKSPACE_GROUPS.some((group) => group === one));
  if (wrong !== undefined)
    return `--groups: ${JSON.stringify(wrong)} has no Workspaces: ${WORKSPACE_GROUPS.join(", ")}`;
  return given.length === 0 ? WORKSPACE_GROUPS : WORKSPACE_GROUPS.filter((group) => given.includes(group));
}

function optionsOf(
  values: Values<typeof options>,
  nodeClass: NodeClassRef,
  groups: readonly WorkspaceGroup[],
): ReconcilerOptions {
  const { provider, limitsLaunching, emptyNodeGrace, nodePatience } = values;
  const { kubeconfig, context, namespace, leaderElect, healthPort, metricsPort, catalog } = values;
  return {
    ...{ kubeconfig, context, namespace, leaderElect, healthPort, metricsPort, catalog },
    installation: {
      groups,
      settings: { provider, nodeClass },
      emptyNodeGraceMs: emptyNodeGrace * 1000,
      nodePatienceMs: nodePatience * 1000,
      mostLaunching: limitsLaunching,
      limits: limitsOf(values),
    },
  };
}
