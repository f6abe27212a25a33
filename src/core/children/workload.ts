import { isObject, type JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { headlessServiceName } from "../names.ts";
import { childMetadata, podSelector } from "./metadata.ts";

/** Annotation of the pod template: hash of the user's ConfigMap, so that an edit rolls. */
export const CONFIG_HASH = "foresail.dev/config-hash";

// A node may take 15 minutes (Karpenter's registration limit), the startup probe of a big model 3 hours; the default of 10
// minutes would report every first start as failed.
const PROGRESS_DEADLINE_SECONDS = 14_400;
// Enough for `kubectl rollout undo`; the default of 10 keeps ten pod templates of up to 64 KiB each.
const REVISION_HISTORY_LIMIT = 3;

/** The Deployment, StatefulSet or Job of a Workspace, without `spec.replicas`: these have a field manager of their own. */
export function workload(workspace: Workspace, expansion: Expansion, configHash: string | undefined): JsonObject {
  const { kind, name } = expansion.workload;
  const metadata = childMetadata(workspace, name);
  const template = podTemplate(expansion, configHash);
  const selector = { matchLabels: podSelector(workspace) };
  switch (kind) {
    case "Deployment":
      return { apiVersion: "apps/v1", kind, metadata, spec: { ...deployment(expansion), selector, template } };
    case "StatefulSet":
      return { apiVersion: "apps/v1", kind, metadata, spec: { ...statefulSet(name), selector, template } };
    case "Job":
      // The API server adds a selector of its own; all the rest are its defaults, as KAITO leaves them.
      return { apiVersion: "batch/v1", kind, metadata, spec: { template } };
  }
}

/** Pods the workload should have; undefined when something else scales it, and for a Job. */
export function statedPods(expansion: Expansion): number | undefined {
  const { kind, replicas } = expansion.workload;
  return kind === "Job" || replicas === undefined ? undefined : replicas * podsPerReplica(expansion);
}

/** Pods to start with: what is stated, else one model. */
export function initialPods(expansion: Expansion): number {
  return statedPods(expansion) ?? podsPerReplica(expansion);
}

/** One model takes one pod on each of its nodes. */
function podsPerReplica(expansion: Expansion): number {
  return expansion.workload.kind === "StatefulSet" ? expansion.nodeCount : 1;
}

function deployment(expansion: Expansion): JsonObject {
  const recreate = expansion.workload.rollout === "recreate";
  return {
    progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
    revisionHistoryLimit: REVISION_HISTORY_LIMIT,
    strategy: {
      type: "RollingUpdate",
      // The strategy Recreate would stop all replicas at once.
      rollingUpdate: recreate ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
    },
  };
}

function statefulSet(name: string): JsonObject {
  return {
    // With OrderedReady a pod that cannot start is never replaced, not even by a mended template.
    podManagementPolicy: "Parallel",
    revisionHistoryLimit: REVISION_HISTORY_LIMIT,
    serviceName: headlessServiceName(name),
    // Ranks of different templates cannot talk to each other: the reconciler replaces the group together.
    updateStrategy: { type: "OnDelete" },
  };
}

function podTemplate(expansion: Expansion, configHash: string | undefined): JsonObject {
  if (configHash === undefined) return expansion.podTemplate;
  const metadata = isObject(expansion.podTemplate["metadata"]) ? expansion.podTemplate["metadata"] : {};
  const annotations = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return {
    ...expansion.podTemplate,
    metadata: { ...metadata, annotations: { ...annotations, [CONFIG_HASH]: configHash } },
  };
}
