import { type Issue, type Level, warning } from "../issue.ts";
import { fingerprint } from "../report/fingerprint.ts";
import type { Finding, Subject } from "../report/report.ts";
import { repositoryRules } from "../rules/repository.ts";
import { concerns, type Waived, waiverIssue } from "./waivers.ts";

/** What whoever runs the check has decided about findings. */
export interface Decisions {
  readonly levels: ReadonlyMap<string, Level | "off">;
  readonly waivers: readonly Waived[];
  /** Whether waivers that stand at objects are heeded. */
  readonly annotations: boolean;
  /** Fingerprints of findings that were there before. */
  readonly baseline: ReadonlySet<string>;
  /** As 2027-01-31. */
  readonly today: string;
}

/** A waiver that stands at an object, and where. */
export interface AnnotatedWaiver {
  readonly waiver: Waived;
  readonly subject: Subject;
  readonly place: Finding["place"];
}

/**
 * Findings with their levels and waivers as decided, and what is wrong with the waivers. What the cluster would refuse stays
 * an error whatever is decided: a check that passes and an apply that fails help nobody. Only a baseline covers it, since
 * what it lists is there already.
 */
export function settled(
  findings: readonly Finding[],
  annotated: readonly AnnotatedWaiver[],
  decisions: Decisions,
): readonly Finding[] {
  const used = new Set<Waived>();
  const broken = new Map<Waived, Finding>();
  const all = [
    ...(decisions.annotations ? annotated : []),
    ...decisions.waivers.map((waiver) => ({
      waiver,
      subject: undefined,
      place: { file: waiver.where, line: 1, column: 1 },
    })),
  ];
  for (const { waiver, subject, place } of all) {
    const issue = waiverIssue(waiver, decisions.today);
    if (issue !== undefined) broken.set(waiver, toFinding(issue, subject, place));
  }
  const told = findings.flatMap((finding) => {
    const refused = isRefusal(finding);
    const level = decisions.levels.get(finding.code);
    if (level === "off" && !refused) return [];
    const levelled = level === undefined || level === "off" || refused ? finding : { ...finding, level };
    const found = all.find(({ waiver, subject }) => {
      const isSame = subject === undefined || sameSubject(subject, finding.subject);
      return (
        !broken.has(waiver) &&
        waiver.rule === finding.code &&
        isSame &&
        concerns(waiver, shown(finding.subject), finding.place.file)
      );
    });
    if (found !== undefined && !refused) {
      used.add(found.waiver);
      const { by, reason, until } = found.waiver;
      return [{ ...levelled, waiver: { by, reason, ...(until === undefined ? {} : { until }) } }];
    }
    if (decisions.baseline.has(finding.fingerprint)) {
      return [
        { ...levelled, waiver: { by: "baseline" as const, reason: "it was there when the baseline was written" } },
      ];
    }
    return [levelled];
  });
  const idle = all
    .filter(({ waiver }) => !used.has(waiver) && !broken.has(waiver))
    .map(({ waiver, subject, place }) => toFinding(idleIssue(waiver, findings, subject), subject, place));
  return [...told, ...broken.values(), ...idle];
}

/** Whether the API server, with our webhook, refuses the object for it. */
export function isRefusal({ code, level }: Pick<Finding, "code" | "level">): boolean {
  return level === "error" && !(code in repositoryRules);
}

function idleIssue({ where, rule }: Waived, findings: readonly Finding[], subject: Subject | undefined): Issue {
  const isRefused = findings.some(
    (one) => one.code === rule && isRefusal(one) && (subject === undefined || sameSubject(subject, one.subject)),
  );
  return isRefused
    ? warning(where, "waiver/refused", `${where}: the cluster refuses what ${rule} finds, so it cannot be waived`)
    : warning(where, "waiver/unused", `${where}: nothing is found that it waives; remove it`);
}

function toFinding(
  { path, code, level, message }: Issue,
  subject: Subject | undefined,
  place: Finding["place"],
): Finding {
  const print = fingerprint(code, subject, path);
  return { path, code, level, message, place, fingerprint: print, ...(subject === undefined ? {} : { subject }) };
}

function sameSubject(a: Subject, b: Subject | undefined): boolean {
  return (
    b !== undefined && a.kind === b.kind && a.group === b.group && a.namespace === b.namespace && a.name === b.name
  );
}

function shown(subject: Subject | undefined): string {
  return subject === undefined ? "" : `${subject.namespace}/${subject.name}`;
}
