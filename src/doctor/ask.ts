import { type Reading, read } from "../core/doctor/reading.ts";
import { isForbidden, isUnserved, KubeError } from "../kube/error.ts";

/** The answer of the API server, or why there is none. Throws what is no answer of the cluster's: a bug. */
export async function ask<T>(call: () => Promise<T>, signal: AbortSignal): Promise<Reading<T>> {
  try {
    return read(await call());
  } catch (error) {
    if (isForbidden(error)) return { kind: "forbidden", message: error.message };
    if (isUnserved(error)) return { kind: "unserved" };
    if (error instanceof KubeError) return { kind: "failed", message: error.message };
    if (signal.aborted) return { kind: "failed", message: "there was no time left to read it" };
    throw error;
  }
}
