import { join } from "node:path";
import { Kustomizations } from "../../../src/cli/input/kustomize/kustomizations.ts";
import { nameOf } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { KubeObject } from "../../../src/kube/kube.ts";
import { collectionPath, FORESAIL_WORKSPACES } from "../../../src/kube/resources.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { apply, mustKubectl, read, waitFor } from "../support/cluster.ts";
import { type Foresail, together } from "../support/foresail.ts";
import { statedBy } from "../support/install.ts";
import { startReconciler } from "../support/reconciler.ts";
import { startWebhook } from "../support/webhook.ts";

// The processes run on this machine instead.
const PODS = ["Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"];
const CONFIGURATIONS = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** The objects of manifests/overlays/trial. */
function overlay(): readonly JsonObject[] {
  const manifests = new Kustomizations("built-in").manifests(join(packageRoot(), "manifests/overlays/trial"));
  return manifests.map(({ object }) => object);
}

/** Applies the overlay once more, and gives what that changed: kind and name. */
export async function changedByApplyingAgain(): Promise<readonly string[]> {
  // How the webhook is reached is the test's own.
  const objects = overlay().filter(({ kind }) => ![...PODS, ...CONFIGURATIONS].includes(String(kind)));
  const before = await versionsOf(objects);
  await apply(...objects);
  const after = await versionsOf(objects);
  return after.filter((one) => !before.includes(one));
}

async function versionsOf(objects: readonly JsonObject[]): Promise<readonly string[]> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { items }: { items: readonly KubeObject[] } = JSON.parse(
    await mustKubectl(["get", "-f", "-", "-o", "json"], list),
  );
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);
}

/** manifests/overlays/trial as administrator, and both processes with the accounts, roles and arguments it has. */
export async function startTrial(...args: readonly string[]): Promise<Foresail> {
  const objects = overlay();
  await apply(...objects.filter(({ kind }) => !PODS.includes(String(kind))));
  await served();
  const webhook = await startWebhook({ installed: statedOf(objects, "foresail-webhook"), group: "foresail.dev" });
  const installed = statedOf(objects, "foresail-reconciler");
  const nodeClass = "--node-class=karpenter.kwok.sh/KWOKNodeClass/default";
  return together(webhook, await startReconciler({ installed, args: [nodeClass, ...args] }));
}

/** Waits for the definition of Workspaces of foresail.dev. */
async function served(): Promise<void> {
  const path = collectionPath(FORESAIL_WORKSPACES, "default");
  await waitFor("Workspaces of foresail.dev to be served", async () => (await read(path)) !== undefined);
}

function statedOf(objects: readonly JsonObject[], name: string) {
  return statedBy(objects.find((object) => object["kind"] === "Deployment" && nameOf(object) === name));
}
