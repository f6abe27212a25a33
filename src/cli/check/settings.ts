import { defined } from "../../core/defined.ts";
import type { CheckConfig } from "../../core/lint/config.ts";
import type { Decisions } from "../../core/lint/settle.ts";
import type { Waived } from "../../core/lint/waivers.ts";
import { nearest } from "../../core/nearest.ts";
import { isRuleCode, ruleCodes } from "../../core/rules.ts";
import { UsageError } from "../../option.ts";
import { day } from "../day.ts";
import { readBaseline } from "./baseline.ts";
import type { ConfigFile } from "./config-file.ts";

/** What flags say of findings; each comes before what the file says. */
export interface DecisionFlags {
  readonly rule: readonly string[];
  readonly waivers: boolean;
  readonly baseline?: string | undefined;
  readonly today?: string | undefined;
}

const LEVELS = ["error", "warning", "notice", "off"] as const;
type Level = (typeof LEVELS)[number];

/** Throws UsageError for what cannot be used. */
export function decisionsOf(flags: DecisionFlags, { config, shown = "", from }: ConfigFile): Decisions {
  const levels = new Map<string, Level>(Object.entries(config.rules ?? {}) as [string, Level][]);
  for (const text of flags.rule) levels.set(...levelOf(text));
  const baseline = flags.baseline ?? (config.baseline === undefined ? undefined : from(config.baseline));
  return {
    levels,
    waivers: flags.waivers ? (config.waivers ?? []).map((one) => waivedBy(one, shown, from)) : [],
    annotations: flags.waivers,
    baseline: baseline === undefined ? new Set() : readBaseline(baseline),
    today: day(flags.today),
  };
}

function waivedBy(
  { rule, workspace, path, reason, until }: NonNullable<CheckConfig["waivers"]>[number],
  where: string,
  from: ConfigFile["from"],
): Waived {
  return { by: "config", where, rule, reason, ...defined({ object: workspace, until, file: path && from(path) }) };
}

function levelOf(text: string): [string, Level] {
  const [rule = "", word] = text.split("=");
  const level = LEVELS.find((one) => one === word);
  if (level === undefined) throw new UsageError(`--rule ${text}: expected CODE=${LEVELS.join("|")}`);
  if (isRuleCode(rule)) return [rule, level];
  const near = nearest(rule, ruleCodes);
  const hint = near.length > 0 ? `nearest are ${near.join(", ")}` : "docs/rules.md lists them";
  throw new UsageError(`--rule ${text}: there is no rule ${rule.slice(0, 80)}; ${hint}`);
}

/** What `--policy` and the file name; `shipped` is a name and no path. */
export function policyPathsOf(flags: readonly string[], { config, from }: ConfigFile): readonly string[] {
  const stated = (config.policies ?? []).map((path) => (path === "shipped" ? path : from(path)));
  return [...stated, ...flags];
}
