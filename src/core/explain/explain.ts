import type { Catalogue } from "../catalogue.ts";
import { errors, type Issue } from "../issue.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { namedOf } from "../kinds/workspace-names.ts";
import { decide } from "./decided.ts";
import type { Explanation } from "./explanation.ts";
import type { UserSettings } from "./flag-values.ts";
import { memoryPicture } from "./memory.ts";
import { priceSources, staleIssues } from "./price-sources.ts";
import { remedyFor } from "./remedy.ts";
import { runningOf } from "./running.ts";
import { rankedSizes } from "./sizes.ts";
import { upgradeTo } from "./upgrade.ts";
import { explainedValues } from "./values.ts";

export interface Explaining {
  /** As admission sees it: defaults applied, name and namespace set. */
  readonly workspace: Workspace;
  readonly catalogue: Catalogue;
  /** The day prices are aged by, ISO date. */
  readonly today: string;
  /** What a cluster holds; absent: what a create would store. */
  readonly stored?: Expansion;
  /** What admission said of it; absent: it is asked. */
  readonly issues?: readonly Issue[];
  /** The user's ConfigMap, as far as it is at hand. */
  readonly settings?: UserSettings;
}

/**
 * Why a Workspace gets what it gets. Pure; every number is read from the decisions themselves, none is kept beside them.
 */
export function explain(explaining: Explaining): Explanation {
  const { workspace, catalogue, today, stored, issues, settings } = explaining;
  if (issues?.some(isOfShape) === true) return unexplained(workspace, catalogue, issues);
  const decided = decide(workspace, catalogue, stored);
  const { release } = decided.expanding;
  const expansion = stored ?? decided.expanded.expansion;
  const sizes = rankedSizes(decided, expansion);
  const prices = priceSources(release, sizes, today);
  const told = issues ?? decided.expanded.issues;
  const issuesTold = [...told, ...staleIssues(prices)];
  const common = { ...namedOf(workspace), release: release.id, prices, issues: issuesTold };
  const ranked = sizes === undefined ? {} : { sizes };
  if (expansion === undefined || errors(told).length > 0) {
    const remedy = remedyFor(workspace, catalogue, told);
    return { ...common, ...ranked, values: [], ...(remedy === undefined ? {} : { remedy }) };
  }
  const memory = memoryPicture(decided, expansion);
  const upgrade = upgradeTo(workspace, expansion, catalogue);
  return {
    ...common,
    ...ranked,
    running: runningOf(workspace, expansion),
    ...(memory === undefined ? {} : { memory }),
    values: explainedValues(decided, expansion, settings),
    ...(upgrade === undefined ? {} : { upgrade }),
  };
}

/** Of another type than its schema has: nothing can be asked of it. */
function isOfShape({ level, code }: Issue): boolean {
  return level === "error" && (code.startsWith("schema/") || code === "workspace/version");
}

function unexplained(workspace: Workspace, catalogue: Catalogue, issues: readonly Issue[]): Explanation {
  const { namespace, name, ...told } = namedOf(workspace);
  const named = { ...told, namespace: String(namespace), name: String(name ?? "") };
  return { ...named, release: catalogue.current.id, values: [], prices: [], issues };
}
