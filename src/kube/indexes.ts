import type { KubeObject } from "./kube.ts";

/** Values under which an object can be found; none keeps it out of the index. */
export type IndexFunction = (object: KubeObject) => readonly string[];

export interface Indexes {
  /** Throws what an index function throws, with nothing changed. */
  change(key: string, before: KubeObject | undefined, after: KubeObject | undefined): void;
  find(index: string, value: string): readonly KubeObject[];
}

export function createIndexes(functions: Readonly<Record<string, IndexFunction>>): Indexes {
  const indexes = new Map(
    Object.entries(functions).map(([name, valuesOf]) => [name, { valuesOf, byValue: new Map<string, Bucket>() }]),
  );
  return {
    change: (key, before, after) => {
      // All values first: a function that throws must not leave half an object behind.
      const planned = [...indexes.values()].map(({ valuesOf, byValue }) => ({
        byValue,
        leave: before === undefined ? [] : valuesOf(before),
        enter: after === undefined ? [] : valuesOf(after),
      }));
      for (const { byValue, leave, enter } of planned) {
        for (const value of leave) removeFrom(byValue, value, key);
        for (const value of enter) if (after !== undefined) addTo(byValue, value, [key, after]);
      }
    },
    find: (index, value) => {
      const found = indexes.get(index);
      if (found === undefined) {
        const known = [...indexes.keys()].join(", ") || "none";
        throw new RangeError(`no index "${index}" in this cache; it has: ${known}. Give it at construction`);
      }
      return [...(found.byValue.get(value)?.values() ?? [])];
    },
  };
}

type Bucket = Map<string, KubeObject>;

function removeFrom(byValue: Map<string, Bucket>, value: string, key: string): void {
  const bucket = byValue.get(value);
  bucket?.delete(key);
  if (bucket?.size === 0) byValue.delete(value);
}

function addTo(byValue: Map<string, Bucket>, value: string, [key, object]: [string, KubeObject]): void {
  const bucket = byValue.get(value) ?? new Map<string, KubeObject>();
  bucket.set(key, object);
  byValue.set(value, bucket);
}
