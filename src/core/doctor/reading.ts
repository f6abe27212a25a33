/** What came of one question to the cluster or the cloud. */
export type Reading<T> =
  | { readonly kind: "read"; readonly value: T }
  /** Whoever asks has not the right to. */
  | { readonly kind: "forbidden"; readonly message: string }
  /** The server does not know the resource type. */
  | { readonly kind: "unserved" }
  /** No answer in time, or an error of the other side. */
  | { readonly kind: "failed"; readonly message: string };

export function read<T>(value: T): Reading<T> {
  return { kind: "read", value };
}

/** What was read; undefined where nobody asked, or the answer is not known. */
export function known<T>(reading: Reading<T> | undefined): T | undefined {
  return reading?.kind === "read" ? reading.value : undefined;
}

/** As `known`, where a resource type that the server does not know means that there are none. */
export function listed<T>(reading: Reading<readonly T[]> | undefined): readonly T[] | undefined {
  return reading?.kind === "unserved" ? [] : known(reading);
}
