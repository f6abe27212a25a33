import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { conditionOf } from "../e2e/workspaces.ts";
import { readItems } from "../support/cluster.ts";
import type { RunningProvider } from "./provider.ts";
import type { Goal } from "./scenarios.ts";

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
  return await readItems<Claim>("/apis/karpenter.sh/v1/nodeclaims");
}

/** What is not yet, or no longer, as it must be in the end; empty when all is right. Nobody else may use the cluster. */
export async function faults(space: string, goal: Goal, provider: RunningProvider): Promise<readonly string[]> {
  const [machineFaults, childFaults, workspaceFaults] = await Promise.all([
    nodeFaults(goal, provider),
    childrenFaults(space, goal),
    statusFaults(space, goal),
  ]);
  return [...machineFaults, ...childFaults, ...workspaceFaults];
}

/** Machines, claims and nodes are the same set, and that set is the one that is wanted. */
async function nodeFaults(goal: Goal, provider: RunningProvider): Promise<readonly string[]> {
  const [live, nodes, machines] = await Promise.all([
    claims(),
    readItems<Object>("/api/v1/nodes"),
    provider.machines(),
  ]);
  const found: string[] = [];
  const types = nodes.map(({ metadata }) => metadata.labels?.[INSTANCE_TYPE] ?? "none").sort();
  if (String(types) !== String(goal.nodes)) found.push(`nodes are [${types}], not [${goal.nodes}]`);
  const claimed = live.map(({ status }) => status?.providerID ?? "none yet").sort();
  const existing = machines.toSorted();
  if (String(claimed) !== String(existing)) found.push(`claims are for [${claimed}], machines are [${existing}]`);
  if (live.length !== nodes.length) found.push(`${live.length} claims, ${nodes.length} nodes`);
  return [...found, ...leaving("claim", live), ...leaving("node", nodes)];
}

async function childrenFaults(space: string, goal: Goal): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [plural, group] of Object.entries(CHILDREN)) {
    const live = await readItems<Object>(`${group}/namespaces/${space}/${plural}`);
    const wanted = goal.children[plural] ?? 0;
    if (live.length !== wanted) found.push(`${live.length} ${plural}, not ${wanted}`);
    found.push(...leaving(plural, live));
  }
  const pods = await readItems<Pod>(`/api/v1/namespaces/${space}/pods`);
  if (pods.length !== goal.pods) found.push(`${pods.length} pods, not ${goal.pods}`);
  const waiting = pods.filter(({ status }) => status?.phase !== "Running" && status?.phase !== "Succeeded");
  return [...found, ...leaving("pod", pods), ...waiting.map(({ metadata }) => `pod ${metadata.name} waits`)];
}

async function statusFaults(space: string, goal: Goal): Promise<readonly string[]> {
  const live = await readItems<Workspace>(`/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`);
  const names = live.map(({ metadata }) => metadata.name).sort();
  const wanted = Object.keys(goal.workspaces).sort();
  const found = String(names) === String(wanted) ? [] : [`Workspaces are [${names}], not [${wanted}]`];
  const told = live.flatMap(({ status }) => status?.nodes ?? []).filter(({ ready }) => ready);
  if (told.length !== goal.nodes.length) found.push(`status tells of ${told.length} nodes, not ${goal.nodes.length}`);
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
