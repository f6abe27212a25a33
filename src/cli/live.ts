import { configReference } from "../core/children/user-config.ts";
import type { JsonObject } from "../core/json.ts";
import { storedApiVersion } from "../core/kinds/is-workspace.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import type { WorkspaceStatus } from "../core/kinds/workspace-status.ts";
import { connect } from "../kube/connect.ts";
import { isForbidden, isUnserved } from "../kube/error.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { CONFIG_MAPS } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import { UsageError } from "../option.ts";
import { withoutServerFields } from "./stored.ts";
import { listWorkspaces } from "./workspaces.ts";

// kubectl's copy of what was applied: the same object once more, as text.
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export interface ClusterChoice {
  readonly kubeconfig: string;
  readonly context: string;
}

/**
 * The Workspaces a cluster holds, of both groups, of one namespace or all, without status and without what the server adds.
 * Throws UsageError when the cluster does not know the Kind.
 */
export async function liveWorkspaces(
  cluster: ClusterChoice,
  namespace: string | undefined,
): Promise<readonly Workspace[]> {
  return await using(cluster, (kube) => workspacesOf(kube, namespace));
}

/** A Workspace with its status, and the ConfigMap it names where that is there and may be read. */
export interface WithSettings {
  readonly workspace: Workspace;
  readonly status?: WorkspaceStatus;
  readonly configMap?: JsonObject;
}

export async function liveWithSettings(
  cluster: ClusterChoice,
  namespace: string | undefined,
): Promise<readonly WithSettings[]> {
  return await using(cluster, async (kube) => {
    const all: WithSettings[] = [];
    for (const stored of await storedWorkspaces(kube, namespace)) {
      const workspace = asRendered(stored) as unknown as Workspace;
      const { status } = stored as unknown as Workspace;
      const configMap = await configMapOf(kube, workspace);
      all.push({
        workspace,
        ...(status === undefined ? {} : { status }),
        ...(configMap === undefined ? {} : { configMap }),
      });
    }
    return all;
  });
}

async function using<T>(cluster: ClusterChoice, read: (kube: Kube) => Promise<T>): Promise<T> {
  const kube = await connect(cluster);
  try {
    return await read(kube);
  } catch (error) {
    if (isUnserved(error)) throw new UsageError(`${kube.server} has no Workspace definition: nothing to render`);
    throw error;
  } finally {
    await kube.close();
  }
}

async function workspacesOf(kube: Kube, namespace: string | undefined): Promise<readonly Workspace[]> {
  const stored = await storedWorkspaces(kube, namespace);
  return stored.map((item) => asRendered(item) as unknown as Workspace);
}

async function storedWorkspaces(kube: Kube, namespace: string | undefined): Promise<readonly KubeObject[]> {
  const { items, unread } = await listWorkspaces(kube, namespace === undefined ? {} : { namespace });
  if (unread.length > 0) console.error(`not looked at, since you may not list them: ${unread.join(", ")}`);
  return items;
}

async function configMapOf(kube: Kube, workspace: Workspace): Promise<JsonObject | undefined> {
  const reference = configReference(workspace);
  const { namespace } = workspace.metadata;
  if (reference === undefined || namespace === undefined) return undefined;
  try {
    return await get(kube, { resource: CONFIG_MAPS, namespace, name: reference.name });
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

function asRendered(object: JsonObject): JsonObject {
  const { status: _, ...stated } = object;
  const { annotations = {}, finalizers: __, ...metadata } = withoutServerFields(object["metadata"] as JsonObject);
  const { [LAST_APPLIED]: ___, ...kept } = annotations as { [key: string]: string };
  return {
    kind: "Workspace",
    ...stated,
    apiVersion: storedApiVersion(stated),
    metadata: { ...metadata, ...(Object.keys(kept).length > 0 && { annotations: kept }) },
  };
}
