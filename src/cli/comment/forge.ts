import { UsageError } from "../../option.ts";
import { type Answer, messageOf } from "./api.ts";
import { type Provider, rights } from "./target.ts";

/** A comment of our own. */
export interface OwnComment {
  readonly id: string;
  readonly body: string;
}

/** Comments of one pull request or merge request. */
export interface Forge {
  /** Commit at the head of its branch. */
  head(): Promise<string>;
  /** Comments that begin with the marker and are by the owner of the token, oldest first. */
  own(marker: string): Promise<readonly OwnComment[]>;
  create(body: string): Promise<void>;
  /** False: it is gone. */
  update(id: string, body: string): Promise<boolean>;
  remove(id: string): Promise<void>;
  /** Absent where the forge cannot hide a comment. */
  readonly hide?: (id: string) => Promise<void>;
}

/** Characters of one comment. */
export const MOST_CHARACTERS: { readonly [provider in Provider]: number } = { github: 65_536, gitlab: 1_000_000 };

/** Throws UsageError, with what is missing, for an answer that is not of these. */
export function expectStatus(
  provider: Provider,
  what: string,
  { status, body }: Answer,
  ...expected: readonly number[]
): void {
  if (expected.includes(status)) return;
  const missing = [401, 403, 404].includes(status) ? `; the token needs the right to write ${rights(provider)}` : "";
  throw new UsageError(`${what}: ${provider} answered ${status}${messageOf(body)}${missing}`);
}
