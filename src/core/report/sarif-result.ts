import type { Level } from "../issue.ts";
import type { FormatOptions } from "./options.ts";
import { printable } from "./printable.ts";
import type { Edit, Finding, Waiver } from "./report.ts";
import { pathUri, repositoryPath } from "./repository-path.ts";
import { shownSubject } from "./shown.ts";

/** What SARIF calls a level. */
export function sarifLevel(level: Level): "error" | "warning" | "note" {
  return level === "notice" ? "note" : level;
}

/** The result of one finding. Only what an edit writes is taken as it is: it becomes the file's text. */
export function sarifResult(finding: Finding, ruleIndex: number, options: FormatOptions): object {
  const { code, level, message, path, policy, fingerprint, waiver, fix } = finding;
  return {
    ruleId: code,
    ruleIndex,
    level: sarifLevel(level),
    message: { text: plainText(message) },
    locations: [location(finding, options)],
    partialFingerprints: { "foresail/v1": fingerprint },
    // One of them says that the tool knows of suppressions: then each result must say whether it has one.
    suppressions: waiver === undefined ? [] : [suppression(waiver)],
    ...(fix === undefined || fix.edits.length === 0 ? {} : { fixes: [sarifFix(fix, options)] }),
    properties: { path: printable(path), ...(policy === undefined ? {} : { policy: printable(policy) }) },
  };
}

/** A text that no viewer takes for a link: SARIF's plain text has `[words](address)`. */
function plainText(text: string): string {
  return printable(text).replaceAll("](", "] (");
}

function location({ place, subject }: Finding, options: FormatOptions): object {
  return {
    physicalLocation: {
      artifactLocation: artifact(place.file, options),
      region: { startLine: place.line, startColumn: place.column },
    },
    ...(subject === undefined
      ? {}
      : {
          logicalLocations: [
            { name: printable(subject.name), fullyQualifiedName: shownSubject(subject), kind: "object" },
          ],
        }),
  };
}

/** Standard input is shown as a file of that name at the root: every result must be somewhere. */
function artifact(file: string, options: FormatOptions): object {
  const uri = pathUri(repositoryPath(file, options) ?? "stdin");
  return uri.startsWith("file:") ? { uri } : { uri, uriBaseId: "%SRCROOT%" };
}

function suppression({ by, reason, until }: Waiver): object {
  const end = until === undefined ? "" : ` (until ${until})`;
  return {
    kind: by === "annotation" ? "inSource" : "external",
    status: "accepted",
    justification: plainText(reason + end),
  };
}

function sarifFix({ describes, edits }: NonNullable<Finding["fix"]>, options: FormatOptions): object {
  const files = [...new Set(edits.map(({ file }) => file))];
  return {
    description: { text: plainText(describes) },
    artifactChanges: files.map((file) => ({
      artifactLocation: artifact(file, options),
      replacements: edits.filter((edit) => edit.file === file).map(replacement),
    })),
  };
}

/** Without an end column a region ends where its last line does, before the line feed; lines that go take it with them. */
function replacement({ line, endLine, text }: Edit): object {
  if (text !== "") return { deletedRegion: { startLine: line, startColumn: 1, endLine }, insertedContent: { text } };
  return { deletedRegion: { startLine: line, startColumn: 1, endLine: endLine + 1, endColumn: 1 } };
}
