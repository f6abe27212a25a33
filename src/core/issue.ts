import type { Operation } from "./diff.ts";
import { pointerOf } from "./field-path.ts";
import type { RuleCode } from "./rules.ts";

/** The one change of the author's object that mends an issue. */
export interface Fix {
  /** Half a sentence: `use phi-4`. */
  readonly describes: string;
  /** JSON Patch on the object as its author states it. */
  readonly patch: readonly Operation[];
}

/** How bad something is: an error refuses, a warning is shown, a notice is worth knowing and counts for nothing. */
export type Level = "error" | "warning" | "notice";

/** One thing that is wrong. Denials, warnings, command-line findings and status messages are lists of these. */
export interface Issue {
  /** Field path as a user writes it: `resource.instanceType`, `metadata.annotations[foresail.dev/zones]`. */
  readonly path: string;
  /** Stable documented word, area/name: `instance-type/unknown`; all of them are in rules.ts. */
  readonly code: RuleCode;
  /** What was given, what is allowed, what to do. One line. */
  readonly message: string;
  readonly level: Level;
  /** Where there is one right answer. */
  readonly fix?: Fix;
}

export function error(path: string, code: RuleCode, message: string): Issue {
  return { path, code, message, level: "error" };
}

export function warning(path: string, code: RuleCode, message: string): Issue {
  return { path, code, message, level: "warning" };
}

export function notice(path: string, code: RuleCode, message: string): Issue {
  return { path, code, message, level: "notice" };
}

/** The issue with its remedy: another value where its path leads. */
export function mendedBy(issue: Issue, value: string): Issue {
  const patch = [{ op: "replace" as const, path: pointerOf(issue.path), value }];
  return { ...issue, fix: { describes: `use ${value}`, patch } };
}

export function errors(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter((issue) => issue.level === "error");
}

export function warnings(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter((issue) => issue.level === "warning");
}
