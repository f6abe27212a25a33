import type { Catalogue } from "../catalogue.ts";
import { expand, statedIssues } from "../expand.ts";
import { typeIssues } from "../input-types.ts";
import { errors, type Issue } from "../issue.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { annotationPath } from "../options.ts";

/** Without one of these, what is said of hardware would follow from its absence. */
const deciding = [
  "resource",
  "inference.preset",
  "inference.template",
  "tuning.preset",
  "resource.instanceType",
  "resource.partition",
];
/** What must be there; in the place of a wrong one. */
const required: { readonly [part: string]: Json } = {
  resource: { labelSelector: {} },
  "resource.labelSelector": {},
  "tuning.input": {},
  "tuning.output": {},
};
const small = /^(inference|tuning)\.preset\.(accessMode|presetOptions)\b/;

/**
 * What has the wrong type among the inputs, and beside it what else would be refused, so that all of it is told at once: the
 * rest is judged without the parts that hold the wrong values.
 */
export function typeRefusals(workspace: Workspace, catalogue: Catalogue): readonly Issue[] {
  const wrong = typeIssues(workspace);
  return wrong.length === 0 ? [] : [...wrong, ...beside(workspace, wrong, catalogue)];
}

function beside(workspace: Workspace, wrong: readonly Issue[], catalogue: Catalogue): readonly Issue[] {
  const parts = [...new Set(wrong.map(({ path }) => partOf(path)))].filter((part) => part !== undefined);
  if (wrong.some(({ path }) => partOf(path) === undefined)) return [];
  const left = parts.reduce(without, workspace);
  if (typeIssues(left).length > 0) return [];
  const sized = !parts.some((part) => deciding.includes(part) || part.startsWith(ANNOTATION));
  const found = errors(sized ? expand(left, catalogue).issues : statedIssues(left, catalogue).issues);
  return found.filter(({ path }) => !parts.some((part) => isWithin(path, part) || isWithin(part, path)));
}

const ANNOTATION = "metadata.annotations[";

/** The member that is left out for what is wrong at a path; undefined: one that nothing can be said without. */
function partOf(path: string): string | undefined {
  // Labels and slices are judged by whose nodes they are on.
  if (path === annotationPath("foresail.dev/provision")) return undefined;
  if (path.startsWith(ANNOTATION) || path === "resource") return path;
  return (small.exec(path) ?? /^(resource|inference|tuning)\.\w+/.exec(path))?.[0];
}

function without(workspace: Workspace, part: string): Workspace {
  if (part.startsWith(ANNOTATION)) return withoutWrongAnnotations(workspace);
  return removed(workspace as unknown as JsonObject, part.split("."), required[part]) as unknown as Workspace;
}

/** Keys have dots, and long ones are shortened in paths. */
function withoutWrongAnnotations(workspace: Workspace): Workspace {
  const { annotations = {}, ...metadata } = workspace.metadata;
  const texts = Object.entries(annotations).filter(([, value]) => typeof value === "string");
  return { ...workspace, metadata: { ...metadata, annotations: Object.fromEntries(texts) } };
}

function removed(object: JsonObject, [name = "", ...inner]: readonly string[], instead: Json | undefined): JsonObject {
  const { [name]: member, ...others } = object;
  if (inner.length > 0) return isObject(member) ? { ...object, [name]: removed(member, inner, instead) } : others;
  return instead === undefined ? others : { ...others, [name]: instead };
}

function isWithin(path: string, part: string): boolean {
  return path.startsWith(part) && !/^\w/.test(path.slice(part.length));
}
