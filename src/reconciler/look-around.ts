import { diagnose } from "../core/doctor/diagnose.ts";
import { gpuSizesOf } from "../core/doctor/gpu-sizes.ts";
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
  try {
    const facts = await gather(kube, {
      questions: RECONCILER_MAY_ASK,
      namespace: options.namespace,
      probeNamespace: options.namespace,
      provider: options.installation.settings.provider,
      gpuSizes: gpuSizesOf(sources.catalogue.current),
      callMs: CALL_MS,
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
    });
    const found = diagnose(facts).filter(({ level }) => level === "problem" || level === "warning");
    for (const { id, level, seen, next } of found) log.warn({ finding: id, level, next }, seen);
    log.info({ found: found.length }, "looked around");
  } catch (error) {
    // What is only told must not end what works.
    if (!signal.aborted) log.warn({ err: error }, "could not look around");
  }
}
