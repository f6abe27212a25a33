import type { Dispatcher } from "undici";
import type { Clock } from "./clock.ts";
import type { Access, Proof } from "./kubeconfig.ts";

/** Headers and connections of one request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

export interface Session {
  readonly server: string;
  readonly context: string;
  /** Those of the last minute, or new ones. */
  credentials(): Promise<Credentials>;
  /** After a 401 with `refused`: everything from the configuration up is read again, once for all callers that wait. */
  renew(refused: Credentials): Promise<Credentials>;
  close(): Promise<void>;
}

// Projected ServiceAccount tokens rotate under the process; client-go reads the file again each minute, too.
const LIFETIME_MS = 60_000;

/** Keeps credentials fresh and the pool of connections the same for as long as the certificates are. */
export function createSession(first: Access, reload: () => Promise<Access>, clock: Clock): Session {
  let access = first;
  let pool: { fingerprint: string; dispatcher: Dispatcher } | undefined;
  let current: { credentials: Credentials; sinceMs: number } | undefined;
  let pending: Promise<Credentials> | undefined;

  function adopt(proof: Proof): Credentials {
    if (pool?.fingerprint !== proof.tlsFingerprint) {
      // Gracefully: running watches finish on the old certificates.
      pool?.dispatcher.close().catch(() => {});
      pool = { fingerprint: proof.tlsFingerprint, dispatcher: proof.open() };
    }
    const credentials = { headers: proof.headers, dispatcher: pool.dispatcher };
    current = { credentials, sinceMs: clock.monotonicMs() };
    return credentials;
  }

  function refresh(read: () => Promise<Access>): Promise<Credentials> {
    pending ??= (async () => {
      access = sameServer(access, await read());
      return adopt(await access.prove());
    })().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  return {
    server: first.server,
    context: first.context,
    credentials: async () => {
      if (current && clock.monotonicMs() - current.sinceMs < LIFETIME_MS) return current.credentials;
      return await refresh(async () => access);
    },
    renew: async (refused) => {
      if (current && current.credentials !== refused) return current.credentials;
      return await refresh(reload);
    },
    close: async () => {
      await pool?.dispatcher.destroy();
    },
  };
}

function sameServer(before: Access, after: Access): Access {
  if (before.server === after.server && before.context === after.context) return after;
  throw new Error(
    `the configuration now names ${after.server} (context ${after.context}) instead of ${before.server} (context ${before.context}): start again to use it`,
  );
}
