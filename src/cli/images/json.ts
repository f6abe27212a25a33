import type { Needs } from "../../core/mirroring/needs.ts";
import type { Pair, Targets } from "../../core/mirroring/targets.ts";
import { printableJson } from "../../core/report/printable.ts";

/** Grows when a member changes its meaning or goes; new members leave it as it is. */
const SCHEMA_VERSION = 1;

/** What is needed as one JSON document (docs/images.md). */
export function imagesJson(catalogue: string, { images, weights }: Needs, { pairs, lacking }: Targets): string {
  const document = { schemaVersion: SCHEMA_VERSION, catalogue, images, weights, pairs, lackingMirrors: lacking };
  return printableJson(document);
}

/** One pair a line, source and target parted by a tab; neither holds white space. */
export function pairLines(pairs: readonly Pair[]): string {
  return pairs.map(({ source, target }) => `${source}\t${target}\n`).join("");
}
