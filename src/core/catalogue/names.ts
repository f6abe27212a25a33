const indexes = new WeakMap<readonly object[], ReadonlyMap<string, unknown>>();

/**
 * The first entry of a list that has a name, compared without case. A catalogue's lists are frozen when it is built, so that
 * an index of one stays true as long as the list lives; a list that is not frozen is searched each time.
 */
export function findNamed<Entry extends object>(
  list: readonly Entry[],
  name: string,
  namesOf: (entry: Entry) => readonly string[],
): Entry | undefined {
  if (!Object.isFrozen(list)) return indexOf(list, namesOf).get(name.toLowerCase());
  const known = indexes.get(list) as ReadonlyMap<string, Entry> | undefined;
  const index = known ?? indexOf(list, namesOf);
  if (known === undefined) indexes.set(list, index);
  return index.get(name.toLowerCase());
}

function indexOf<Entry>(
  list: readonly Entry[],
  namesOf: (entry: Entry) => readonly string[],
): ReadonlyMap<string, Entry> {
  const index = new Map<string, Entry>();
  for (const entry of list) {
    for (const name of namesOf(entry)) if (!index.has(name.toLowerCase())) index.set(name.toLowerCase(), entry);
  }
  return index;
}
