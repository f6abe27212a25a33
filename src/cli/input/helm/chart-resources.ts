import { basename, resolve } from "node:path";
import { UsageError } from "../../../option.ts";
import type { Resource } from "../kustomize/resource.ts";
import type { InputOptions } from "../options.ts";
import { repositoryRoot } from "../repository.ts";
import type { ChartUse } from "./chart-use.ts";
import { layerOf } from "./layers.ts";
import { renderChart } from "./render-chart.ts";

/**
 * The objects of a chart that nothing installs, rendered with the user's values.
 * @param isNamed whether the user named the chart itself: then it is a mistake that it cannot be rendered
 * @throws UsageError where helm fails, or the chart was named and is not rendered
 */
export function chartResources(chart: string, options: InputOptions, isNamed: boolean): readonly Resource[] {
  if (options.helm === "off") return [];
  return installed(chart, plainUse(chart, options), isNamed, console.error);
}

/** The objects of a chart; a chart that is left out is told unless it was named. */
export function installed(
  chart: string,
  use: ChartUse,
  isNamed: boolean,
  tell: (message: string) => void,
): readonly Resource[] {
  const made = renderChart(chart, use, repositoryRoot(chart));
  if (made.kind === "rendered") return made.resources;
  if (isNamed) throw new UsageError(`${made.why}: ${made.remedy}`);
  tell(`${made.why}: what it renders is not read`);
  return [];
}

function plainUse(chart: string, { helmValues, helmSet }: InputOptions): ChartUse {
  return {
    release: releaseName(basename(resolve(chart))),
    namespace: "",
    values: helmValues.map(layerOf),
    flags: helmSet.flatMap((one) => ["--set", one]),
  };
}

/** What helm takes for the name of a release; its own default for what it does not. */
function releaseName(text: string): string {
  const name = text.toLowerCase();
  return /^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/.test(name) ? name : "release-name";
}
