import { readFileSync } from "node:fs";
import { readConfig } from "../config.ts";
import type { Options, Values } from "../option.ts";
import { ExitCode } from "./exit-code.ts";

/** A command that runs long: its options come from flags, environment and file; help and errors are answered here. */
export interface Configured<T extends Options> {
  readonly name: string;
  readonly options: T;
  readonly serve: (values: Values<T>) => Promise<number>;
}

/** Runs the command with the arguments given; 2 for an option that is wrong. */
export async function runConfigured<const T extends Options>(command: Configured<T>, args: string[]): Promise<number> {
  const config = readConfig(command.name, command.options, {
    args,
    environment: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  switch (config.kind) {
    case "help":
      console.log(config.text);
      return ExitCode.clean;
    case "error":
      console.error(config.message);
      return ExitCode.usage;
    case "values":
      return await command.serve(config.values);
  }
}
