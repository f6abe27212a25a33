import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isScalar } from "yaml";
import { keysOf } from "../../core/field-path.ts";
import type { Place } from "../../core/report/report.ts";
import { UsageError } from "../../option.ts";
import { parseDocuments } from "./document.ts";
import type { Manifest } from "./manifest.ts";
import type { InputOptions } from "./options.ts";
import { mentionsBeside, mentionsOurs } from "./ours.ts";
import { manifestsOf } from "./plain-manifest.ts";
import { readSource } from "./source.ts";

// A chart of many templates takes seconds.
const TIMEOUT_MS = 120_000;
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * The objects of a chart, rendered with the user's `helm template`; no dependency is fetched and no cluster asked.
 * @param isNamed whether the user named the chart itself: then it is a mistake that it cannot be rendered
 * @throws UsageError where helm fails, or is missing and the chart was named
 */
export function chartManifests(chart: string, options: InputOptions, isNamed: boolean): readonly Manifest[] {
  if (options.helm === "off") return [];
  const values = options.helmValues.flatMap((file) => ["--values", resolve(file)]);
  const result = spawnSync("helm", ["template", basename(resolve(chart)).toLowerCase(), chart, ...values], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_OUTPUT_BYTES,
    // A chart that looks things up must find no cluster.
    env: { ...process.env, KUBECONFIG: "/dev/null" },
  });
  if (result.error !== undefined && "code" in result.error && result.error.code === "ENOENT") {
    const message = `${chart} is a Helm chart, and helm is not on PATH`;
    if (isNamed) throw new UsageError(`${message}: install it, or pipe what it renders into -`);
    console.error(`${message}: what it renders is not read`);
    return [];
  }
  const failed = result.error?.message ?? (result.status === 0 ? undefined : result.stderr.trim());
  if (failed !== undefined) throw new UsageError(`${chart}: helm failed: ${failed}`);
  return rendered(chart, options.helmValues, result.stdout);
}

/** Each document names its template in a comment. */
function rendered(chart: string, valueFiles: readonly string[], text: string): readonly Manifest[] {
  if (!mentionsOurs(text) && !mentionsBeside(text)) return [];
  return parseDocuments({ shown: chart, text }).flatMap((parsed) => {
    const part = parsed.text.slice(...parsed.range);
    const template = /^# Source: [^/\n]+\/(.+)$/m.exec(part)?.[1];
    const shown = join(chart, template ?? "Chart.yaml");
    const files = [...valueFiles, join(chart, "values.yaml"), shown].filter((file) => existsSync(file));
    return manifestsOf(parsed).map(({ object }) => ({
      shown,
      group: chart,
      object,
      placeOf: (path: string): Place => {
        const node = parsed.document.getIn(keysOf(path), true);
        const value = isScalar(node) ? String(node.value) : "";
        return uniquePlace(files, value) ?? { file: shown, line: 1, column: 1 };
      },
      edits: () => undefined,
    }));
  });
}

// Shorter texts stand in many places by chance.
const SHORTEST_VALUE = 3;

/** The only place where a value stands as a word of its own. */
function uniquePlace(files: readonly string[], value: string): Place | undefined {
  if (value.length < SHORTEST_VALUE || value.includes("\n")) return undefined;
  const places = files.flatMap((file) =>
    readSource(file)
      .text.split("\n")
      .flatMap((line, i): readonly Place[] => {
        const column = line.indexOf(value);
        const isWord = column >= 0 && !/[\w.-]/.test((line[column - 1] ?? "") + (line[column + value.length] ?? ""));
        return isWord ? [{ file, line: i + 1, column: column + 1 }] : [];
      }),
  );
  return places.length === 1 ? places[0] : undefined;
}
