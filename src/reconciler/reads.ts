import { comingPod } from "../core/capacity/coming-pod.ts";
import { nameOf, objectAt, textAt } from "../core/capacity/fields.ts";
import { children } from "../core/children/children.ts";
import { configReference } from "../core/children/user-config.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import type { World } from "../core/world.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { CONFIG_MAPS } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import { CHILDREN } from "./caches.ts";
import type { Sources } from "./gather.ts";
import { namespaceLabels } from "./namespace-labels.ts";
import { withTrial } from "./preset-pods.ts";
import { volumesOf } from "./volumes.ts";

/** What is not watched, and is read of the API server for a look at what the caches know. */
export async function readFor(
  sources: Pick<Sources, "kube" | "installation">,
  known: World,
  signal: AbortSignal,
): Promise<Partial<World>> {
  const { kube } = sources;
  const { workspace } = known;
  const presetPods = known.presetPods === undefined ? undefined : await withTrial(kube, known.presetPods.pods, signal);
  const configMap = workspace === undefined ? undefined : await userConfig(kube, workspace, signal);
  const pods = [...known.pods, ...(presetPods?.pods ?? [])];
  const read = await readOfPods(sources, { ...known, pods }, signal);
  return {
    ...(presetPods === undefined ? {} : { presetPods }),
    ...(configMap === undefined ? {} : { configMap }),
    ...read,
    ...(workspace === undefined ? {} : { children: await childrenOf(kube, known.children, workspace, signal) }),
  };
}

/** What only pods that need a node are asked for, and read of the API server for these. */
async function readOfPods(
  { kube, installation }: Pick<Sources, "kube" | "installation">,
  { workspace, pods, elsewhere }: Pick<World, "workspace" | "pods" | "elsewhere">,
  signal: AbortSignal,
): Promise<Pick<World, "namespaces" | "volumes">> {
  const coming = comingPod(workspace);
  // Volumes decide which nodes are bought, and nothing else.
  const buys = installation.settings.provider !== "byo" && workspace?.expansion?.nodes.provision !== false;
  const [namespaces, volumes] = await Promise.all([
    namespaceLabels(kube, [...pods, ...(elsewhere?.pods ?? [])], [objectAt(coming, "spec")], signal),
    buys ? volumesOf(kube, pods, [coming], signal) : undefined,
  ]);
  return {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(volumes === undefined ? {} : { volumes }),
  };
}

/** The cached children, and of those that are missing whatever carries their name: it may be somebody else's. */
async function childrenOf(
  kube: Kube,
  known: readonly JsonObject[],
  workspace: Workspace,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const missing = children(workspace).filter((wanted) => !known.some((live) => isSame(live, wanted)));
  const found = await Promise.all(missing.map((wanted) => readNamesake(kube, workspace, wanted, signal)));
  return [...known, ...found.filter((object) => object !== undefined)];
}

function isSame(live: JsonObject, wanted: JsonObject): boolean {
  return live["kind"] === wanted["kind"] && nameOf(live) === nameOf(wanted);
}

async function readNamesake(
  kube: Kube,
  workspace: Workspace,
  wanted: JsonObject,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const resource = CHILDREN.find((one) => one.kind === wanted["kind"]);
  if (resource === undefined) throw new TypeError(`no resource is known for kind ${String(wanted["kind"])}`);
  const namespace = workspace.metadata.namespace ?? "";
  return await get(kube, { resource, namespace, name: textAt(wanted, "metadata", "name") ?? "" }, { signal });
}

async function userConfig(kube: Kube, workspace: Workspace, signal: AbortSignal): Promise<KubeObject | undefined> {
  const reference = configReference(workspace);
  if (reference === undefined) return undefined;
  const namespace = workspace.metadata.namespace ?? "";
  return await get(kube, { resource: CONFIG_MAPS, namespace, name: reference.name }, { signal });
}
