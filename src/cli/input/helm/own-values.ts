import { cpSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { withScratch } from "../../scratch.ts";
import { plainTree } from "../tree/tree.ts";
import { mergedValues } from "./chart-use.ts";
import { layerOf } from "./layers.ts";

/**
 * Gives the directory of a chart whose values.yaml is made of these files, as Flux builds it: where they do not begin with its
 * own, that is a copy, which is gone afterwards.
 */
export function withOwnValues<T>(
  chart: string,
  files: readonly string[] | undefined,
  use: (directory: string) => T,
): T {
  const isOwn = files?.length === 1 && resolve(files[0] ?? "") === resolve(chart, "values.yaml");
  if (files === undefined || isOwn) return use(chart);
  return withScratch("foresail-chart-", (scratch) => {
    const copy = join(scratch, basename(resolve(chart)));
    cpSync(chart, copy, { recursive: true, dereference: true, filter: (path) => basename(path) !== ".git" });
    const values = mergedValues(files.map((file) => layerOf(file).tree));
    writeFileSync(join(copy, "values.yaml"), JSON.stringify(plainTree(values)));
    return use(copy);
  });
}
