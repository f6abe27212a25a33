import { flagName, type Option } from "../../option.ts";
import type { CommandSpec } from "../arguments.ts";

/** An option as shells complete it. */
export interface CompletedFlag {
  /** `--output` */
  readonly flag: string;
  /** `-o` */
  readonly letter?: string;
  readonly help: string;
  /** none: a switch; file: any text, of which files are the most likely; else the values it takes. */
  readonly value: "none" | "file" | readonly string[];
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Words that may follow the name. */
  readonly words: readonly string[];
}

const HELP: CompletedFlag = { flag: "--help", letter: "-h", help: "what it does, with examples", value: "none" };

/** What follows a command's name; of one without a spec only its help is known. */
export function completed(
  { name, summary }: { readonly name: string; readonly summary: string },
  spec: CommandSpec<{ readonly [name: string]: Option }> | undefined,
  words: readonly string[] = [],
): CompletedCommand {
  const letters = Object.entries(spec?.letters ?? {});
  const flags = Object.entries(spec?.options ?? {}).map(([option, { kind, help, ...rest }]): CompletedFlag => {
    const letter = letters.find(([, one]) => one === option)?.[0];
    const choices = kind === "choice" && "choices" in rest ? rest.choices : undefined;
    return {
      flag: `--${flagName(option)}`,
      ...(letter === undefined ? {} : { letter: `-${letter}` }),
      help,
      value: kind === "switch" ? "none" : (choices ?? "file"),
    };
  });
  return { name, summary, flags: [...flags, HELP], words };
}

/** A text in single quotes, as bash and zsh read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
