import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace, WorkspaceGroup } from "../../../src/core/kinds/workspace.ts";
import type { Condition } from "../../../src/core/kinds/workspace-status.ts";
import { cluster, readItems, waitFor } from "../support/cluster.ts";

const LONG_MS = 60_000;

export interface Kept {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: { readonly [label: string]: string };
    readonly managedFields?: readonly { readonly manager: string }[];
  };
}

export function collectionOf(group: WorkspaceGroup, namespace: string): string {
  return `/apis/${group}/v1beta1/namespaces/${namespace}/workspaces`;
}

/** The Workspace as git has it, in one of the groups. */
export function inGroup(group: WorkspaceGroup, object: JsonObject): JsonObject {
  return { ...object, apiVersion: `${group}/v1beta1` };
}

/** Waits until Ready of the Workspace has this reason, and gives the condition. */
export async function waitForReady(group: WorkspaceGroup, namespace: string, name: string, reason: string) {
  let last: readonly Condition[] | undefined;
  const found = waitFor(
    `Ready of ${group} ${namespace}/${name} to be ${reason}`,
    async () => {
      const all = await readItems<Workspace>(collectionOf(group, namespace));
      last = all.find(({ metadata }) => metadata.name === name)?.status?.conditions;
      return last?.find((one) => one.type === "Ready" && one.reason === reason);
    },
    LONG_MS,
  );
  return await found.catch((error: unknown) => {
    throw new Error(`${String(error)}; conditions: ${JSON.stringify(last)}`);
  });
}

/** What KAITO has in a namespace that nobody but KAITO writes: kind, name, uid and version of each. */
export async function kaitosOwn(namespace: string): Promise<readonly string[]> {
  const paths = {
    Workspace: collectionOf("kaito.sh", namespace),
    Service: `/api/v1/namespaces/${namespace}/services`,
    ControllerRevision: `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`,
  };
  const found = await Promise.all(
    Object.entries(paths).map(async ([kind, path]) =>
      (await readItems<Kept>(path)).filter(isKaitos).map(({ metadata }) => ({ kind, metadata })),
    ),
  );
  return lines(found.flat(), ({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
}

/** What others write, too, for KAITO: Kubernetes' controllers, kubelets, whoever makes nodes. None of it may be written by us. */
export async function kaitosShared(namespace: string): Promise<readonly string[]> {
  const paths = {
    StatefulSet: `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
    Pod: `/api/v1/namespaces/${namespace}/pods`,
    NodeClaim: `/apis/karpenter.sh/v1/nodeclaims?labelSelector=${encodeURIComponent(`kaito.sh/workspacenamespace=${namespace}`)}`,
  };
  const found = await Promise.all(
    Object.entries(paths).map(async ([kind, path]) =>
      (await readItems<Kept>(path)).filter(isKaitos).map(({ metadata }) => ({ kind, metadata })),
    ),
  );
  return lines(found.flat(), ({ metadata }) => {
    const ours = (metadata.managedFields ?? []).filter(({ manager }) => manager.startsWith("foresail"));
    return `${metadata.uid} ${JSON.stringify(metadata.labels ?? {})} ${ours.length === 0 ? "" : "WRITTEN BY FORESAIL"}`;
  });
}

/** Neither Foresail's, nor of a Deployment, which KAITO does not make. */
function isKaitos({ metadata }: Kept): boolean {
  const labels = metadata.labels ?? {};
  return labels["app.kubernetes.io/managed-by"] !== "foresail" && labels["pod-template-hash"] === undefined;
}

function lines(all: readonly Kept[], of: (one: Kept) => string): readonly string[] {
  return all.map((one) => `${one.kind} ${one.metadata.name} ${of(one)}`).sort();
}

/** All that Foresail has made for a Workspace: kind and name. */
export async function madeFor(namespace: string, name: string): Promise<readonly string[]> {
  const selector = encodeURIComponent(`app.kubernetes.io/managed-by=foresail,kaito.sh/workspace=${name}`);
  const paths = [
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
    `/api/v1/namespaces/${namespace}/services`,
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
  ].map((path) => `${path}?labelSelector=${selector}`);
  const claims = `/apis/karpenter.sh/v1/nodeclaims?labelSelector=${encodeURIComponent(`foresail.dev/workspace=${name},foresail.dev/workspace-namespace=${namespace}`)}`;
  const found = await Promise.all([...paths, claims].map((path) => readItems<Kept>(path)));
  return found.flat().map(({ metadata }) => metadata.name);
}

/** The end of a Workspace as KAITO plays it: its NodeClaims are deleted, not waited for, and the finalizer goes. */
export async function kaitoEnds(namespace: string, name: string): Promise<void> {
  const { api } = cluster();
  const path = `${collectionOf("kaito.sh", namespace)}/${name}`;
  await api.must({ method: "DELETE", path });
  const selector = encodeURIComponent(`kaito.sh/workspace=${name},kaito.sh/workspacenamespace=${namespace}`);
  const claims = "/apis/karpenter.sh/v1/nodeclaims";
  for (const { metadata } of await readItems<Kept>(`${claims}?labelSelector=${selector}`))
    await api.must({ method: "DELETE", path: `${claims}/${metadata.name}` });
  await api.must({ method: "PATCH", path: `${path}?fieldManager=workspace`, body: { metadata: { finalizers: null } } });
}
