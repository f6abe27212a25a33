import { stringify } from "yaml";
import type { Cluster, Installation } from "../core/imagine/cluster.ts";
import { imagine } from "../core/imagine/imagine.ts";
import { type PlanReport, planReport, type WorkspacePlan } from "../core/imagine/report.ts";
import { keyOfNamed } from "../core/kinds/workspace-names.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { ExitCode } from "./exit-code.ts";
import { styleOf } from "./explain/style.ts";
import { inputOptions } from "./input/options.ts";
import { readAllObjects, readInput } from "./input/read.ts";
import { limitsOf } from "./limits.ts";
import { clusterOptions, namedCluster } from "./named-cluster.ts";
import { nodeClassOf, PROVIDERS } from "./node-class.ts";
import { nothingFound } from "./nothing-found.ts";
import { clusterOf, withApplied } from "./plan/from-files.ts";
import { planText } from "./plan/text.ts";
import { unplannedPresets } from "./plan/unplanned.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeOut } from "./write-out.ts";

/** Grows when a member changes its meaning or goes; new members leave it as it is. */
const FORMAT = 1;
const KARPENTER_NODE_CLASS = "karpenter.azure.com/AKSNodeClass/default";

const options = {
  namespace: {
    kind: "text",
    help: "namespace of Workspaces that state none (default default); with --live and no PATH: only this one is told",
  },
  output: { kind: "choice", choices: ["text", "json", "yaml"], default: "text", help: "docs/plan.md has its shape" },
  cluster: {
    kind: "list",
    help: "file with the objects of a cluster, as kubectl get -A -o yaml prints them; what it lacks is not considered",
  },
  live: { kind: "switch", default: false, help: "start from what a cluster holds; only reads" },
  ...clusterOptions,
  provider: { kind: "choice", choices: PROVIDERS, default: "karpenter", help: "as the reconciler has it" },
  nodeClass: { kind: "text", help: `as the reconciler has it (karpenter: default ${KARPENTER_NODE_CLASS})` },
  emptyNodeGrace: { kind: "number", default: 300, help: "seconds after which a node without pods is given back" },
  limitsNodes: { kind: "integer", help: "most nodes of the installation" },
  limitsGpus: { kind: "integer", help: "most GPUs of the installation" },
  limitsHourlyPriceUsd: { kind: "number", help: "most USD per hour of the installation, on demand" },
  catalog: settingsOptions.catalog,
  config: settingsOptions.config,
  ...inputOptions,
} as const;

type PlanArguments = Arguments<typeof options>;

/** `foresail plan`: what the reconciler would do, in what order and at what price. */
export const run = command(
  {
    name: "plan",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Says what would be created, changed and deleted for these Workspaces, in what order, at what price and why: the planner of",
      "the reconciler is run, its actions are imagined to succeed, and so on until nothing is left to do. Nothing is written.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). They are laid over an empty",
      "cluster, over the objects of --cluster, or with --live over a real one; with --live and no PATH the cluster is planned as it is.",
      "The exit code is 1 when a manifest is refused or a Workspace would not run in the end. Prices are on demand; ≤ marks a bound.",
      "",
      "Exit codes: 0 planned; 1 something is refused or would not run; 2 arguments or input that cannot be read; 3 internal error.",
    ],
    options,
    letters: { n: "namespace", o: "output" },
    operands: true,
    examples: [
      "foresail plan examples/",
      "foresail plan workspace.yaml --limits-hourly-price-usd 20 -o json",
      "kubectl get workspaces,deployments,statefulsets,jobs,services,networkpolicies,configmaps,pods,nodes,nodeclaims,pvc,pv,storageclasses,daemonsets,namespaces -A -o yaml > now.yaml",
      "foresail plan --cluster now.yaml workspace.yaml",
      "foresail plan --live --kubeconfig dev.kubeconfig --context dev",
      "foresail plan --live --kubeconfig dev.kubeconfig --context dev changed-workspace.yaml",
    ],
  },
  planAll,
);

async function planAll(given: PlanArguments): Promise<number> {
  const { values, operands } = given;
  const { catalogue, namespace } = settingsOf(values);
  const before = await startOf(given);
  const paths = operands.length === 0 && !values.live ? ["."] : operands;
  const manifests = readInput(paths, values);
  const { cluster, keys, findings, refused } = withApplied(before, manifests, namespace, catalogue);
  for (const line of findings) console.error(line);
  const asking = [...manifests.map(({ object }) => object), ...cluster.children, ...cluster.pods];
  const unplanned = unplannedPresets(asking, namespace);
  if (unplanned !== undefined) console.error(unplanned);
  const whole = planReport(imagine(cluster, catalogue), catalogue);
  const isTold = (one: WorkspacePlan): boolean =>
    paths.length > 0
      ? keys.has(keyOfNamed(one)) || values.cluster.length > 0
      : values.namespace === undefined || one.namespace === values.namespace;
  const report = { ...whole, workspaces: whole.workspaces.filter(isTold) };
  if (report.workspaces.length === 0) console.error(nothingFound(operands));
  await writeOut(printed(report, values.output));
  const stopped = report.workspaces.some(({ runs }) => !runs) || !report.settled;
  return refused > 0 || stopped ? ExitCode.findings : ExitCode.clean;
}

async function startOf({ values }: PlanArguments): Promise<Cluster> {
  const installation = installationOf(values);
  const nowMs = Date.now();
  const named = namedCluster(values, "planned");
  if (named === undefined) {
    const objects = readAllObjects(values.cluster);
    return clusterOf(
      objects.map(({ object }) => object),
      installation,
      nowMs,
    );
  }
  if (values.cluster.length > 0)
    throw new UsageError("--cluster and --live exclude each other: the state is read from one place");
  const { readCluster } = await import("./plan/from-cluster.ts");
  const { cluster, unread } = await readCluster(named, installation, nowMs);
  if (unread.length > 0) console.error(`not considered, since you may not list them: ${unread.join(", ")}`);
  return cluster;
}

function installationOf(values: PlanArguments["values"]): Installation {
  const { provider, emptyNodeGrace } = values;
  const given = values.nodeClass ?? (provider === "karpenter" ? KARPENTER_NODE_CLASS : undefined);
  const nodeClass = nodeClassOf(provider, given);
  if (typeof nodeClass === "string") throw new UsageError(nodeClass);
  return {
    settings: { provider, nodeClass },
    emptyNodeGraceMs: emptyNodeGrace * 1000,
    limits: limitsOf(values),
  };
}

function printed(report: PlanReport, output: "text" | "json" | "yaml"): string {
  const document = { format: FORMAT, ...report };
  switch (output) {
    case "json":
      return `${JSON.stringify(document, null, 2)}\n`;
    case "yaml":
      return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
    case "text":
      return planText(report, styleOf(process.stdout, process.env));
  }
}
