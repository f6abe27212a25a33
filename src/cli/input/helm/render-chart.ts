import { join, resolve } from "node:path";
import { UsageError } from "../../../option.ts";
import { type ParsedDocument, parseDocuments } from "../document.ts";
import { Resource } from "../kustomize/resource.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { objectsIn } from "../tree/objects-in.ts";
import { plainTree } from "../tree/tree.ts";
import { chartFiles, isLibrary, remoteSchema } from "./chart-files.ts";
import { type ChartUse, mergedValues } from "./chart-use.ts";
import { failure, missingDependencies } from "./failure.ts";
import { layerOf } from "./layers.ts";
import { withOwnValues } from "./own-values.ts";
import { renderedSource } from "./rendered-place.ts";
import { helmTemplate } from "./run-helm.ts";

/** The objects a chart makes; or why it is not rendered, and what would help. */
export type RenderedChart =
  | { readonly kind: "rendered"; readonly resources: readonly Resource[] }
  | { readonly kind: "left"; readonly why: string; readonly remedy: string };

/**
 * The objects of a chart as `helm template` of the user makes them. Nothing is fetched and no cluster asked.
 * @param chart its directory, as it is shown
 * @param repository links may lead to all of it
 * @throws UsageError where helm fails, at the template it names
 */
export function renderChart(chart: string, use: ChartUse, repository: string | undefined): RenderedChart {
  const files = chartFiles(chart, repository);
  if (isLibrary(chart)) {
    return { kind: "left", why: `${chart} is a library chart`, remedy: "name a chart that uses it" };
  }
  const schema = remoteSchema(files);
  if (schema !== undefined) {
    throw new UsageError(
      `${schema.file}: it refers to ${schema.url}, and nothing is fetched: copy that schema into it`,
    );
  }
  const answer = withOwnValues(chart, use.ownValues, (directory) => {
    const { args, input } = argumentsOf(directory, use);
    return helmTemplate(args, input);
  });
  if (answer.kind === "missing") {
    return {
      kind: "left",
      why: `${chart} is a Helm chart, and helm is not on PATH`,
      remedy: "install it, or pipe what it renders into -",
    };
  }
  if (answer.kind === "rendered") return { kind: "rendered", resources: resourcesOf(chart, use, answer.text) };
  const lacking = missingDependencies(answer.words);
  if (lacking === undefined) throw new UsageError(failure(chart, answer.words));
  return {
    kind: "left",
    why: `${chart} needs ${lacking}, which ${lacking.includes(",") ? "are" : "is"} not in its charts/, and nothing is fetched`,
    remedy: "run helm dependency build, and commit charts/",
  };
}

function argumentsOf(directory: string, use: ChartUse): { readonly args: readonly string[]; readonly input: string } {
  const read = use.values.flatMap(({ file }) => (file === undefined ? [] : ["--values", resolve(file)]));
  const given = use.values.filter(({ file }) => file === undefined).map(({ tree }) => tree);
  const args = [
    // Objects that only `helm test` makes.
    "--skip-tests",
    ...(use.namespace === "" ? [] : ["--namespace", use.namespace]),
    ...read,
    ...(given.length === 0 ? [] : ["--values", "-"]),
    ...use.flags,
    // What follows is no flag, whatever somebody named their release.
    "--",
    use.release,
    // A path, and no name of a chart in a repository.
    resolve(directory),
  ];
  return { args, input: given.length === 0 ? "" : JSON.stringify(plainTree(mergedValues(given))) };
}

/** Each document names its template in a comment. */
function resourcesOf(chart: string, use: ChartUse, text: string): readonly Resource[] {
  const own = use.ownValues ?? [join(chart, "values.yaml")];
  const ownLayers = own.map((file) => layerOf(file));
  const values = mergedValues([...ownLayers, ...use.values].map(({ tree }) => tree));
  const files = [...use.values.flatMap(({ file }) => file ?? []), ...own];
  return parseDocuments({ shown: chart, text }, "helm").flatMap((parsed) => {
    const part = parsed.text.slice(...parsed.range);
    const inside = /^# Source: [^/\n]+\/(.+)$/m.exec(part)?.[1] ?? "Chart.yaml";
    const subcharts = [...inside.matchAll(/(?:^|\/)charts\/([^/]+)\//g)].map(([, name = ""]) => name);
    const made = { template: join(chart, inside), subcharts, values, files };
    const document: ParsedDocument = { ...parsed, sourceOf: renderedSource(parsed, made) };
    return objectsIn(treeOf(document, false)).map((tree) => new Resource(tree));
  });
}
