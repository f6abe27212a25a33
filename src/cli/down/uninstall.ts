import { textsAt } from "../../core/capacity/fields.ts";
import { isManagedClaim } from "../../core/capacity/owner.ts";
import type { JsonObject } from "../../core/json.ts";
import { WORKSPACE_GROUPS, type WorkspaceGroup } from "../../core/kinds/workspace.ts";
import { FINALIZER } from "../../core/plan/deletion.ts";
import { hasExpansion } from "../../core/take-over/definition.ts";
import { isServed, keyOf, leftLines, planUninstall, some } from "../../core/uninstall/plan-uninstall.ts";
import { isAbsent } from "../../kube/error.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { list, listIfServed } from "../../kube/list.ts";
import {
  definitionRef,
  NAMESPACES,
  NODE_CLAIMS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  type Ref,
  refOf,
} from "../../kube/resources.ts";
import { get, jsonPatch, remove } from "../../kube/verbs.ts";
import { WORKSPACES_OF } from "../../kube/workspaces.ts";
import type { Report } from "../../local/report.ts";
import { until } from "../../local/until.ts";
import { UsageError } from "../../option.ts";
import { isOurs, nodeClaimDefinition } from "../up/install.ts";
import { BOTH_WORKSPACES, listAllWorkspaces, workspaceRef } from "../workspaces.ts";
import { readAppliers } from "./appliers.ts";
import { CONFIGURATIONS, type Installed, PROCESSES, REST, readInstalled, removeInstalled } from "./installed.ts";
import { deleteModels } from "./models.ts";
import { namespacesEnd } from "./namespaces-end.ts";
import { reconcilerWorks } from "./reconciler-works.ts";

export interface UninstallOptions {
  readonly kubeconfig: string;
  readonly context: string;
  /** Delete all Workspaces, and wait for their nodes to go, before anything else does. */
  readonly deleteModels: boolean;
  readonly timeoutMs: number;
}

// 30 seconds to end what is under way, and as much to notice.
const PROCESSES_GONE_MS = 60_000;
const PROCESS_PODS = "app.kubernetes.io/name in (foresail-webhook, foresail-reconciler)";
const DEFINITION_GONE_MS = 60_000;

/**
 * Takes Foresail out of a cluster, whoever installed it and whatever of it is left: configurations first, so that nobody is
 * called who does not answer; then the processes; then our finalizers, which nobody would remove any more; then rights,
 * namespace and definitions.
 * @returns a line for all that stays, with what to do about it
 * Throws UsageError where something would put it back, or models are to end and nobody can end them.
 */
export async function uninstall(kube: Kube, options: UninstallOptions, report: Report): Promise<readonly string[]> {
  const [configurations, processes, rest] = await Promise.all(
    [CONFIGURATIONS, PROCESSES, REST].map((kinds) => readInstalled(kube, kinds)),
  );
  const all = [configurations, processes, rest].flatMap((parts) => parts ?? []);
  const workspaces = await listAllWorkspaces(kube);
  const definitions = await ownDefinitions(kube);
  const isToGo = (workspace: JsonObject): boolean => isServed(workspace, definitions);
  const plan = planUninstall(
    {
      workspaces,
      appliers: await readAppliers(kube, all),
      claims: await managedClaims(kube),
      reconciler: options.deleteModels && workspaces.some(isToGo) && (await reconcilerWorks(kube)),
      definitions,
    },
    options.deleteModels,
  );
  if (plan.refusals.length > 0) throw new UsageError(plan.refusals.join("\n"));
  const removeParts = async (parts: typeof configurations): Promise<void> => {
    for (const line of await removeInstalled(kube, parts ?? [])) report.line(line);
  };

  await removeParts(configurations);
  if (plan.deleted.length > 0) {
    const { deleted, startReconciler } = plan;
    await deleteModels(kube, { ...options, workspaces: deleted, isToGo, startReconciler }, report);
    report.line(`removed ${plan.deleted.length} Workspaces and their nodes`);
  }
  await removeParts(processes);
  await processesEnd(kube, report);
  for (const workspace of plan.released) await release(kube, workspace);
  if (plan.released.length > 0) report.line(`removed our finalizer from ${plan.released.length} Workspaces`);
  const others = await disused(kube, rest ?? [], report);
  await removeParts(others);
  for (const group of plan.definitionsGo) await removeDefinition(kube, definitionRef(WORKSPACES_OF[group]), report);
  await removeClaimDefinition(kube, report);
  const going = await namespacesEnd(kube, others, options.timeoutMs, report);
  const left = await listAllWorkspaces(kube);
  // What we held was released.
  const keys = new Set(workspaces.filter(isToGo).map(keyOf));
  const stays = leftLines(
    left.filter((one) => isToGo(one) || keys.has(keyOf(one))),
    await managedClaims(kube),
  );
  return [...stays, ...going];
}

/** A namespace that carries our label goes only where nothing of anybody's is in it. */
async function disused(kube: Kube, parts: readonly Installed[], report: Report): Promise<readonly Installed[]> {
  const kept: Installed[] = [];
  for (const part of parts) {
    const { name } = part.object.metadata;
    const held = part.resource === NAMESPACES ? await contents(kube, name) : [];
    if (held.length === 0) kept.push(part);
    else report.line(`Namespace ${name} stays: it holds ${some(held)}`);
  }
  return kept;
}

async function contents(kube: Kube, namespace: string): Promise<readonly string[]> {
  const lists = await Promise.all(
    [...BOTH_WORKSPACES, PODS, PERSISTENT_VOLUME_CLAIMS].map(async (resource) => {
      const items = await listIfServed(kube, resource, { namespace });
      return items.map(({ metadata: { name } }) => `${resource.kind} ${name}`);
    }),
  );
  return lists.flat();
}

async function managedClaims(kube: Kube): Promise<readonly KubeObject[]> {
  return (await listIfServed(kube, NODE_CLAIMS)).filter(isManagedClaim);
}

async function ownDefinitions(kube: Kube): Promise<readonly WorkspaceGroup[]> {
  const definitions = await Promise.all(
    WORKSPACE_GROUPS.map((group) => get(kube, definitionRef(WORKSPACES_OF[group]))),
  );
  return WORKSPACE_GROUPS.filter((_, i) => definitions[i] !== undefined && hasExpansion(definitions[i]));
}

/** A process that still runs would put finalizers back. */
async function processesEnd(kube: Kube, report: Report): Promise<void> {
  await until("the pods of Foresail to be gone", PROCESSES_GONE_MS, async () => {
    const { items } = await list(kube, PODS, { labelSelector: PROCESS_PODS });
    if (items.length > 0) report.progress(`${items.length} pods of Foresail are ending`);
    return items.length === 0;
  });
}

/** Only while it is the finalizer we read: somebody else's may have come or gone in between, which is a conflict. */
async function release(kube: Kube, workspace: KubeObject): Promise<void> {
  const index = textsAt(workspace, "metadata", "finalizers").indexOf(FINALIZER);
  const path = `/metadata/finalizers/${index}`;
  const patch = [
    { op: "test", path, value: FINALIZER },
    { op: "remove", path },
  ];
  try {
    await jsonPatch(kube, workspaceRef(workspace), patch);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

async function removeDefinition(kube: Kube, definition: Ref, report: Report): Promise<void> {
  if (await remove(kube, definition)) report.line(`removed CustomResourceDefinition ${definition.name}`);
  await until(`${definition.name} to be gone`, DEFINITION_GONE_MS, async () => !(await get(kube, definition)));
}

/** Karpenter's Kind goes only where `foresail up` brought it and nobody uses it; else it may be Karpenter's own. */
async function removeClaimDefinition(kube: Kube, report: Report): Promise<void> {
  const { resource, object } = nodeClaimDefinition();
  const ref = refOf(resource, object);
  const installed = await get(kube, ref);
  if (installed === undefined || !isOurs(installed)) return;
  if ((await listIfServed(kube, NODE_CLAIMS)).length > 0) return;
  if (await remove(kube, ref)) report.line(`removed CustomResourceDefinition ${ref.name}`);
}
