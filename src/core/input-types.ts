import { error, type Issue } from "./issue.ts";
import { isObject, type JsonObject } from "./json.ts";
import { validateWorkspaceInputs, type Workspace } from "./kinds/workspace.ts";
import { shortened } from "./schema.ts";

// A pod template nests about 15 levels. The API server's own limit is 10,000, which overflows a stack in recursive code.
const MOST_LEVELS = 100;

/** Whether `value` has objects or lists nested more than `levels` deep. Looks no deeper than that. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const member of Object.values(value)) if (isDeeper(member, levels - 1)) return true;
  return false;
}

/** Members that are nested too deep to be compared, hashed or copied; everything else may recurse without a bound. */
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
  return Object.entries(parts)
    .filter(([, value]) => isDeeper(value, MOST_LEVELS))
    .map(([path]) =>
      error(path, "schema/too-deep", `${path} is nested deeper than ${MOST_LEVELS} levels: no pod needs that`),
    );
}

/** What has the wrong type among the inputs: `/mutate` runs before the API server's own schema check. */
export function typeIssues(workspace: Workspace): readonly Issue[] {
  const { resource, inference, tuning } = workspace;
  const stated = { resource, inference, tuning } as unknown as JsonObject;
  return [...metadataIssues(workspace), ...validateWorkspaceInputs(stated, "")];
}

/** The members of metadata that an expansion reads; a real API server has checked them, a made-up review may not have. */
function metadataIssues(workspace: Workspace): readonly Issue[] {
  const { name, namespace, annotations } = workspace.metadata as { readonly [key: string]: unknown };
  const wrongType = (path: string, type: string): Issue =>
    error(path, "schema/type", `${path} must be of type ${type}`);
  const names = Object.entries({ "metadata.name": name, "metadata.namespace": namespace });
  const values = isObject(annotations) ? Object.entries(annotations) : [];
  return [
    ...names
      .filter(([, value]) => value !== undefined && typeof value !== "string")
      .map(([path]) => wrongType(path, "string")),
    ...(annotations === undefined || annotations === null || isObject(annotations)
      ? []
      : [wrongType("metadata.annotations", "object")]),
    ...values
      .filter(([, value]) => typeof value !== "string")
      .slice(0, 1)
      .map(([key]) => wrongType(`metadata.annotations[${shortened(key)}]`, "string")),
  ];
}
