import { pointerToken } from "../field-path.ts";
import { error, type Issue, warning } from "../issue.ts";
import { isObject } from "../json.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import { workspaceFields } from "../kinds/workspace.ts";
import type { RepositoryCheck } from "./repository.ts";

const MOST_NULLS = 20;

/** What git states of a Workspace and a server-side apply of it refuses, or takes and never uses. */
export const statedByServers: RepositoryCheck = (all) =>
  all
    .filter(({ object }) => isWorkspace(object))
    .flatMap((seen) => issuesOf(seen.object).map((issue) => ({ seen, issue })));

function issuesOf(object: { readonly [key: string]: unknown }): readonly Issue[] {
  return [
    ...(object["status"] === undefined ? [] : [statusInGit]),
    ...Object.keys(workspaceFields)
      .filter((field) => field !== "status" && field !== "expansion")
      .flatMap((field) => nullsIn(object[field], field))
      .slice(0, MOST_NULLS)
      .map(nullStated),
  ];
}

const statusInGit: Issue = {
  ...warning("status", "schema/status-in-git", "status is written by the cluster: what git says of it is never used"),
  fix: { describes: "remove status", patch: [{ op: "remove", path: "/status" }] },
};

interface Null {
  readonly path: string;
  readonly pointer: string;
}

function nullStated({ path, pointer }: Null): Issue {
  const text = `${path} is null: a server-side apply of it is refused with 422 (Flux and Argo CD), kubectl apply drops it`;
  return {
    ...error(path, "schema/null-value", text),
    fix: { describes: "remove it", patch: [{ op: "remove", path: pointer }] },
  };
}

/** Parts without a schema keep their nulls; they are people's pod templates, which Kubernetes reads as absent. */
const SCHEMALESS = new Set(["template", "volumeSource"]);

function nullsIn(value: unknown, path: string, pointer = `/${path}`): readonly Null[] {
  if (value === null) return [{ path, pointer }];
  if (Array.isArray(value)) return value.flatMap((item, i) => nullsIn(item, `${path}[${i}]`, `${pointer}/${i}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    SCHEMALESS.has(key) && member !== null ? [] : nullsIn(member, `${path}.${key}`, `${pointer}/${pointerToken(key)}`),
  );
}
