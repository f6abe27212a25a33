import type { Json, JsonObject } from "../../../src/core/json.ts";
import type { Attempt } from "../../../src/core/kinds/workspace-status.ts";
import type { Handle } from "../../support/arm/handle.ts";
import { manifest, mustGetWorkspace, waitForCondition, workspacePath } from "../e2e/workspaces.ts";
import { cluster, mustKubectl, readItems, waitFor } from "../support/cluster.ts";
import type { LiveClaim } from "./claims.ts";

/** A Workspace with a pod of its own that runs on any size. */
export function own(instanceType: string, annotations: { readonly [name: string]: string } = {}): JsonObject {
  const resources = { limits: { "nvidia.com/gpu": "1" } };
  const template = { spec: { containers: [{ name: "model", image: "registry.example/model:1", resources }] } };
  const resource = { instanceType, labelSelector: { matchLabels: { apps: "m" } } };
  return manifest("m", { resource, inference: { template } }, { annotations: prefixed(annotations) });
}

export function prefixed(annotations: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`foresail.dev/${name}`, value]));
}

/** What the pools were asked to be, in order, of the claims of a namespace: sizes and zones. */
export async function asked(arm: Handle, space: string): Promise<readonly string[]> {
  const puts = arm.calls().filter(({ call, body }) => call === "put" && JSON.stringify(body).includes(space));
  return puts.map(({ body }) => {
    const properties = (body as { properties: { vmSize: string; availabilityZones?: readonly string[] } }).properties;
    return [properties.vmSize, ...(properties.availabilityZones ?? [])].join("/");
  });
}

/** As if the time of every refusal were over: the shortest is ten minutes. Until a node is asked for again. */
export async function timePasses(space: string): Promise<void> {
  const until = new Date(0).toISOString();
  await waitFor("the refused claim to be gone", async () => (await claimsOf(space)).length === 0);
  await waitFor("a node to be asked for again", async () => {
    const { status } = await mustGetWorkspace(space, "m");
    const attempts: readonly Attempt[] = (status?.attempts ?? []).map((one) => ({ ...one, until }));
    const path = `${workspacePath(space, "m")}/status`;
    // A status that the reconciler was about to write may take its place.
    await cluster().api.must({ method: "PATCH", path, body: { status: { attempts } } as unknown as Json });
    return (await claimsOf(space)).length > 0;
  });
}

export async function isReadyAndGoes(space: string): Promise<void> {
  await waitForCondition(space, "m", "Ready");
  await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
}

export async function claimsOf(space: string): Promise<readonly LiveClaim[]> {
  return await readItems<LiveClaim>(
    `/apis/karpenter.sh/v1/nodeclaims?labelSelector=foresail.dev/workspace-namespace%3D${space}`,
  );
}
