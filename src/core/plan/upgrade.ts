import type { Catalogue } from "../catalogue.ts";
import { diff } from "../diff.ts";
import { expand } from "../expand.ts";
import { sameJson } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Situation } from "../status/situation.ts";

const MOST_CHANGES = 20;

/** What a newer catalogue would change; nothing changes until git asks. */
export function upgradeOf(workspace: Workspace, stored: Expansion, catalogue: Catalogue): Situation["upgrade"] {
  if (stored.catalog === catalogue.current.id || isLater(stored.catalog, catalogue.current.id)) return undefined;
  const { expansion } = expand(workspace, catalogue);
  if (expansion === undefined || expansion.catalog === stored.catalog) return undefined;
  const changes = diff(stored, { ...expansion, catalog: stored.catalog }).map(({ path }) =>
    path.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~"),
  );
  if (changes.length === 0) return undefined;
  return {
    release: expansion.catalog,
    restarts: !sameJson(stored.podTemplate, expansion.podTemplate),
    changes: changes.slice(0, MOST_CHANGES),
  };
}

/** Made by a later version, which a roll-out or a step back leaves beside this one: its older result is no upgrade. */
function isLater(release: string, other: string): boolean {
  const [a, b] = [release, other].map((id) => id.split("+", 1)[0]?.split(".").map(Number) ?? []);
  const differing = (a ?? []).findIndex((part, i) => part !== b?.[i]);
  return differing !== -1 && (a?.[differing] ?? 0) > (b?.[differing] ?? 0);
}
