import { UsageError } from "../../option.ts";

/**
 * What `read` gives. A repository holds much that is not ours: where what cannot be read has no word of ours, it is told and
 * left out.
 * @param isOurs whether it has, or was named by the user
 * @throws UsageError of `read` where it is ours
 */
export function unlessForeign<T>(
  read: () => readonly T[],
  isOurs: () => boolean,
  tell: (message: string) => void,
): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError) || isOurs()) throw error;
    tell(`${error.message}; nothing there names what Foresail reads, and it is left out`);
    return [];
  }
}
