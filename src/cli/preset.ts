import { UsageError } from "../option.ts";

const HELP = [
  "Usage: foresail preset add org/model [OPTIONS]",
  "",
  "Makes a preset for any model the inference server can run. See foresail preset add --help.",
  "",
  "Exit codes: 0 written; 1 no preset can be made; 2 arguments or files that cannot be read; 3 internal error.",
  "",
  "Examples:",
  "  foresail preset add acme/tiny-8b --online -o catalogue/models/tiny-8b.yaml",
  "  foresail preset add acme/tiny-8b --config config.json --index model.safetensors.index.json",
  "",
  "See also: docs/preset-add.md, docs/catalogue-files.md",
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
