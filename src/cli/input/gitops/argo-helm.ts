import { join, posix, resolve } from "node:path";
import { UsageError } from "../../../option.ts";
import { type ChartUse, itemsOf, type Layer, stated } from "../helm/chart-use.ts";
import { layerOf } from "../helm/layers.ts";
import { shownPlace } from "../place.ts";
import { type Branch, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type Surroundings, shownObject } from "./applier.ts";
import { documentIn } from "./referred-values.ts";

interface Source {
  readonly object: Branch;
  readonly source: Tree;
  readonly sources: readonly Tree[];
  /** Where the chart is, as it is shown. */
  readonly directory: string;
  readonly around: Surroundings;
}

/**
 * How Argo CD renders a chart: files of values in their order, then `valuesObject` or else `values`, then parameters.
 * @throws UsageError for a file that is not there
 */
export function argoChartUse(from: Source): ChartUse {
  const { object, source } = from;
  const helm = lookUp(source, "helm");
  const text = (key: string): string => textOf(lookUp(helm, key));
  const namespace = text("namespace") || textOf(lookUp(object, "spec", "destination", "namespace"));
  const version = text("kubeVersion");
  return {
    release: text("releaseName") || textOf(lookUp(object, "metadata", "name")),
    namespace,
    values: [...itemsOf(lookUp(helm, "valueFiles")).flatMap((path) => fileLayers(path, from)), ...inlineLayers(helm)],
    flags: [
      ...(text("skipCrds") === "true" ? [] : ["--include-crds"]),
      ...(text("skipSchemaValidation") === "true" ? ["--skip-schema-validation"] : []),
      ...(version === "" ? [] : ["--kube-version", version]),
      ...itemsOf(lookUp(helm, "apiVersions")).flatMap((one) => ["--api-versions", textOf(one)]),
      ...itemsOf(lookUp(helm, "parameters")).flatMap((one) => parameterFlags(one, from)),
      ...itemsOf(lookUp(helm, "fileParameters")).flatMap((one) => fileFlags(one, from)),
    ],
  };
}

function inlineLayers(helm: Tree | undefined): readonly Layer[] {
  const object = stated(helm, "valuesObject");
  if (object !== undefined) return [{ tree: object }];
  const text = stated(helm, "values");
  return text === undefined || textOf(text) === "" ? [] : [{ tree: documentIn(text) }];
}

function fileLayers(path: Tree, from: Source): readonly Layer[] {
  const file = fileOf(path, from);
  return file === undefined ? [] : [layerOf(file)];
}

/** Relative to the chart, from the top of the repository (`/x`), or in another source of the Application (`$ref/x`). */
function fileOf(path: Tree | undefined, from: Source): string | undefined {
  const { object, source, sources, around } = from;
  const text = withVariables(textOf(path), object);
  const where = path?.at === undefined ? from.directory : shownPlace(path.at.document, path.at.keys);
  const fail = (why: string): never => {
    throw new UsageError(`${where}: ${shownObject(object)}: ${text} ${why}`);
  };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return fail("is not in this repository, and nothing is fetched");
  const [, reference, behind = ""] = /^\$([^/]+)\/(.*)$/.exec(text) ?? [];
  if (reference !== undefined) {
    const other = sources.find((one) => textOf(lookUp(one, "ref")) === reference);
    if (other === undefined) return fail(`refers to a source ${reference} that it does not have`);
    const url = textOf(lookUp(other, "repoURL"));
    if (!around.repository.isHere(url)) {
      around.tell(`${shownObject(object)} is rendered without ${text}: ${url} is not this repository`);
      return undefined;
    }
  }
  const chart = textOf(lookUp(source, "path"));
  const inside = reference !== undefined ? behind : text.startsWith("/") ? text.slice(1) : posix.join(chart, text);
  const file = around.repository.shown(inside);
  if (file !== undefined) return file;
  const mayMiss = textOf(lookUp(source, "helm", "ignoreMissingValueFiles")) === "true";
  return mayMiss ? undefined : fail(`is no file of this repository (looked for ${join(inside)})`);
}

/** A name that holds `=` or `,` would name other files. */
function fileFlags(parameter: Tree, from: Source): readonly string[] {
  const name = textOf(lookUp(parameter, "name"));
  if (/[=,{}]/.test(name)) throw new UsageError(`${shownObject(from.object)}: ${name} is no name of a parameter`);
  const file = fileOf(lookUp(parameter, "path"), from);
  return file === undefined ? [] : ["--set-file", `${name}=${escaped(resolve(file))}`];
}

function parameterFlags(parameter: Tree, { object }: Source): readonly string[] {
  const flag = textOf(lookUp(parameter, "forceString")) === "true" ? "--set-string" : "--set";
  const value = withVariables(textOf(lookUp(parameter, "value")), object);
  const isList = value.startsWith("{") && value.endsWith("}");
  return [flag, `${textOf(lookUp(parameter, "name"))}=${isList ? value : escaped(value)}`];
}

/** A comma would begin the next value. */
function escaped(value: string): string {
  return value.replaceAll(/(?<!\\),/g, "\\,");
}

/** The variables of Argo CD's build environment that the files tell. */
function withVariables(text: string, object: Branch): string {
  const known: { readonly [name: string]: string } = {
    ARGOCD_APP_NAME: textOf(lookUp(object, "metadata", "name")),
    ARGOCD_APP_NAMESPACE: textOf(lookUp(object, "spec", "destination", "namespace")),
    ARGOCD_APP_PROJECT_NAME: textOf(lookUp(object, "spec", "project")),
  };
  return text.replaceAll(/\$(?:\{(ARGOCD_\w+)\}|(ARGOCD_\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    return Object.hasOwn(known, name) ? (known[name] ?? whole) : whole;
  });
}
