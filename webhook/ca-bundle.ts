import { isObject, type Json } from "../src/core/json.ts";
import type { Kube, KubeObject } from "../src/kube/kube.ts";
import { MUTATING_WEBHOOK_CONFIGURATIONS, refOf, VALIDATING_WEBHOOK_CONFIGURATIONS } from "../src/kube/resources.ts";
import { get, jsonPatch } from "../src/kube/verbs.ts";

const RESOURCES = [MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS] as const;

/** One of the two configurations of the given name, with what addresses it. */
export interface Configuration {
  readonly resource: (typeof RESOURCES)[number];
  readonly object: KubeObject;
}

/** Those of the mutating and the validating configuration `name` that exist. */
export async function readConfigurations(kube: Kube, name: string): Promise<readonly Configuration[]> {
  const found = await Promise.all(
    RESOURCES.map(async (resource) => ({ resource, object: await get(kube, { resource, name }) })),
  );
  return found.flatMap(({ resource, object }) => (object === undefined ? [] : [{ resource, object }]));
}

/** What each webhook of the configurations trusts, as PEM; "" for one that has no CA yet. */
export function caBundlesOf(configurations: readonly Configuration[]): readonly string[] {
  return configurations.flatMap(({ object }) => webhooksOf(object).map(caBundleOf));
}

/**
 * Makes every webhook of the configurations trust `caBundle` (PEM); returns how many configurations it had to write.
 * Throws KubeError 409 when one changed since it was read.
 */
export async function writeCaBundle(
  kube: Kube,
  configurations: readonly Configuration[],
  caBundle: string,
): Promise<number> {
  let written = 0;
  for (const { resource, object } of configurations) {
    const patch = caBundlePatch(object, caBundle);
    if (patch.length === 0) continue;
    await jsonPatch(kube, refOf(resource, object), patch, { fieldManager: "foresail-webhook" });
    written++;
  }
  return written;
}

/**
 * JSON Patch that sets the CA of every webhook which has another one, and nothing else; empty when all have it. Stating the
 * resourceVersion makes it fail instead of hitting another list element when the configuration changed in between.
 */
export function caBundlePatch(configuration: KubeObject, caBundle: string): readonly Json[] {
  const wanted = Buffer.from(caBundle).toString("base64");
  const changes = webhooksOf(configuration).flatMap((webhook, index) => {
    if (caBundleOf(webhook) === caBundle) return [];
    return [{ op: "add", path: `/webhooks/${index}/clientConfig/caBundle`, value: wanted }];
  });
  if (changes.length === 0) return [];
  const { resourceVersion = "" } = configuration.metadata;
  return [{ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion }, ...changes];
}

function webhooksOf(configuration: KubeObject): readonly unknown[] {
  return Array.isArray(configuration["webhooks"]) ? configuration["webhooks"] : [];
}

function caBundleOf(webhook: unknown): string {
  const clientConfig = isObject(webhook) && isObject(webhook["clientConfig"]) ? webhook["clientConfig"] : {};
  const { caBundle } = clientConfig;
  return typeof caBundle === "string" ? Buffer.from(caBundle, "base64").toString("utf8") : "";
}
