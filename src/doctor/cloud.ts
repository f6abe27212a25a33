import { type Cloud, CloudError } from "../cloud/cloud.ts";
import type { CloudFacts } from "../core/doctor/facts.ts";
import { type Reading, read } from "../core/doctor/reading.ts";

/** What the identity may read of the cloud, by the calls the provider itself makes. Writes nothing. */
export async function cloudFacts(cloud: Cloud, signal: AbortSignal): Promise<CloudFacts> {
  const [machines, quotas] = await Promise.all([
    asked(async () => (await cloud.list(signal)).length, signal),
    asked(() => cloud.quotas(signal), signal),
  ]);
  return { machines, quotas };
}

async function asked<T>(call: () => Promise<T>, signal: AbortSignal): Promise<Reading<T>> {
  try {
    return read(await call());
  } catch (error) {
    if (signal.aborted) return { kind: "failed", message: "the cloud gave no answer in time" };
    if (!(error instanceof CloudError)) throw error;
    const kind = error.failure.reason === "AuthorizationFailed" ? "forbidden" : "failed";
    return { kind, message: error.message };
  }
}
