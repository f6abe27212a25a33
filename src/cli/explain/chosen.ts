import { KAITO_GROUP, WORKSPACE_GROUPS, workspaceKind } from "../../core/kinds/workspace.ts";
import { type Named, typeIn } from "../../core/kinds/workspace-names.ts";
import { UsageError } from "../../option.ts";

/** What `-w` names. */
export interface Choice {
  readonly name: string;
  /** Absent: in whatever group. */
  readonly group?: string;
}

const TYPES = [workspaceKind.plural, workspaceKind.singular, ...workspaceKind.shortNames];
const VERSIONS = workspaceKind.versions.map(({ name }) => name);

/** `phi`, `workspaces/phi`, `workspaces.foresail.dev/phi`: as kubectl takes it. Throws UsageError for what is no Workspace. */
export function choiceOf(given: string): Choice {
  const [type = "", name, ...more] = given.split("/");
  if (name === undefined) return { name: given };
  const [plural = "", ...suffix] = type.split(".");
  const group = (VERSIONS.some((version) => version === suffix[0]) ? suffix.slice(1) : suffix).join(".");
  const isKnown = group === "" || WORKSPACE_GROUPS.some((one) => one === group);
  if (more.length > 0 || !isKnown || !TYPES.some((one) => one === plural.toLowerCase())) {
    const types = WORKSPACE_GROUPS.map((one) => typeIn(one)).join(" or ");
    throw new UsageError(`--name ${JSON.stringify(given.slice(0, 200))}: give NAME, or TYPE/NAME with ${types}`);
  }
  return { name, ...(group === "" ? {} : { group }) };
}

export function isChosen(one: Named, { name, group }: Choice): boolean {
  return one.name === name && (group === undefined || groupOfNamed(one) === group);
}

/** A line for each name that Workspaces of both groups have: how one of them is chosen. */
export function ambiguous(all: readonly Named[]): readonly string[] {
  const byName = Map.groupBy(all, ({ namespace, name }) => `${namespace}/${name}`);
  return [...byName].flatMap(([key, same]) => {
    const groups = WORKSPACE_GROUPS.filter((group) => same.some((one) => groupOfNamed(one) === group));
    if (groups.length < 2) return [];
    const ways = groups.map((group) => `-w ${typeIn(group)}/${same[0]?.name}`).join(", ");
    return [`${key} is in ${groups.join(" and ")}; one of them: ${ways}`];
  });
}

function groupOfNamed({ group = KAITO_GROUP }: Named): string {
  return group;
}
