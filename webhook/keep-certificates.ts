import type { Clock } from "../src/kube/clock.ts";
import type { Kube } from "../src/kube/kube.ts";
import type { Log } from "../src/log.ts";
import { caBundlesOf, readConfigurations, writeCaBundle } from "./ca-bundle.ts";
import { type CertificateSet, unusable } from "./certificate-set.ts";
import type { CertificateStore } from "./certificate-store.ts";
import { createTrust, type Now, type Trust } from "./trust.ts";

/**
 * A CA that nobody here needs any more stays trusted for an hour: a replica that failed to read the Secret for that long has
 * lost the API server, and with it its callers.
 */
const KEPT_MS = 60 * 60 * 1000;

export interface KeeperOptions {
  readonly kube: Kube;
  readonly store: CertificateStore;
  /** Name of the webhook configurations to keep the CA in. */
  readonly configurationName: string;
  /** Called with the set to serve, after clients were told to trust it: the first time and whenever it differs. */
  readonly use: (set: CertificateSet) => void;
  /** Called for every check that failed. */
  readonly failed?: () => void;
  readonly log: Log;
  readonly clock: Clock;
  /** Time between two checks; failures are repeated after a tenth of it. */
  readonly periodMs: number;
  /** From a CA's entry in the configurations until it is used, in which all API servers read it. */
  readonly settleMs: number;
  /** Ends the keeper. */
  readonly signal: AbortSignal;
}

/**
 * Checks for ever that the certificates are fresh and that the API server trusts them. Resolves when `signal` is aborted.
 * A failure is logged and repeated: what is being served stays in place meanwhile.
 */
export async function keepCertificates(options: KeeperOptions): Promise<void> {
  const { clock, signal, log, periodMs, settleMs } = options;
  const trust = createTrust({ settleMs, keptMs: KEPT_MS });
  let state: State = { configured: true };
  while (!signal.aborted) {
    let waitMs = periodMs;
    try {
      state = await check(options, trust, state);
      if (state.waiting === true) waitMs = Math.min(periodMs, settleMs);
    } catch (error) {
      if (!signal.aborted) {
        log.error({ err: error }, "checking certificates failed");
        options.failed?.();
      }
      waitMs = periodMs / 10;
    }
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
}

interface State {
  /** What is being served. */
  readonly used?: CertificateSet;
  /** Whether there was a configuration. */
  readonly configured: boolean;
  /** A newer set waits until API servers trust it. */
  readonly waiting?: boolean;
}

/**
 * One check. The configurations are read before the certificates: whoever renews writes them in the opposite order, so a CA
 * bundle that is newer than the certificates in hand is noticed as a conflict and never put back.
 */
async function check(options: KeeperOptions, trust: Trust, { used, configured }: State): Promise<State> {
  const { kube, store, clock, configurationName, log } = options;
  const configurations = await readConfigurations(kube, configurationName);
  if (configurations.length === 0 && configured) {
    log.warn({ configuration: configurationName }, "no webhook configuration of this name: apply manifests/webhook");
  }
  const set = await store.current(clock.wallMs());
  const now: Now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  const bundles = caBundlesOf(configurations);
  trust.see(bundles, now);
  const needed = [set.caBundle, ...(used === undefined ? [] : [used.caBundle])];
  const bundle = trust.bundle(needed, now);
  const written = await writeCaBundle(kube, configurations, bundle);
  if (written > 0) log.info({ configuration: configurationName, written }, "CA bundle written");
  trust.see(
    bundles.map(() => bundle),
    now,
  );
  const next = { configured: configurations.length > 0 };
  if (used !== undefined && sameServing(used, set)) return { ...next, used: set };
  // What nobody accepts any more cannot be made worse.
  const lost = used !== undefined && unusable(used, now.wallMs) !== undefined;
  if (!lost && !trust.isSettled(set.caBundle, now)) return { ...next, ...(used && { used }), waiting: true };
  options.use(set);
  return { ...next, used: set };
}

function sameServing(a: CertificateSet, b: CertificateSet): boolean {
  return a.serving.cert === b.serving.cert && a.serving.key === b.serving.key;
}
