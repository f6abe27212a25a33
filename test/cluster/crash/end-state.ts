import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { conditionOf } from "../e2e/workspaces.ts";
import { readItems } from "../support/cluster.ts";
import type { Machine, RunningProvider } from "./provider.ts";
import { type Goal, RUN_LABEL } from "./scenarios.ts";

const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
const NODES = "/api/v1/nodes";
const INSTANCE_TYPE = "node.kubernetes.io/instance-type";

interface Object {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: { readonly [key: string]: string };
    readonly deletionTimestamp?: string;
  };
}

interface Claim extends Object {
  readonly status?: { readonly providerID?: string };
}

interface Pod extends Object {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

/** Everything the project makes in a namespace, by plural. */
const CHILDREN: { readonly [plural: string]: string } = {
  deployments: "/apis/apps/v1",
  statefulsets: "/apis/apps/v1",
  jobs: "/apis/batch/v1",
  services: "/api/v1",
  networkpolicies: "/apis/networking.k8s.io/v1",
};

export async function claims(): Promise<readonly Claim[]> {
  return await readItems<Claim>(CLAIMS);
}

/** What is not yet, or no longer, as it must be in the end of a run; empty when all is right. */
export async function faults(space: string, goal: Goal, provider: RunningProvider): Promise<readonly string[]> {
  const [machineFaults, childFaults, workspaceFaults] = await Promise.all([
    nodeFaults(space, goal, provider),
    childrenFaults(space, goal),
    statusFaults(space, goal),
  ]);
  return [...machineFaults, ...childFaults, ...workspaceFaults];
}

/** Claims, nodes and machines of runs that are there although no run is. What other tests left is not looked at. */
export async function leftovers(provider: RunningProvider): Promise<readonly string[]> {
  const [live, nodes, machines] = await Promise.all([claims(), readItems<Object>(NODES), provider.machines()]);
  return [
    ...live.filter(isOfRun).map(({ metadata }) => `claim ${metadata.name} is left`),
    ...nodes.filter(isOfRun).map(({ metadata }) => `node ${metadata.name} is left`),
    ...machines
      .filter(({ space }) => space !== "")
      .map(({ id, space }) => `machine ${id ?? "without id"} of ${space} is left`),
  ];
}

function isOfRun({ metadata }: Object): boolean {
  return RUN_LABEL in (metadata.labels ?? {});
}

/** Machines, claims and nodes of a run are the same set, and that set is the one that is wanted. */
async function nodeFaults(space: string, goal: Goal, provider: RunningProvider): Promise<readonly string[]> {
  const selected = `?labelSelector=${RUN_LABEL}%3D${space}`;
  const [live, nodes, all] = await Promise.all([
    readItems<Claim>(`${CLAIMS}${selected}`),
    readItems<Object>(`${NODES}${selected}`),
    provider.machines(),
  ]);
  const machines = all.filter((machine) => machine.space === space);
  const types = nodes.map(({ metadata }) => metadata.labels?.[INSTANCE_TYPE] ?? "none").sort();
  const claimed = live.map(({ status }) => status?.providerID ?? "none yet").sort();
  const existing = machines.map(({ id }) => id ?? "none yet").sort();
  const isEach = machines.length === live.length && live.length === nodes.length;
  return [
    ...(machines.length > goal.nodes.length
      ? [`doubled node: ${machines.length} machines, not ${goal.nodes.length}`]
      : []),
    ...(String(types) === String(goal.nodes) ? [] : [`nodes are [${types}], not [${goal.nodes}]`]),
    ...(String(claimed) === String(existing) ? [] : [`claims are for [${claimed}], machines are [${existing}]`]),
    ...(isEach ? [] : [`${live.length} claims, ${machines.length} machines, ${nodes.length} nodes`]),
    ...machines.flatMap((machine: Machine) => machine.faults(live.map(({ metadata }) => metadata))),
    ...leaving("claim", live),
    ...leaving("node", nodes),
  ];
}

async function childrenFaults(space: string, goal: Goal): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [plural, group] of Object.entries(CHILDREN)) {
    const live = await readItems<Object>(`${group}/namespaces/${space}/${plural}`);
    const wanted = goal.children[plural] ?? 0;
    if (live.length !== wanted) found.push(`${live.length} ${plural}, not ${wanted}`);
    found.push(...leaving(plural, live));
  }
  const all = await readItems<Pod>(`/api/v1/namespaces/${space}/pods`);
  // What is left of one that ended well goes with its Job, or with its node some time after that is gone.
  const pods = all.filter(({ status }) => status?.phase !== "Succeeded");
  if (pods.length !== goal.pods) found.push(`${pods.length} pods, not ${goal.pods}`);
  const waiting = pods.filter(({ status }) => status?.phase !== "Running");
  return [...found, ...leaving("pod", pods), ...waiting.map(({ metadata }) => `pod ${metadata.name} waits`)];
}

async function statusFaults(space: string, goal: Goal): Promise<readonly string[]> {
  const live = await readItems<Workspace>(`/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`);
  const names = live.map(({ metadata }) => metadata.name).sort();
  const wanted = Object.keys(goal.workspaces).sort();
  const found = String(names) === String(wanted) ? [] : [`Workspaces are [${names}], not [${wanted}]`];
  // Each of those that share nodes tells of all of them.
  const ready = live.flatMap(({ status }) => status?.nodes ?? []).filter((node) => node.ready);
  const told = new Set(ready.map(({ name }) => name));
  if (told.size !== goal.nodes.length) found.push(`status tells of ${told.size} nodes, not ${goal.nodes.length}`);
  for (const workspace of live) {
    const { name, generation } = workspace.metadata;
    const type = goal.workspaces[name ?? ""];
    if (type === undefined) continue;
    if (workspace.status?.observedGeneration !== generation) found.push(`status of ${name} is of an older generation`);
    if (conditionOf(workspace, type) !== "True") found.push(`${type} of ${name} is ${conditionOf(workspace, type)}`);
    for (const other of ["Reconciling", "Stalled"]) {
      if (conditionOf(workspace, other) === "True") found.push(`${name} is ${other}`);
    }
  }
  return found;
}

/** What is being deleted and stays: somebody's finalizer is stuck. */
function leaving(what: string, objects: readonly Object[]): readonly string[] {
  return objects
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ metadata }) => `${what} ${metadata.name} is still going`);
}
