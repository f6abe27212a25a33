/**
 * A second process: reads Workspaces, one a line of JSON, expands them last first, and prints the sha256 of each result in
 * the order of the lines.
 */
import { createInterface } from "node:readline";
import { expand } from "../../../src/core/expand.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { digest } from "./digest.ts";

const catalogue = loadCatalogue();
const lines: string[] = [];
for await (const line of createInterface({ input: process.stdin })) lines.push(line);
const digests = lines.toReversed().map((line) => digest(expand(JSON.parse(line) as Workspace, catalogue)));
process.stdout.write(`${digests.toReversed().join("\n")}\n`);
