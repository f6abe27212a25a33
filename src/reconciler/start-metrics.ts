import { Histogram, type Registry } from "prom-client";
import { objectsAt, textAt, timeAt } from "../core/capacity/fields.ts";
import type { KubeObject } from "../kube/kube.ts";

/** From a pod that is scheduled at once to a machine of which the third try brings one. */
const SECONDS = [1, 2, 5, 10, 20, 40, 60, 120, 180, 300, 600, 1200, 1800, 3600];

export interface StartMetrics {
  /** A Workspace has changed. Told of every change once, each step of a start is observed once. */
  changed(before: KubeObject | undefined, after: KubeObject | undefined): void;
}

/**
 * How long models take to start, from `status.phases`. Only what appears while somebody watches is counted: what a status has
 * already when it is first seen was observed by the process that wrote it.
 */
export function startMetrics(registry: Registry): StartMetrics {
  const labels = ["preset", "size"] as const;
  const steps = new Histogram({
    name: "foresail_start_phase_duration_seconds",
    help: "How long one step of a start took, from the end of the one before (status.phases), by preset and size",
    labelNames: ["phase", ...labels],
    buckets: SECONDS,
    registers: [registry],
  });
  const starts = new Histogram({
    name: "foresail_start_duration_seconds",
    help: "From the wish for a node or pod to a model that answers, by preset and size",
    labelNames: labels,
    buckets: SECONDS,
    registers: [registry],
  });
  return {
    changed(before, after) {
      if (before === undefined || after === undefined || before.metadata.uid !== after.metadata.uid) return;
      const known = phases(before);
      const now = phases(after);
      const of = {
        // Templates of users have no preset, own hardware has no size; names of Workspaces would grow without end.
        preset: textAt(after, "expansion", "preset", "name") ?? "none",
        size: textAt(after, "expansion", "instanceType") ?? "none",
      };
      for (const [i, { type, ms }] of now.entries()) {
        const former = now[i - 1];
        if (former === undefined || known.some((one) => one.type === type && one.ms === ms)) continue;
        steps.observe({ phase: type, ...of }, (ms - former.ms) / 1000);
        if (type === "Ready") starts.observe(of, (ms - (now[0]?.ms ?? ms)) / 1000);
      }
    },
  };
}

function phases(workspace: KubeObject): readonly { readonly type: string; readonly ms: number }[] {
  return objectsAt(workspace, "status", "phases").flatMap((phase) => {
    const [type, ms] = [textAt(phase, "type"), timeAt(phase, "time")];
    return type === undefined || ms === undefined ? [] : [{ type, ms }];
  });
}
