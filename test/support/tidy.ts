import { nameOf, namespaceOf, objectsAt, textAt } from "../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { isOfAgentPools } from "../../src/core/uninstall/plan-uninstall.ts";
import { cluster, waitFor } from "../cluster/support/cluster.ts";
import { isOwnGroupKnown, removeOwnGroup } from "../cluster/support/own-group.ts";
import { removeConfigurations } from "../cluster/support/webhook.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
// Only where the reconciler makes machines itself.
const RIGHTS = ["clusterroles", "clusterrolebindings"].map((plural) => `${RBAC}/${plural}/foresail-machines`);
const WORKSPACES = "/apis/kaito.sh/v1beta1/workspaces";
const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
const NODES = "/api/v1/nodes";
const NODES_GONE_MS = 30_000;

/**
 * Ends what a file left in the cluster of its lane, so that the next one finds what it would find alone: a reconciler looks
 * after all Workspaces and claims there are, and a test that counts would count these. Nobody who holds a finalizer runs any
 * more, but Karpenter, which ends its own machines.
 * @returns what was left, to be told
 */
export async function tidy(): Promise<readonly string[]> {
  const { api } = cluster();
  await removeConfigurations();
  for (const path of RIGHTS) await api.call({ method: "DELETE", path });
  if (isOwnGroupKnown()) await removeOwnGroup();
  const [workspaces, claims] = [await itemsOf(WORKSPACES), await itemsOf(CLAIMS)];
  for (const object of workspaces) {
    const path = WORKSPACES.replace("workspaces", `namespaces/${namespaceOf(object)}/workspaces`);
    await remove(`${path}/${nameOf(object)}`, true);
  }
  for (const object of claims) await remove(`${CLAIMS}/${nameOf(object)}`, isOfAgentPools(object));
  await waitFor("the nodes that were left to be gone", nodesAreGone, NODES_GONE_MS);
  return [
    ...workspaces.map((one) => `Workspace ${namespaceOf(one)}/${nameOf(one)}`),
    ...claims.map((one) => `NodeClaim ${nameOf(one)}`),
  ];
}

/** Nodes that nobody's claim stands for are those of a cloud that was played. */
async function nodesAreGone(): Promise<boolean> {
  const claimed = new Set((await itemsOf(CLAIMS)).map((claim) => textAt(claim, "status", "nodeName")));
  const nodes = await itemsOf(NODES);
  for (const node of nodes) if (!claimed.has(nameOf(node))) await remove(`${NODES}/${nameOf(node)}`, true);
  return nodes.length === 0;
}

async function remove(path: string, release: boolean): Promise<void> {
  const { api } = cluster();
  await api.call({ method: "DELETE", path });
  if (release) await api.call({ method: "PATCH", path, body: { metadata: { finalizers: null } } });
}

/** Objects of a kind; none where it is not served. */
async function itemsOf(path: string): Promise<readonly JsonObject[]> {
  const { status, body } = await cluster().api.call({ path });
  return status === 200 ? objectsAt(body, "items") : [];
}
