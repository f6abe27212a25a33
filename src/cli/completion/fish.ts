import type { CompletedCommand, CompletedFlag } from "./words.ts";

export function fishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of foresail for fish: put it into ~/.config/fish/completions/foresail.fish
complete -c foresail -n __fish_use_subcommand -f
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ name, summary, flags, words }: CompletedCommand): readonly string[] {
  const seen = `complete -c foresail -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c foresail -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...words.map((word) => `${seen} -f -a ${word}`),
    ...flags.map((flag) => `${seen} ${flagWords(flag)}`),
  ];
}

function flagWords({ flag, letter, help, value }: CompletedFlag): string {
  const names = `-l ${flag.slice(2)}${letter === undefined ? "" : ` -s ${letter.slice(1)}`}`;
  const values = value === "none" ? "" : value === "file" ? " -r" : ` -x -a ${quoted(value.join(" "))}`;
  return `${names}${values} -d ${quoted(help)}`;
}

/** In single quotes fish reads only these two as more than themselves. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (sign) => `\\${sign}`)}'`;
}
