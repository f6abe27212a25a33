/** What cel-go calls an error: an expression has no value. `&&`, `||`, all() and exists() may absorb it, as in the API server. */
export class CelError extends Error {}

/** What cannot be judged here, or not for sure as the API server would: nothing absorbs it, so it never becomes a pass. */
export class NotJudged extends Error {}

export const noSuchOverload = (operation?: string): CelError =>
  new CelError(operation === undefined ? "no such overload" : `no such overload: ${operation}`);

export const noSuchKey = (key: string): CelError => new CelError(`no such key: ${key}`);
