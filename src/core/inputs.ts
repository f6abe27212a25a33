import { canonicalJson, type JsonObject, sha256Hex } from "./json.ts";
import type { ObjectMeta } from "./kinds/kind.ts";
import type { Workspace } from "./kinds/workspace.ts";

/**
 * The annotations an expansion depends on: one closed list, used for the hash and for the matchConditions of the
 * webhook configurations. `foresail.dev/upgrade` is not one: it says when to expand, not what to.
 */
export const inputAnnotations = [
  "foresail.dev/adopt",
  "foresail.dev/allow-from",
  "foresail.dev/api-key-secret",
  "foresail.dev/capacity-type",
  "foresail.dev/catalog",
  "foresail.dev/chat-api",
  "foresail.dev/fallback-instance-types",
  "foresail.dev/gpu",
  "foresail.dev/max-hourly-price",
  "foresail.dev/placement",
  "foresail.dev/provision",
  "foresail.dev/region",
  "foresail.dev/replicas",
  "foresail.dev/rollout",
  "foresail.dev/ttl",
  "foresail.dev/weights-claim",
  "foresail.dev/zones",
  "inference.kaito.sh/static-model-mirror",
  "kaito.sh/bypass-resource-checks",
  "kaito.sh/enablelb",
  "kaito.sh/model-streaming",
  "kaito.sh/node-class-name",
  "kaito.sh/node-image-family",
  "kaito.sh/performance-mode",
  "kaito.sh/runtime",
  "kaito.sh/use-local-weights",
] as const;

export type InputAnnotation = (typeof inputAnnotations)[number];

export const upgradeAnnotation = "foresail.dev/upgrade";

/** What a user states that an expansion depends on; no label is an input. Absent members stay absent. */
export function inputsOf(workspace: Workspace): JsonObject {
  const metadata: ObjectMeta = workspace.metadata;
  const annotations: Record<string, string> = {};
  for (const name of inputAnnotations) {
    const value = metadata.annotations?.[name];
    if (value !== undefined) annotations[name] = value;
  }
  return {
    annotations,
    inference: workspace.inference as JsonObject | undefined,
    name: metadata.name,
    namespace: metadata.namespace,
    resource: workspace.resource as JsonObject | undefined,
    tuning: workspace.tuning as JsonObject | undefined,
  };
}

/** `sha256:` and 64 hex digits over the canonical JSON of the inputs. */
export function inputsHash(workspace: Workspace): string {
  return `sha256:${sha256Hex(canonicalJson(inputsOf(workspace)))}`;
}
