import { join } from "node:path";

/** The names of dependencies that a chart lacks, by what helm says of them; undefined: it says something else. */
export function missingDependencies(words: string): string | undefined {
  return /found in Chart\.yaml, but missing in charts\/ directory: (.+)/.exec(words)?.[1]?.trim();
}

/**
 * helm's words about a chart that fails, led by the template's file and line where they name one: helm counts files from the
 * chart's name.
 */
export function failure(chart: string, words: string): string {
  const [, inside, line, column] = PLACE.exec(words) ?? [];
  const place = [inside === undefined ? chart : join(chart, inside), line, column].filter((part) => part !== undefined);
  const plain = words
    .split("\n")
    .filter((one) => one.trim() !== "" && !/^Use --debug flag|^level=|^walk\.go/.test(one))
    .map((one) => one.replace(/^Error: /, ""))
    .join("\n");
  return `${place.join(":")}: helm failed: ${plain}`;
}

// `execution error at (c/templates/w.yaml:3:5)`, `template: c/templates/w.yaml:3:5: executing …`, `parse error at (c/…:3)`,
// `YAML parse error on c/templates/w.yaml: error converting YAML to JSON: yaml: line 4`.
const PLACE =
  /(?:\(|template: |YAML parse error on |unable to parse YAML: )[^\s/():]+\/((?:templates|charts|crds)\/[^\s():]+)(?::(\d+)(?::(\d+))?)?/;
