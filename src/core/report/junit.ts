import { byCodePoint } from "../json.ts";
import type { FormatOptions } from "./options.ts";
import type { CheckedWorkspace, Finding, Report, Subject } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";
import { areaOf } from "./rule-of.ts";
import { shownMessage, shownPlace, shownSubject, shownWaiver } from "./shown.ts";
import { element, xmlText } from "./xml.ts";

/** A test: an object and a part of the rules, or an object that nothing is said of. */
interface TestCase {
  readonly file: string;
  readonly name: string;
  readonly findings: readonly Finding[];
}

/**
 * JUnit XML: a suite for each file, in it a case for each object and area of rules. Errors fail a case; warnings and
 * notices are its output; one with waived findings only is skipped. What nothing is said of passes, so there is always a test.
 */
export function junit(report: Report, options: FormatOptions): string {
  const cases = [...casesOf(report.findings, options), ...passing(report, options)];
  const files = [...Map.groupBy(cases, ({ file }) => file)].sort(([a], [b]) => byCodePoint(a, b));
  const suites = files.flatMap(([file, own]) => suite(file, own));
  const failures = cases.filter(isFailed).length;
  const lines = element("testsuites", { name: "foresail check", tests: cases.length, failures, errors: 0 }, suites);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines.join("\n")}\n`;
}

function casesOf(findings: readonly Finding[], options: FormatOptions): readonly TestCase[] {
  const groups = Map.groupBy(findings, ({ place, subject, code }) =>
    JSON.stringify([place.file, about(subject), areaOf(code)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const name = `${about(first.subject)}: ${areaOf(first.code)}`;
    return [{ file: fileName(first.place.file, options), name, findings: group }];
  });
}

function about(subject: Subject | undefined): string {
  return subject === undefined ? "the file" : shownSubject(subject);
}

function passing({ workspaces, findings }: Report, options: FormatOptions): readonly TestCase[] {
  // One of the same name in another file, as overlays have them, is another test.
  const told = new Set(findings.map(({ place, subject }) => `${about(subject)} in ${place.file}`));
  const silent = workspaces.filter((one) => !told.has(`${nameOf(one)} in ${one.place.file}`));
  if (findings.length === 0 && workspaces.length === 0) return [{ file: "-", name: "no Workspaces", findings: [] }];
  return silent.map((one) => ({ file: fileName(one.place.file, options), name: nameOf(one), findings: [] }));
}

function nameOf(workspace: CheckedWorkspace): string {
  return shownSubject({ ...workspace, kind: "Workspace" });
}

function fileName(file: string, options: FormatOptions): string {
  return repositoryPath(file, options) ?? file;
}

function suite(file: string, cases: readonly TestCase[]): readonly string[] {
  const counts = {
    tests: cases.length,
    failures: cases.filter(isFailed).length,
    errors: 0,
    skipped: cases.filter(isSkipped).length,
  };
  return element("testsuite", { name: file, ...counts }, cases.flatMap(testCase));
}

function testCase(one: TestCase): readonly string[] {
  return element("testcase", { name: one.name, classname: one.file }, [
    ...(isSkipped(one) ? skipped(one) : []),
    ...(isFailed(one) ? failure(one) : []),
    ...output(one),
  ]);
}

function failure({ findings }: TestCase): readonly string[] {
  const errors = findings.filter(isError);
  const [first] = errors;
  if (first === undefined) return [];
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  return element("failure", { type: first.code, message: first.message + more }, errors.map(line));
}

function skipped({ findings }: TestCase): readonly string[] {
  const why = findings.map(({ waiver }) => (waiver === undefined ? "" : shownWaiver(waiver)));
  return element("skipped", { message: [...new Set(why)].join("; ") });
}

/** What does not fail the case. */
function output({ findings }: TestCase): readonly string[] {
  const rest = findings.filter((finding) => !isError(finding));
  return rest.length === 0 ? [] : element("system-out", {}, rest.map(line));
}

function line(finding: Finding): string {
  const { place, level, code, waiver } = finding;
  const why = waiver === undefined ? "" : ` (${shownWaiver(waiver)})`;
  return xmlText(
    `${shownPlace(place)} ${waiver === undefined ? level : "waived"} ${code}: ${shownMessage(finding)}${why}`,
  );
}

function isError({ level, waiver }: Finding): boolean {
  return level === "error" && waiver === undefined;
}

function isFailed({ findings }: TestCase): boolean {
  return findings.some(isError);
}

function isSkipped({ findings }: TestCase): boolean {
  return findings.length > 0 && findings.every(({ waiver }) => waiver !== undefined);
}
