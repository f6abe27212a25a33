/** An annotation or a label, documented. `docs/annotations.md` is written from these. */
export interface Word {
  /** What it takes, as a message says it after "must be". */
  readonly values: string;
  /** What holds without it. */
  readonly absent: string;
  /** A value. A test states it. */
  readonly example: string;
  readonly means: string;
}

/** What Foresail writes: where, and why. Users read it. */
export interface Mark {
  readonly on: string;
  readonly means: string;
}
