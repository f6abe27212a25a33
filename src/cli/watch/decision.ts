import { isObject, type JsonObject } from "../../core/json.ts";
import type { Rule } from "../../core/rules/rule.ts";
import { areas } from "../../core/rules.ts";

/** What the webhook logged of one decision. */
export interface Decision {
  /** RFC 3339. */
  readonly time: string;
  readonly phase: string;
  /** `namespace/name`; of a preset pod what its name begins with. */
  readonly object: string;
  readonly kind: "Workspace" | "Pod";
  /** API group of a Workspace that is not in KAITO's. */
  readonly group?: string;
  readonly operation: string;
  readonly user: string;
  readonly verdict: "allowed" | "patched" | "denied";
  readonly dryRun: boolean;
  /** What was wrong: code and field, in pairs. */
  readonly causes: readonly { readonly code: string; readonly field: string }[];
  readonly warnings: number;
}

const WORDS = { allowed: "admitted", patched: "expanded", denied: "refused" } as const;

/** Reads one line of the webhook's log; undefined for every line that is no decision. */
export function readDecision(line: string): Decision | undefined {
  const entry = parse(line);
  const { verdict } = entry;
  if (verdict !== "allowed" && verdict !== "patched" && verdict !== "denied") return undefined;
  const [codes, fields] = [texts(entry["codes"]), texts(entry["fields"])];
  return {
    time: text(entry["time"]),
    phase: text(entry["phase"]),
    object: text(entry["object"]),
    kind: entry["kind"] === "Pod" ? "Pod" : "Workspace",
    ...(entry["group"] === undefined ? {} : { group: text(entry["group"]) }),
    operation: text(entry["operation"]).toLowerCase(),
    user: text(entry["user"]),
    verdict,
    dryRun: entry["dryRun"] === true,
    causes: codes.map((code, i) => ({ code, field: fields[i] ?? "" })),
    warnings: typeof entry["warnings"] === "number" ? entry["warnings"] : 0,
  };
}

/** One line for people, and below a refusal what each code means and what to do. */
export function describeDecision(decision: Decision): string {
  const { time, operation, user, verdict, dryRun, causes, warnings } = decision;
  const notes = [
    user === "" ? "" : `by ${user}`,
    dryRun ? "(dry run)" : "",
    warnings === 0 ? "" : `${warnings} warning${warnings === 1 ? "" : "s"}`,
  ].filter((note) => note !== "");
  const { kind, group } = decision;
  const what = kind === "Pod" ? "pod " : group === undefined ? "" : `${kind}.${group} `;
  const object = what + decision.object;
  const head = `${time.slice(11, 19)}  ${WORDS[verdict]}  ${operation.padEnd(6)}  ${object}`;
  return [[head, ...notes].join("  "), ...causes.map(describeCause)].join("\n");
}

function describeCause({ code, field }: Decision["causes"][number]): string {
  const at = field === "" ? code : `${code} at ${field}`;
  const rule = ruleOf(code);
  return rule === undefined ? `          ${at}` : `          ${at}: ${rule.means} ${rule.remedy}`;
}

function ruleOf(code: string): Rule | undefined {
  const area = areas.find(({ rules }) => Object.hasOwn(rules, code));
  return area?.rules[code];
}

function parse(line: string): JsonObject {
  try {
    const entry: unknown = JSON.parse(line);
    return isObject(entry) ? entry : {};
  } catch {
    return {};
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

/** Users choose names: what a terminal would obey is not passed on to it. */
function text(value: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return typeof value === "string" ? value.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?") : "";
}
