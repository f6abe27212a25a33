import type { JsonObject } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import { connect } from "../kube/connect.ts";
import { isUnserved } from "../kube/error.ts";
import { list } from "../kube/list.ts";
import { WORKSPACES } from "../kube/resources.ts";
import { UsageError } from "../option.ts";
import { withoutServerFields } from "./stored.ts";

// kubectl's copy of what was applied: the same object once more, as text.
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The Workspaces a cluster holds, of one namespace or all, without status and without what the server adds.
 * Throws UsageError when the cluster does not know the Kind.
 */
export async function liveWorkspaces(
  cluster: { readonly kubeconfig: string; readonly context: string },
  namespace: string | undefined,
): Promise<readonly Workspace[]> {
  const kube = await connect(cluster);
  try {
    const { items } = await list(kube, WORKSPACES, namespace === undefined ? {} : { namespace });
    return items.map((item) => asRendered(item) as unknown as Workspace);
  } catch (error) {
    if (isUnserved(error)) throw new UsageError(`${kube.server} has no Workspace definition: nothing to render`);
    throw error;
  } finally {
    await kube.close();
  }
}

function asRendered(object: JsonObject): JsonObject {
  const { status: _, ...stated } = object;
  const { annotations = {}, finalizers: __, ...metadata } = withoutServerFields(object["metadata"] as JsonObject);
  const { [LAST_APPLIED]: ___, ...kept } = annotations as { [key: string]: string };
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    ...stated,
    metadata: { ...metadata, ...(Object.keys(kept).length > 0 && { annotations: kept }) },
  };
}
