import { error, type Issue } from "./issue.ts";
import { isObject, type JsonObject } from "./json.ts";
import { validateWorkspaceInputs, type Workspace } from "./kinds/workspace.ts";
import { shortened, shown } from "./schema.ts";

// A pod template nests about 15 levels. The API server's own limit is 10,000, which overflows a stack in recursive code.
const MOST_LEVELS = 100;

// A Workspace has some hundred values, the largest pod templates a few thousand. A review of 3 MB can have a million, and every
// step from comparing to hashing walks over all of them, while nobody else is answered.
const MOST_VALUES = 10_000;

/** Whether `value` can be walked over as often as one likes. Looks no further than it has to for the answer. */
function extent(value: unknown, levels: number, room: { values: number }): "fits" | "too-deep" | "too-large" {
  if (typeof value !== "object" || value === null) return "fits";
  if (levels === 0) return "too-deep";
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  room.values -= members.length;
  if (room.values < 0) return "too-large";
  for (const member of members) {
    const found = extent(member, levels - 1, room);
    if (found !== "fits") return found;
  }
  return "fits";
}

/**
 * Members that are too large or nested too deep to be compared, hashed or copied; everything else may walk over them, and
 * recurse, without a bound.
 */
export function depthIssues(workspace: Workspace): readonly Issue[] {
  const { resource, inference, tuning, expansion, metadata } = workspace;
  const { labels, annotations } = metadata;
  const parts = {
    resource,
    inference,
    tuning,
    expansion,
    "metadata.labels": labels,
    "metadata.annotations": annotations,
  };
  return Object.entries(parts).flatMap(([path, value]) => extentIssues(path, value));
}

/** Why `value`, found at `path`, is not walked over. */
export function extentIssues(path: string, value: unknown): readonly Issue[] {
  switch (extent(value, MOST_LEVELS, { values: MOST_VALUES })) {
    case "fits":
      return [];
    case "too-deep":
      return [error(path, "schema/too-deep", `${path} is nested deeper than ${MOST_LEVELS} levels: no pod needs that`)];
    case "too-large":
      return [error(path, "schema/too-large", `${path} holds more than ${MOST_VALUES} values: no pod needs that`)];
  }
}

/** What has the wrong type among the inputs: `/mutate` runs before the API server's own schema check. */
export function typeIssues(workspace: Workspace): readonly Issue[] {
  const { resource, inference, tuning } = workspace;
  const stated = { resource, inference, tuning } as unknown as JsonObject;
  return [...metadataIssues(workspace), ...validateWorkspaceInputs(stated, "")];
}

// A made-up review may have thousands; a manifest has no more than people write.
const MOST_ANNOTATIONS = 20;

/** The members of metadata that an expansion reads; a real API server has checked them, a made-up review may not have. */
function metadataIssues(workspace: Workspace): readonly Issue[] {
  const { name, namespace, annotations } = workspace.metadata as { readonly [key: string]: unknown };
  const wrongType = (path: string, type: string, given: unknown): Issue =>
    error(path, "schema/type", `${path} must be of type ${type}, given ${shown(given)}`);
  const notText = (path: string, given: unknown): Issue =>
    error(path, "schema/type", `${path} must be of type string, given ${shown(given)}: put it in quotes`);
  const names = Object.entries({ "metadata.name": name, "metadata.namespace": namespace });
  const values = isObject(annotations) ? Object.entries(annotations) : [];
  return [
    ...names
      .filter(([, value]) => value !== undefined && typeof value !== "string")
      .map(([path, value]) => notText(path, value)),
    ...(annotations === undefined || annotations === null || isObject(annotations)
      ? []
      : [wrongType("metadata.annotations", "object", annotations)]),
    ...values
      .filter(([, value]) => typeof value !== "string")
      .slice(0, MOST_ANNOTATIONS)
      .map(([key, value]) => notText(annotationPath(key), value)),
  ];
}

function annotationPath(key: string): string {
  return `metadata.annotations[${shortened(key)}]`;
}
