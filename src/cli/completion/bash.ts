import { type CompletedCommand, quoted } from "./words.ts";

/** Works in bash from 3.2 on, without the package bash-completion: where it has no words, bash completes files. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of foresail for bash: source it, or put it into ~/.local/share/bash-completion/completions/foresail
_foresail() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  # bash parts --output=json into three words.
  if [ "$cur" = "=" ]; then
    cur=""
  elif [ "$prev" = "=" ]; then
    prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quoted([...commands.map(({ name }) => name), "--help", "--version"].join(" "))}
  else
    case "\${COMP_WORDS[1]} $prev" in
${commands.flatMap(valueCases).join("\n")}
    *)
      case "\${COMP_WORDS[1]} $cur" in
${commands.map(flagCase).join("\n")}
${commands
  .filter(({ words }) => words.length > 0)
  .map(wordCase)
  .join("\n")}
      esac
      ;;
    esac
  fi
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o default -F _foresail foresail
`;
}

/** What follows an option that takes a value: its values, or files. */
function valueCases({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap(({ flag, letter, value }) => {
    if (value === "none") return [];
    const patterns = [flag, ...(letter === undefined ? [] : [letter])].map((one) => quoted(`${name} ${one}`)).join("|");
    return [`    ${patterns}) words=${value === "file" ? '""' : quoted(value.join(" "))} ;;`];
  });
}

function flagCase({ name, flags }: CompletedCommand): string {
  return `      ${quoted(`${name} -`)}*) words=${quoted(flags.map(({ flag }) => flag).join(" "))} ;;`;
}

function wordCase({ name, words }: CompletedCommand): string {
  return `      ${quoted(`${name} `)}*) [ "$COMP_CWORD" -ne 2 ] || words=${quoted(words.join(" "))} ;;`;
}
