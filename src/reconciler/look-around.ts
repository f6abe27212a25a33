import { diagnose, FOREIGN } from "../core/doctor/diagnose.ts";
import { gpuSizesOf } from "../core/doctor/gpu-sizes.ts";
import { KAITO_GROUP } from "../core/kinds/workspace.ts";
import { gather, RECONCILER_MAY_ASK } from "../doctor/gather.ts";
import type { Process } from "./process.ts";

const CALL_MS = 10_000;
const LONGEST_MS = 120_000;

/**
 * Says once, at the start, what of the cluster hinders: as `foresail doctor`, of what the ServiceAccount may read. Only in the
 * log: a figure of it would go on saying what was mended long ago. Never throws.
 */
export async function lookAround(process: Process, signal: AbortSignal): Promise<void> {
  const { kube, options, sources, log } = process;
  const isKaitos = options.installation.groups.includes(KAITO_GROUP);
  try {
    const facts = await gather(kube, {
      // A trial has nothing to do with KAITO's definition, and may not read it.
      questions: RECONCILER_MAY_ASK.filter((question) => isKaitos || question !== "definition"),
      namespace: options.namespace,
      probeNamespace: options.namespace,
      provider: options.installation.settings.provider,
      gpuSizes: gpuSizesOf(sources.catalogue.current),
      callMs: CALL_MS,
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
    });
    const found = diagnose(facts)
      .filter(({ level }) => level === "problem" || level === "warning")
      // Beside KAITO that KAITO runs is no finding.
      .filter(({ id }) => isKaitos || !FOREIGN.has(id));
    for (const { id, level, seen, next } of found) log.warn({ finding: id, level, next }, seen);
    log.info({ found: found.length }, "looked around");
  } catch (error) {
    // What is only told must not end what works.
    if (!signal.aborted) log.warn({ err: error }, "could not look around");
  }
}
