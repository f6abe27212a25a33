import { type CompletedCommand, type CompletedFlag, quoted } from "./words.ts";

export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef foresail
# Completion of foresail for zsh: put it into a directory of $fpath as _foresail
_foresail() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
if [ "$funcstack[1]" = "_foresail" ]; then
  _foresail "$@"
else
  compdef _foresail foresail
fi
`;
}

function commandCase({ name, flags, words }: CompletedCommand): string {
  const rest = words.length > 0 ? [quoted(`1:command:(${words.join(" ")})`)] : [];
  const specs = [...flags.map(flagSpec), ...rest, quoted("*:file:_files")];
  return `  ${name})\n    _arguments -s \\\n      ${specs.join(" \\\n      ")}\n    ;;`;
}

/** `'(-o --output)'{-o,--output}'[help]:value:(text json)'`; an option may be given again. */
function flagSpec({ flag, letter, help, value }: CompletedFlag): string {
  const names = letter === undefined ? flag : `{${letter},${flag}}`;
  const values = value === "none" ? "" : value === "file" ? ":value:_files" : `:value:(${value.join(" ")})`;
  const text = help.replaceAll(/[[\]\\:]/g, (sign) => `\\${sign}`);
  return `'*'${names}${quoted(`[${text}]${values}`)}`;
}
