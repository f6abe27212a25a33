import type { Clock } from "../src/kube/clock.ts";
import type { Kube } from "../src/kube/kube.ts";
import type { Log } from "../src/log.ts";
import { readConfigurations, writeCaBundle } from "./ca-bundle.ts";
import type { CertificateSet } from "./certificate-set.ts";
import type { CertificateStore } from "./certificate-store.ts";

export interface KeeperOptions {
  readonly kube: Kube;
  readonly store: CertificateStore;
  /** Name of the webhook configurations to keep the CA in. */
  readonly configurationName: string;
  /** Called with the set to serve, after clients were told to trust it: the first time and whenever it differs. */
  readonly use: (set: CertificateSet) => void;
  readonly log: Log;
  readonly clock: Clock;
  /** Time between two checks; failures are repeated after a tenth of it. */
  readonly periodMs: number;
  /** Ends the keeper. */
  readonly signal: AbortSignal;
}

/**
 * Checks for ever that the certificates are fresh and that the API server trusts them. Resolves when `signal` is aborted.
 * A failure is logged and repeated: what is being served stays in place meanwhile.
 */
export async function keepCertificates(options: KeeperOptions): Promise<void> {
  const { clock, signal, log, periodMs } = options;
  let used: CertificateSet | undefined;
  let configured = true;
  while (!signal.aborted) {
    let waitMs = periodMs;
    try {
      const { set, configurations } = await checkOnce(options);
      if (configurations === 0 && configured) {
        log.warn(
          { configuration: options.configurationName },
          "no webhook configuration of this name: apply manifests/webhook",
        );
      }
      configured = configurations > 0;
      if (!sameServing(used, set)) options.use(set);
      used = set;
    } catch (error) {
      log.error({ err: error }, "checking certificates failed");
      waitMs = periodMs / 10;
    }
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
}

/**
 * The configurations are read before the certificates: whoever renews writes them in the opposite order, so a CA bundle that
 * is newer than the certificates in hand is noticed as a conflict and never put back.
 */
async function checkOnce(options: KeeperOptions): Promise<{ set: CertificateSet; configurations: number }> {
  const { kube, store, clock, configurationName, log } = options;
  const configurations = await readConfigurations(kube, configurationName);
  const set = await store.current(clock.wallMs());
  const written = await writeCaBundle(kube, configurations, set.caBundle);
  if (written > 0) log.info({ configuration: configurationName, written }, "CA bundle written");
  return { set, configurations: configurations.length };
}

function sameServing(a: CertificateSet | undefined, b: CertificateSet): boolean {
  return a?.serving.cert === b.serving.cert && a.serving.key === b.serving.key;
}
