import { LineCounter } from "yaml";
import { isObject, type JsonObject } from "../json.ts";
import { documentOf } from "../yaml/parse.ts";

export type Parsed =
  | { readonly kind: "content"; readonly content: JsonObject }
  | { readonly kind: "wrong"; readonly problem: string };

// A ConfigMap may have a MiB; settings of a server or a training have some 30 lines, a chat template some 10 KiB.
const LARGEST_CHARACTERS = 131_072;

/**
 * Reads a file of settings as the programs in the images do: PyYAML is a YAML 1.1 reader, to which a bare `no` is false. It
 * takes aliases; they can make a short text endlessly long, so here they are none.
 */
export function parseSettings(text: string): Parsed {
  if (text.length > LARGEST_CHARACTERS) {
    return wrong(`has ${text.length} characters: at most ${LARGEST_CHARACTERS} are read`);
  }
  const { content, problem } = plain(text);
  if (problem !== undefined) return wrong(problem);
  return isObject(content) ? { kind: "content", content } : wrong("must be a map of settings");
}

function plain(text: string): { readonly content?: unknown; readonly problem?: string } {
  try {
    const lines = new LineCounter();
    const document = documentOf(text, { lines, version: "1.1" });
    const error = document.errors[0];
    if (error !== undefined) {
      const problem = `not YAML: ${error.message.split("\n")[0] ?? ""} at line ${lines.linePos(error.pos[0]).line}`;
      return { problem };
    }
    return { content: document.toJS({ maxAliasCount: 0 }) as unknown };
  } catch {
    return { problem: "YAML aliases are not allowed: write the value out" };
  }
}

function wrong(problem: string): Parsed {
  return { kind: "wrong", problem };
}
