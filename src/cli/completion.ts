import { UsageError } from "../option.ts";
import { command, type RunCommand } from "./arguments.ts";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { type CompletedCommand, completed } from "./completion/words.ts";
import { zshScript } from "./completion/zsh.ts";
import { ExitCode } from "./exit-code.ts";
import { writeOut } from "./write-out.ts";

const SHELLS: { readonly [shell: string]: (commands: readonly CompletedCommand[]) => string } = {
  bash: bashScript,
  fish: fishScript,
  zsh: zshScript,
};

/** A command of the program, as far as it is completed. */
interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

/** `foresail completion`: a script for a shell, made from what the commands of a list say they take. */
export function completionOf(commands: readonly Listed[]): { readonly run: RunCommand } {
  const run = command(
    {
      name: "completion",
      usage: "bash|zsh|fish",
      about: [
        "Prints a script with which a shell completes the commands of foresail, their options and the values of these. The script",
        "is plain text: completing a word starts nothing. Print it anew after an update.",
        "",
        "Exit codes: 0 printed; 2 another shell; 3 internal error.",
      ],
      options: {},
      operands: true,
      examples: [
        "source <(foresail completion bash)",
        "foresail completion bash > ~/.local/share/bash-completion/completions/foresail",
        "foresail completion zsh > ~/.zfunc/_foresail    # with fpath+=~/.zfunc before compinit",
        "foresail completion fish > ~/.config/fish/completions/foresail.fish",
      ],
    },
    async ({ operands: [shell = "", ...more] }) => {
      const script = Object.hasOwn(SHELLS, shell) && more.length === 0 ? SHELLS[shell] : undefined;
      if (script === undefined) throw new UsageError("foresail completion needs one of bash, zsh and fish");
      await writeOut(script(await Promise.all(commands.map(completedCommand))));
      return ExitCode.clean;
    },
  );
  return { run };
}

async function completedCommand(entry: Listed): Promise<CompletedCommand> {
  if (entry.name === "preset") {
    const { run: add } = await import("./preset/add.ts");
    return completed(entry, add.spec, ["add"]);
  }
  const { run } = await entry.load();
  return completed(entry, run.spec, entry.name === "completion" ? Object.keys(SHELLS) : []);
}
