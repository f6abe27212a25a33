import type { CelError } from "./errors.ts";
import { type Kind, type Kinds, kindOf, type Value } from "./value.ts";

/** What a call may cost, in the API server's units of about a microsecond. */
export interface Meter {
  /** Throws where the whole would cost more than the bound. */
  readonly charge: (units: number) => void;
}

export interface Overload {
  readonly name: string;
  /** Whether it is called on its first argument. */
  readonly method: boolean;
  readonly kinds: readonly Kind[];
  readonly call: (values: readonly Value[], meter: Meter) => Value;
}

type Arguments<K extends readonly Kind[]> = { readonly [I in keyof K]: Kinds[K[I]] };

/** A function `name(kinds…)`; a dot in its name is a namespace: `optional.of`. */
export function fn<const K extends readonly Kind[]>(
  name: string,
  kinds: K,
  call: (values: Arguments<K>, meter: Meter) => Value,
): Overload {
  // The evaluator calls it only with values of these kinds.
  return { name, method: false, kinds, call: (values, meter) => call(values as unknown as Arguments<K>, meter) };
}

/** A function that is called on its first argument. */
export function method<const K extends readonly Kind[]>(
  name: string,
  kinds: K,
  call: (values: Arguments<K>, meter: Meter) => Value,
): Overload {
  return { ...fn(name, kinds, call), method: true };
}

/** The overloads of one name, number of arguments and way of calling. */
export type Functions = ReadonlyMap<string, readonly Overload[]>;

export function functionKey(name: string, isMethod: boolean, count: number): string {
  return `${isMethod ? "." : ""}${name}/${count}`;
}

export function indexed(overloads: readonly Overload[]): Functions {
  const index = new Map<string, Overload[]>();
  for (const overload of overloads) {
    const key = functionKey(overload.name, overload.method, overload.kinds.length);
    index.set(key, [...(index.get(key) ?? []), overload]);
  }
  return index;
}

/** The overload for these values, or undefined where none takes their types. */
export function chosen(overloads: readonly Overload[], values: readonly Value[]): Overload | undefined {
  return overloads.find(({ kinds }) => kinds.every((kind, i) => kind === "dyn" || kind === kindOf(values[i] ?? null)));
}

/** Gives what `make` gives, or throws `problem` where that is undefined. */
export function orThrow<T>(value: T | undefined, problem: () => CelError): T {
  if (value === undefined) throw problem();
  return value;
}
