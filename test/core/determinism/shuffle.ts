import { isObject } from "../../../src/core/json.ts";

/** The same value with the members of every object in another order; lists stay as they are. */
export function shuffled<T>(value: T, seed: number): T {
  return reorder(value, random(seed)) as T;
}

function reorder(value: unknown, next: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => reorder(item, next));
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  for (let i = keys.length - 1; i > 0; i--) {
    const other = Math.floor(next() * (i + 1));
    [keys[i], keys[other]] = [keys[other] ?? "", keys[i] ?? ""];
  }
  return Object.fromEntries(keys.map((key) => [key, reorder(value[key], next)]));
}

/** Park and Miller's generator: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = (Math.abs(seed) % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
