import type { Issue } from "../issue.ts";
import { printable, printableJson } from "../report/printable.ts";
import { integer, list, object, oneOf, type Static, string } from "../schema.ts";
import type { TakenOver } from "../take-over/report.ts";
import { takeOverText } from "../take-over/report-text.ts";
import { takenOverSchema } from "../take-over/schema.ts";
import { type Finding, LEVELS, type Level } from "./finding.ts";
import { FINDING_IDS } from "./texts.ts";

const finding = object(
  {
    id: oneOf(FINDING_IDS, "Stable identity of what was looked at; docs/doctor.md lists all."),
    level: oneOf(LEVELS, "problem: it does not work, or will not; warning: it may hinder; note: good to know."),
    seen: string("What was seen. One line."),
    next: string("What to do, as a command or an exact step. One line; absent where there is nothing to do."),
  },
  "One thing that was found.",
  { required: ["id", "level", "seen"] },
);

const count = (what: string) => integer(`How many ${what}.`, { minimum: 0 });

const summary = object(
  { problem: count("problems"), warning: count("warnings"), note: count("notes"), ok: count("are well") },
  "The sums.",
  { required: LEVELS },
);

/**
 * What `doctor -o json` prints. Later versions may add members and ids; a member that changes its meaning or goes makes
 * another `schemaVersion`.
 */
export const doctorSchema = object(
  {
    schemaVersion: integer("Version of this shape.", { const: 1 }),
    tool: object({ name: oneOf(["foresail"], "Its name."), version: string("Its version.") }, "What looked.", {
      required: ["name", "version"],
    }),
    server: string("Address of the API server."),
    context: string("Context of the kubeconfig."),
    findings: list(finding, "What was found, the worst first."),
    summary,
    takeOver: list(takenOverSchema, "With --take-over: each Workspace, by namespace and name."),
  },
  "What foresail doctor found in a cluster.",
  { required: ["schemaVersion", "tool", "server", "context", "findings", "summary"] },
);

/** All that doctor found in one cluster. */
export type DoctorReport = Omit<Static<typeof doctorSchema>, "findings" | "takeOver"> & {
  readonly findings: readonly Finding[];
  readonly takeOver?: readonly TakenOver[];
};

export function doctorReport(
  findings: readonly Finding[],
  { version, server, context }: { readonly version: string; readonly server: string; readonly context: string },
): DoctorReport {
  const sum = (level: Level): number => findings.filter((one) => one.level === level).length;
  return {
    schemaVersion: 1,
    tool: { name: "foresail", version },
    server,
    context,
    findings,
    summary: { problem: sum("problem"), warning: sum("warning"), note: sum("note"), ok: sum("ok") },
  };
}

export function doctorJson({ takeOver, ...report }: DoctorReport): string {
  const stated = (issues: readonly Issue[]) => issues.map(({ path, code, message }) => ({ path, code, message }));
  const workspaces = takeOver?.map(({ refused, warnings, ...rest }) => {
    return { ...rest, refused: stated(refused), warnings: stated(warnings) };
  });
  return printableJson({ ...report, ...(workspaces === undefined ? {} : { takeOver: workspaces }) });
}

const WIDTH = Math.max(...LEVELS.map((level) => level.length)) + 2;

/** A line for what was seen, one for what to do; what the cluster says is written out harmlessly. */
export function doctorText({ findings, summary: { problem, warning, note, ok }, takeOver }: DoctorReport): string {
  const counts = [counted(problem, "problem"), counted(warning, "warning"), counted(note, "note"), `${ok} ok`];
  const found = `${[...findings.flatMap(findingLines), counts.join(", ")].join("\n")}\n`;
  return takeOver === undefined ? found : `${found}\n${takeOverText(takeOver)}`;
}

/** `problem  kaito/controller: KAITO's controller runs …`, and the next step below it. */
export function findingLines({ id, level, seen, next }: Finding): readonly string[] {
  const first = `${level.padEnd(WIDTH)}${id}: ${printable(seen)}`;
  return next === undefined ? [first] : [first, `${" ".repeat(WIDTH)}next: ${printable(next)}`];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
