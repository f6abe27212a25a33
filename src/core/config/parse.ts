import { LineCounter, parseDocument } from "yaml";
import { isObject, type JsonObject } from "../json.ts";
import { REPEATED_KEY, repeatedKey, untrustedYaml } from "../yaml-keys.ts";

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
    const document = parseDocument(text, { ...untrustedYaml, lineCounter: lines, version: "1.1" });
    const notYaml = (message: string, offset = 0): { readonly problem: string } => ({
      problem: `not YAML: ${message} at line ${lines.linePos(offset).line}`,
    });
    const error = document.errors[0];
    if (error !== undefined) return notYaml(error.message.split("\n")[0] ?? "", error.pos[0]);
    const repeated = repeatedKey(document);
    if (repeated !== undefined) return notYaml(REPEATED_KEY, repeated.range?.[0]);
    return { content: document.toJS({ maxAliasCount: 0 }) as unknown };
  } catch (error) {
    if (error instanceof RangeError) return { problem: "is nested too deeply to be read" };
    return { problem: "YAML aliases are not allowed: write the value out" };
  }
}

function wrong(problem: string): Parsed {
  return { kind: "wrong", problem };
}
