import type { Provider } from "../../core/capacity/owner.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import { diagnose, FOREIGN } from "../../core/doctor/diagnose.ts";
import type { Finding } from "../../core/doctor/finding.ts";
import { gpuSizesOf } from "../../core/doctor/gpu-sizes.ts";
import { findingLines } from "../../core/doctor/report.ts";
import { gather, SURROUNDINGS } from "../../doctor/gather.ts";
import type { KubeObject } from "../../kube/kube.ts";
import { UsageError } from "../../option.ts";
import { readConfigurations, removeConfigurations } from "./configurations.ts";
import { ownerOf } from "./owner.ts";
import type { Cluster } from "./target.ts";

const CALL_MS = 10_000;
const LONGEST_MS = 60_000;

/** How Foresail is about to run in the cluster. */
export interface Intent {
  readonly provider: Provider;
  readonly catalogue: Catalogue;
}

/**
 * Looks before anything is changed. Throws UsageError where somebody else looks after Workspaces: KAITO, another `up`, or a
 * Foresail inside the cluster. What else may hinder goes to stderr. What a dead `up` of this machine left behind is removed.
 */
export async function preflight({ kube, server }: Cluster, intent: Intent): Promise<void> {
  const found = await surroundings(kube, intent);
  const foreign = found.filter(({ id, level }) => level === "problem" && FOREIGN.has(id));
  if (foreign.length > 0) {
    throw new UsageError([`nothing was changed in ${server}:`, ...foreign.map(refusal)].join("\n  "));
  }
  for (const finding of found) {
    if (finding.level === "problem" || finding.level === "warning") console.error(findingLines(finding).join("\n"));
  }
  const configurations = await readConfigurations(kube);
  const taken = configurations.map(takenBy).find((text) => text !== undefined);
  if (taken !== undefined) throw new UsageError(`nothing was changed in ${server}: ${taken}`);
  if (configurations.length > 0) {
    await removeConfigurations(kube);
    console.error("removed the webhook configurations of an earlier run that was killed");
  }
}

async function surroundings(kube: Cluster["kube"], { provider, catalogue }: Intent): Promise<readonly Finding[]> {
  const facts = await gather(kube, {
    questions: SURROUNDINGS,
    // Looked for in the cluster where it is installed; up itself installs no process there.
    namespace: "foresail-system",
    probeNamespace: "default",
    provider,
    gpuSizes: gpuSizesOf(catalogue.current),
    callMs: CALL_MS,
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  return diagnose(facts);
}

function refusal({ seen, next }: Finding): string {
  return next === undefined ? seen : `${seen}: ${next}`;
}

function takenBy(configuration: KubeObject): string | undefined {
  const owner = ownerOf(configuration);
  switch (owner.kind) {
    case "self":
    case "dead":
      return undefined;
    case "alive":
      return `process ${owner.pid} on this machine runs foresail up for it; end that one, or run foresail down`;
    case "elsewhere":
      return `process ${owner.pid} on ${owner.host} runs foresail up for it; end that one, or run foresail down if it is gone`;
    case "installed":
      return "Foresail is installed in it (webhook configuration foresail); remove that first";
  }
}
