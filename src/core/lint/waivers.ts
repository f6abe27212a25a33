import { objectAt } from "../capacity/fields.ts";
import { error, type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { nearest } from "../nearest.ts";
import { isRuleCode, ruleCodes } from "../rules.ts";

/** One waiver as its author wrote it. */
export interface Waived {
  readonly by: "annotation" | "config";
  /** Where it stands, for messages: an annotation's path, or the config file's. */
  readonly where: string;
  readonly rule: string;
  /** namespace/name, with `*` for any run of characters; absent: every object. */
  readonly object?: string;
  /** Paths of files, with `*` for any run of characters; absent: every file. */
  readonly file?: string;
  readonly reason: string;
  readonly until?: string;
}

const PREFIX = "waive.foresail.dev/";
const UNTIL = /^(.*?)[;,]?\s*\buntil (\d{4}-\d{2}-\d{2})\s*$/s;

/**
 * The waivers an object carries: `waive.foresail.dev/<area>.<name>: "<reason>; until 2027-01-31"`. The slash of a code is a
 * dot there, since a key of an annotation has room for one slash.
 */
export function waiversOf(object: JsonObject): readonly Waived[] {
  return Object.entries(objectAt(object, "metadata", "annotations")).flatMap(([key, value]) => {
    if (!key.startsWith(PREFIX) || typeof value !== "string") return [];
    const [, before = value, until] = UNTIL.exec(value) ?? [];
    const rule = key.slice(PREFIX.length).replace(".", "/");
    return [
      {
        by: "annotation" as const,
        where: `metadata.annotations[${key}]`,
        rule,
        reason: before.trim(),
        ...(until === undefined ? {} : { until }),
      },
    ];
  });
}

/** What is wrong with a waiver itself; one of these never waives. */
export function waiverIssue({ where, rule, reason, until }: Waived, today: string): Issue | undefined {
  if (!isRuleCode(rule)) {
    const near = nearest(rule, ruleCodes);
    const hint = near.length > 0 ? `; nearest are ${near.join(", ")}` : "";
    return error(where, "waiver/unknown-rule", `${where}: there is no rule ${rule.slice(0, 80)}${hint}`);
  }
  if (reason === "") return error(where, "waiver/no-reason", `${where}: say why ${rule} is left, in a few words`);
  if (until !== undefined && until < today) {
    return warning(where, "waiver/expired", `${where}: ended on ${until}; mend what it waived, or give it another day`);
  }
  return undefined;
}

/** Whether a waiver speaks of an object in a file. */
export function concerns({ object, file }: Waived, subject: string, path: string): boolean {
  return (object === undefined || matches(object, subject)) && (file === undefined || matches(file, path));
}

/** `*` stands for any run of characters, `?` is none of our business. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  const last = rest.at(-1) ?? "";
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
