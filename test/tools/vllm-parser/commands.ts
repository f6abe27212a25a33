/** Prints the commands of every preset as one list of JSON, for check.py. */
import { loadCatalogue } from "../../../src/load.ts";
import { commands } from "../../core/commands/commands.ts";

process.stdout.write(`${JSON.stringify(commands(loadCatalogue().current), undefined, 1)}\n`);
