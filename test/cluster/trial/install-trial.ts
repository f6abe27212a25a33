import { join } from "node:path";
import { Kustomizations } from "../../../src/cli/input/kustomize/kustomizations.ts";
import { nameOf } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { collectionPath, FORESAIL_WORKSPACES } from "../../../src/kube/resources.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { apply, read, waitFor } from "../support/cluster.ts";
import type { Foresail } from "../support/foresail.ts";
import { statedBy } from "../support/install.ts";
import { startReconciler } from "../support/reconciler.ts";
import { startWebhook } from "../support/webhook.ts";

// The processes run on this machine instead.
const PODS = ["Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"];

/** manifests/overlays/trial as administrator, and both processes with the accounts, roles and arguments it has. */
export async function startTrial(...args: readonly string[]): Promise<Foresail> {
  const manifests = new Kustomizations("built-in").manifests(join(packageRoot(), "manifests/overlays/trial"));
  const objects = manifests.map(({ object }) => object);
  await apply(...objects.filter(({ kind }) => !PODS.includes(String(kind))));
  await served();
  const webhook = await startWebhook({ installed: statedOf(objects, "foresail-webhook"), group: "foresail.dev" });
  const installed = statedOf(objects, "foresail-reconciler");
  const nodeClass = "--node-class=karpenter.kwok.sh/KWOKNodeClass/default";
  const reconciler = await startReconciler({ installed, args: [nodeClass, ...args] });
  return {
    webhook,
    reconciler,
    stop: async () => {
      await reconciler.stop();
      await webhook.uninstall();
    },
  };
}

/** Waits for the definition of Workspaces of foresail.dev. */
export async function served(): Promise<void> {
  const path = collectionPath(FORESAIL_WORKSPACES, "default");
  await waitFor("Workspaces of foresail.dev to be served", async () => (await read(path)) !== undefined);
}

function statedOf(objects: readonly JsonObject[], name: string) {
  return statedBy(objects.find((object) => object["kind"] === "Deployment" && nameOf(object) === name));
}
