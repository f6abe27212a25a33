import { UsageError } from "../option.ts";

const HELP = [
  "Usage: foresail preset add org/model [OPTIONS]",
  "",
  "Makes a preset for any model the inference server can run. See foresail preset add --help.",
].join("\n");

/** `foresail preset`: works on presets; `add` is all it does so far. */
export async function run(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "add") {
    const { run: add } = await import("./preset/add.ts");
    return await add(rest);
  }
  if (name === "--help" || name === "-h") {
    console.log(HELP);
    return 0;
  }
  throw new UsageError(
    name === undefined ? HELP : `foresail preset has no command ${JSON.stringify(name.slice(0, 80))}; it has add.`,
  );
}
