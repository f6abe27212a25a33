import { isObject, type JsonObject } from "../../core/json.ts";
import { CONFIGURATION_NAME, shippedWebhookConfigurations } from "../../core/webhook-configuration.ts";
import { probe } from "../../doctor/probe.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS } from "../../kube/resources.ts";
import { apply, get, remove } from "../../kube/verbs.ts";
import { until } from "../../local/until.ts";
import { FIELD_MANAGER } from "./install.ts";
import { ownAnnotations } from "./owner.ts";

const RESOURCES = [MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS] as const;
// The CA is written within a second and the API server notices a configuration within one more; the rest is patience.
const PROBE_TIMEOUT_MS = 30_000;

/** The configurations named like ours that exist. */
export async function readConfigurations(kube: Kube): Promise<readonly KubeObject[]> {
  const found = await Promise.all(RESOURCES.map((resource) => get(kube, { resource, name: CONFIGURATION_NAME })));
  return found.filter((object) => object !== undefined);
}

/** Removes both; false when there was none. */
export async function removeConfigurations(kube: Kube): Promise<boolean> {
  const gone = await Promise.all(RESOURCES.map((resource) => remove(kube, { resource, name: CONFIGURATION_NAME })));
  return gone.some(Boolean);
}

/** Who answers the API server. */
export interface Server {
  /** `https://HOST:PORT` */
  readonly url: string;
  /** Process of this machine that lives as long as the server does. */
  readonly ownerPid: number;
}

/**
 * Makes the API server call `server` for Workspaces. It is asked to ignore failures until a dry-run create came back expanded:
 * a webhook that cannot be reached must never block the cluster. Throws when that does not happen, with nothing left behind.
 */
export async function installConfigurations(kube: Kube, server: Server, alive: () => void): Promise<void> {
  await applyConfigurations(kube, server, "Ignore");
  try {
    await until(`the API server to reach the webhook at ${server.url}`, PROBE_TIMEOUT_MS, async () => {
      alive();
      return await isExpanded(kube);
    });
    await applyConfigurations(kube, server, "Fail");
  } catch (error) {
    await removeConfigurations(kube);
    throw error;
  }
}

async function applyConfigurations(kube: Kube, server: Server, failurePolicy: "Ignore" | "Fail"): Promise<void> {
  const shipped = shippedWebhookConfigurations();
  for (const [i, resource] of RESOURCES.entries()) {
    const object = at(shipped[i] ?? {}, server, failurePolicy);
    await apply(kube, resource, object, { fieldManager: FIELD_MANAGER, force: true });
  }
}

/** A configuration that ships, reaching this process instead of the Service. */
function at(shipped: JsonObject, { url, ownerPid }: Server, failurePolicy: string): KubeObject {
  const metadata = isObject(shipped["metadata"]) ? shipped["metadata"] : {};
  const webhooks = Array.isArray(shipped["webhooks"]) ? shipped["webhooks"].filter(isObject) : [];
  return {
    ...shipped,
    metadata: { ...metadata, name: CONFIGURATION_NAME, annotations: ownAnnotations(ownerPid) },
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      failurePolicy,
      clientConfig: { url: url + pathOf(webhook) },
    })),
  };
}

function pathOf(webhook: JsonObject): string {
  const { clientConfig } = webhook;
  const service = isObject(clientConfig) && isObject(clientConfig["service"]) ? clientConfig["service"] : {};
  return String(service["path"]);
}

/** Whether a create, which is only tried, gets its expansion; refused by admission, it was reached, which is all that is asked. */
async function isExpanded(kube: Kube): Promise<boolean> {
  const { kind } = await probe(kube, "default");
  return kind === "expanded" || kind === "denied";
}
