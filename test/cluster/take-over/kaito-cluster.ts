import { setTimeout as pause } from "node:timers/promises";
import type { Json, JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { NODE_CLASS } from "../../../src/local/karpenter.ts";
import {
  type KaitoWorkspace,
  kaitoClaim,
  kaitoMetadata,
  kaitoObjects,
  kaitoPool,
  kaitoStatus,
  stated,
} from "../../support/kaito.ts";
import { workspacePath } from "../e2e/workspaces.ts";
import { cluster, read, readItems, waitFor } from "../support/cluster.ts";
import { manifest } from "../support/install.ts";

export const DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.kaito.sh";
const PODS_MS = 120_000;

export interface Named {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: { readonly [label: string]: string };
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export function ourDefinition(): JsonObject {
  return manifest("crds/workspaces.kaito.sh.yaml")[0] ?? {};
}

// What KAITO v0.12 has in the status of a Workspace.
const KAITO_STATUS = ["conditions", "performance", "state", "targetNodeCount", "workerNodes"];

/** KAITO's definition: its fields are a part of ours. */
export function kaitoDefinition(): JsonObject {
  const definition = structuredClone(ourDefinition()) as unknown as {
    metadata: { annotations?: JsonObject; labels?: JsonObject };
    spec: { versions: Version[] };
  };
  delete definition.metadata.annotations;
  delete definition.metadata.labels;
  for (const version of definition.spec.versions) {
    const { properties } = version.schema.openAPIV3Schema;
    delete properties["expansion"];
    const status = properties["status"] as { default?: Json; properties: Record<string, Json> };
    delete status.default;
    status.properties = Object.fromEntries(
      Object.entries(status.properties).filter(([key]) => KAITO_STATUS.includes(key)),
    );
    version.additionalPrinterColumns = [{ name: "Instance", type: "string", jsonPath: ".resource.instanceType" }];
  }
  return definition as unknown as JsonObject;
}

interface Version {
  additionalPrinterColumns: JsonObject[];
  readonly schema: { readonly openAPIV3Schema: { readonly properties: Record<string, Json> } };
}

/** As `kubectl replace` or a GitOps tool puts a definition over another, and waits until it is served. */
export async function putDefinition(definition: JsonObject): Promise<void> {
  const { api } = cluster();
  const live = await read<{ metadata: { resourceVersion: string } }>(DEFINITION);
  const metadata = definition["metadata"] as JsonObject;
  if (live === undefined) {
    await api.must({ method: "POST", path: DEFINITION.slice(0, DEFINITION.lastIndexOf("/")), body: definition });
  } else {
    const body = { ...definition, metadata: { ...metadata, resourceVersion: live.metadata.resourceVersion } };
    await api.must({ method: "PUT", path: DEFINITION, body });
  }
  const wanted = JSON.stringify(definition).includes('"expansion"');
  await waitFor("the definition to be served", async () => {
    // Told to come back later while the storage is opened anew.
    const served = await api.call({ path: "/apis/kaito.sh/v1beta1/workspaces" });
    return served.status === 200 && (await knowsExpansion()) === wanted;
  });
}

/** Whether the API server that answers knows the field now: it says so in its OpenAPI document. */
async function knowsExpansion(): Promise<boolean | undefined> {
  const document = await read<JsonObject>("/openapi/v3/apis/kaito.sh/v1beta1");
  return document === undefined ? undefined : JSON.stringify(document).includes('"expansion"');
}

/** KAITO's own controller, as far as others see it: a Deployment. Nothing runs in it. */
export async function kaitoController(replicas: number): Promise<void> {
  const { api } = cluster();
  const path = "/apis/apps/v1/namespaces/kube-system/deployments";
  const labels = { "app.kubernetes.io/name": "workspace" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "workspace", image: "kaito" }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "kaito-workspace", labels }, spec };
  const answer = await api.call({ method: "POST", path, body: object });
  if (answer.status === 409)
    await api.must({ method: "PATCH", path: `${path}/kaito-workspace`, body: { spec: { replicas } } });
}

/** Makes a Workspace and all that KAITO makes for it, as KAITO does it, up to a model that serves. */
export async function kaitoServes(wanted: Omit<KaitoWorkspace, "uid">): Promise<KaitoWorkspace> {
  const { api } = cluster();
  const { namespace, name } = wanted;
  const by = "?fieldManager=workspace";
  const object = stated(wanted);
  const collection = `/apis/kaito.sh/v1beta1/namespaces/${namespace}/workspaces`;
  const stored = (await api.must({ method: "POST", path: collection, body: object })) as unknown as Named;
  const made: KaitoWorkspace = { ...wanted, uid: stored.metadata.uid };
  const path = workspacePath(namespace, name);
  await api.must({ method: "PATCH", path: path + by, body: { metadata: kaitoMetadata(object) } });
  const claims = "/apis/karpenter.sh/v1/nodeclaims";
  if (made.nodes === "gpu-provisioner") {
    await api.must({ method: "POST", path: claims + by, body: kaitoClaim(made, { ...NODE_CLASS }) });
  } else if (made.nodes === "karpenter") {
    await api.must({ method: "POST", path: `/apis/karpenter.sh/v1/nodepools${by}`, body: poolFor(made) });
  }
  for (const child of kaitoObjects(made))
    await api.must({ method: "POST", path: pathOf(child, namespace) + by, body: child });
  return made;
}

/** Waits for the pods and writes the status that KAITO writes then. */
export async function kaitoIsReady({ namespace, name }: KaitoWorkspace): Promise<void> {
  const nodes = await waitFor(
    `the pods of ${namespace}/${name}`,
    async () => {
      const pods = await podsOf(namespace, name);
      const ready = pods.filter((pod) =>
        pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
      );
      return ready.length > 0 && ready.length === pods.length ? pods.map(({ spec }) => spec.nodeName ?? "") : undefined;
    },
    PODS_MS,
  );
  const status = kaitoStatus(nodes, new Date().toISOString().replace(/\.\d+Z$/, "Z"));
  const path = `${workspacePath(namespace, name)}/status?fieldManager=workspace`;
  await cluster().api.must({ method: "PATCH", path, body: { status } });
}

// The gate StaticCapacity is off in the Karpenter of the tests: such a pool follows its pods, and is told to leave them alone.
function poolFor(made: KaitoWorkspace): JsonObject {
  const pool = kaitoPool(made, { ...NODE_CLASS });
  const { replicas: _, ...spec } = pool["spec"] as JsonObject;
  return { ...pool, spec: { ...spec, disruption: { consolidateAfter: "0s", budgets: [{ nodes: "0" }] } } };
}

function pathOf({ apiVersion, kind }: JsonObject, namespace: string): string {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${String(apiVersion)}`;
  return `${root}/namespaces/${namespace}/${String(kind).toLowerCase()}s`;
}

export interface Pod extends Named {
  readonly spec: { readonly nodeName?: string };
}

export async function podsOf(namespace: string, name?: string): Promise<readonly Pod[]> {
  const selector = name === undefined ? "" : `?labelSelector=kaito.sh/workspace%3D${name}`;
  return await readItems<Pod>(`/api/v1/namespaces/${namespace}/pods${selector}`);
}

/** UIDs of all pods of a namespace, by the name of their Workspace and sorted. */
export async function podUids(namespace: string, but: readonly string[] = []): Promise<readonly string[]> {
  return (await podsOf(namespace))
    .map(({ metadata }) => ({ uid: metadata.uid, owner: metadata.labels?.["kaito.sh/workspace"] ?? "" }))
    .filter(({ owner }) => !but.includes(owner))
    .map(({ uid, owner }) => `${owner} ${uid}`)
    .sort();
}

// Longer than the controllers of a busy machine are behind.
const SETTLED_MS = 10_000;

/**
 * UIDs of the pods of a namespace when none was replaced for a while. A node that registers loses Karpenter's taint
 * unregistered:NoExecute; where the controller that evicts for taints hears of a pod before it hears of that, it deletes the
 * pod, ready or not, and its StatefulSet makes another.
 */
export async function settledPodUids(namespace: string): Promise<readonly string[]> {
  let last: readonly string[] = [];
  let sinceMs = Date.now();
  return await waitFor(
    "pods that stay",
    async () => {
      const now = await podUids(namespace);
      if (now.join() !== last.join()) [last, sinceMs] = [now, Date.now()];
      return Date.now() - sinceMs >= SETTLED_MS ? now : undefined;
    },
    PODS_MS,
  );
}

interface Event {
  readonly metadata: { readonly creationTimestamp: string };
  readonly regarding?: { readonly kind?: string; readonly name?: string };
  readonly reason?: string;
  readonly note?: string;
  readonly reportingController?: string;
}

/** Throws where pods are not those that were there, with what the cluster tells of the others. */
export async function mustBeSamePods(
  namespace: string,
  before: readonly string[],
  replaced: readonly string[] = [],
): Promise<void> {
  const expected = before.filter((one) => !replaced.includes(one.split(" ")[0] ?? ""));
  const found = await podUids(namespace, replaced);
  const strange = expected.filter((one) => !found.includes(one));
  if (strange.length === 0 && found.length === expected.length) return;
  const names = strange.map((one) => one.split(" ")[0] ?? "");
  const events = (await readItems<Event>("/apis/events.k8s.io/v1/events"))
    .filter(({ regarding = {}, note = "" }) => names.some((name) => `${regarding.name} ${note}`.includes(name)))
    .map((one) => {
      const { regarding = {}, reason, note, reportingController, metadata } = one;
      return `${metadata.creationTimestamp} ${regarding.kind} ${regarding.name}: ${reason} (${reportingController}): ${note}`;
    });
  const claims = await Promise.all(names.map((name) => kaitoNodesOf(namespace, name)));
  throw new Error(
    [
      `gone: ${strange.join(", ")}`,
      `there: ${found.filter((one) => !expected.includes(one)).join(", ")}`,
      `nodes of KAITO's: ${claims.join("; ")}`,
      ...events.sort(),
    ].join("\n"),
  );
}

export async function workspacesIn(namespace: string): Promise<readonly Workspace[]> {
  return await readItems<Workspace>(`/apis/kaito.sh/v1beta1/namespaces/${namespace}/workspaces`);
}

const REST_MS = 3000;

/** The Workspaces of a namespace when none of them has been written for a while. */
export async function atRest(namespace: string): Promise<readonly Workspace[]> {
  let last = "";
  return await waitFor("nothing to be written", async () => {
    const all = await workspacesIn(namespace);
    const versions = all.map(({ metadata }) => metadata.resourceVersion).join(" ");
    const rests = versions === last;
    last = versions;
    if (rests) return all;
    await pause(REST_MS);
    return undefined;
  });
}

/** Names of the claims and NodePools that KAITO made for a Workspace and that are there. */
export async function kaitoNodesOf(namespace: string, name: string): Promise<readonly string[]> {
  const selectors = [
    ["nodeclaims", `kaito.sh/workspace=${name},kaito.sh/workspacenamespace=${namespace}`],
    ["nodeclaims", `karpenter.kaito.sh/workspace-name=${name},karpenter.kaito.sh/workspace-namespace=${namespace}`],
    ["nodepools", `karpenter.kaito.sh/workspace-name=${name},karpenter.kaito.sh/workspace-namespace=${namespace}`],
  ] as const;
  const found = await Promise.all(
    selectors.map(([plural, selector]) =>
      readItems<Named>(`/apis/karpenter.sh/v1/${plural}?labelSelector=${encodeURIComponent(selector)}`),
    ),
  );
  return found.flat().map(({ metadata }) => metadata.name);
}
