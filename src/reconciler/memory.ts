import { isDeletedByUs } from "../core/capacity/claim.ts";
import type { JsonObject } from "../core/json.ts";
import type { VanishedClaim } from "../core/world.ts";
import type { Clock } from "../kube/clock.ts";
import type { KubeObject } from "../kube/kube.ts";
import { createNews } from "./news.ts";

/** What the process knows beside the cluster. Losing it costs time, never a node: all of it is found out again. */
export interface Memory {
  /** Names of what was found at this look (empty claims, pods with room): remembers since when, forgets the others. */
  noted(key: string, names: readonly string[]): void;
  /** Since when, by the wall clock as it is now: a clock that was set in between makes nothing older or younger. */
  sinceMs(key: string): { readonly [name: string]: number };
  /** A claim is gone. */
  gone(keys: readonly string[], claim: KubeObject, nowMs: number): void;
  vanished(key: string): readonly VanishedClaim[];
  /** What was told of in a status that is stored now. */
  toldOf(key: string, vanished: readonly VanishedClaim[]): void;
  /** Claims that an owner asks for count as there: until all are answered, or it is looked at again where an answer was lost. */
  creating(key: string, claims: readonly JsonObject[]): void;
  /** What the owner asked for is answered, or in its next plan, or not wanted any more. */
  heard(key: string): void;
  inFlight(): readonly JsonObject[];
  failed(key: string, message: string): void;
  /** True where there was a failure. */
  succeeded(key: string): boolean;
  failure(key: string): string | undefined;
  /** Whether this has not been told lately; from now on it has. */
  isNews(id: string): boolean;
  /** Whether this owner waits until fewer nodes are being launched. */
  awaits(key: string, waits: boolean): void;
  /** Those that do, who waits longest first. */
  awaitingLaunch(): readonly string[];
  /** Whether the definition of Workspaces was found to lack what we write. */
  definition(foreign: boolean): void;
  foreignDefinition(): boolean;
  forget(key: string): void;
  /** Forgets since when anything holds: what another process looked at in between is not known to have held. */
  beginAnew(): void;
}

// As many as a status remembers. A process that waits for the lease tells nobody, so without a bound it would keep all.
const MOST_VANISHED = 20;

// Ids of 16 digits. Told twice does no harm: the event has the same name.
const MOST_TOLD = 10_000;

export function createMemory(clock: Pick<Clock, "monotonicMs" | "wallMs">): Memory {
  const since = new Map<string, { readonly [name: string]: number }>();
  const vanished = new Map<string, readonly VanishedClaim[]>();
  const failures = new Map<string, string>();
  const creating = new Map<string, readonly JsonObject[]>();
  // Sets keep the order of arrival.
  const awaiting = new Set<string>();
  let foreign = false;
  return {
    noted(key, names) {
      const nowMs = clock.monotonicMs();
      const before = since.get(key) ?? {};
      if (names.length === 0) since.delete(key);
      else since.set(key, Object.fromEntries(names.map((name) => [name, before[name] ?? nowMs])));
    },
    sinceMs(key) {
      const offsetMs = clock.wallMs() - clock.monotonicMs();
      const noted = Object.entries(since.get(key) ?? {});
      return Object.fromEntries(noted.map(([name, sinceMs]) => [name, Math.floor(sinceMs + offsetMs)]));
    },
    gone(keys, claim, nowMs) {
      if (isDeletedByUs(claim)) return;
      for (const key of keys) {
        vanished.set(key, [...(vanished.get(key) ?? []), { claim, goneMs: nowMs }].slice(-MOST_VANISHED));
      }
    },
    vanished: (key) => vanished.get(key) ?? [],
    toldOf(key, told) {
      const left = (vanished.get(key) ?? []).filter((one) => !told.includes(one));
      if (left.length === 0) vanished.delete(key);
      else vanished.set(key, left);
    },
    creating: (key, claims) => void creating.set(key, claims),
    heard: (key) => void creating.delete(key),
    inFlight: () => [...creating.values()].flat(),
    failed: (key, message) => failures.set(key, message),
    succeeded: (key) => failures.delete(key),
    failure: (key) => failures.get(key),
    isNews: createNews(MOST_TOLD),
    awaits(key, waits) {
      if (waits) awaiting.add(key);
      else awaiting.delete(key);
    },
    awaitingLaunch: () => [...awaiting],
    definition(found) {
      foreign = found;
    },
    foreignDefinition: () => foreign,
    beginAnew() {
      since.clear();
      creating.clear();
    },
    forget(key) {
      awaiting.delete(key);
      for (const map of [since, vanished, failures, creating]) map.delete(key);
    },
  };
}
