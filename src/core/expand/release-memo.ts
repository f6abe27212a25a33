import type { Release } from "../catalogue.ts";

/**
 * What was worked out from a release before, by key. A release is frozen when it is built, so it stays true as long as the
 * release lives. The key must name everything else the value depends on; `most` bounds the memory for whoever tries all keys.
 */
export interface ReleaseMemo<T> {
  find(release: Release, key: string): T | undefined;
  /** Forgets everything when it is full: what is asked often is soon back. */
  keep(release: Release, key: string, value: T): void;
}

/** A longer key was made longer by a user, not by the catalogue. */
const LONGEST_KEY = 1000;

export function releaseMemo<T>(most: number): ReleaseMemo<T> {
  const byRelease = new WeakMap<Release, Map<string, T>>();
  return {
    find: (release, key) => byRelease.get(release)?.get(key),
    keep(release, key, value) {
      if (!Object.isFrozen(release) || key.length > LONGEST_KEY) return;
      let known = byRelease.get(release);
      if (known === undefined || known.size >= most) {
        known = new Map();
        byRelease.set(release, known);
      }
      known.set(key, value);
    },
  };
}

const identities = new WeakMap<object, number>();
let latest = 0;

/** A number for a part of a key that stands for a whole frozen object; two objects never share one, even of one name. */
export function identity(object: object): number {
  let known = identities.get(object);
  if (known === undefined) {
    known = ++latest;
    identities.set(object, known);
  }
  return known;
}
