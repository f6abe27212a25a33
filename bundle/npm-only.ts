import { version } from "foresail:shipped";
import { UsageError } from "../src/option.ts";

// Stands in for commands that start programs of the package: a control plane built with Go, processes of their own.

/** Says what to install, with exit code 2. */
export function run(args: readonly string[]): Promise<number> {
  const asked = args.includes("--help") || args.includes("-h");
  return Promise.reject(
    new UsageError(
      `this command ${asked ? "and its help are" : "is"} not in the single file; the npm package has it: npm install --global foresail@${version}`,
    ),
  );
}
