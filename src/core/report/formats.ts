import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { html5 } from "./html.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import { markdown, summary } from "./markdown.ts";
import type { Print } from "./options.ts";
import { sarif } from "./sarif.ts";
import { text } from "./text.ts";

/** One way to print a report. */
export interface Format {
  /** The word of `-o`. */
  readonly name: string;
  /** What it is for, as half a sentence. */
  readonly summary: string;
  /** Its media type (RFC 6838). */
  readonly media: string;
  /** Whether other programs look for it in a file; else it is read where the command prints. */
  readonly inFile: boolean;
  readonly print: Print;
}

/** The first is printed where none is asked for. */
export const formats: readonly [Format, ...Format[]] = [
  { name: "text", summary: "one line for each finding", media: "text/plain", inFile: false, print: text },
  { name: "json", summary: "all of it, for programs", media: "application/json", inFile: true, print: json },
  {
    name: "sarif",
    summary: "SARIF 2.1.0, for code scanning",
    media: "application/sarif+json",
    inFile: true,
    print: sarif,
  },
  { name: "junit", summary: "JUnit XML, for test reports", media: "application/xml", inFile: true, print: junit },
  { name: "github", summary: "annotations of GitHub Actions", media: "text/plain", inFile: false, print: github },
  { name: "gitlab", summary: "GitLab Code Quality", media: "application/json", inFile: true, print: gitlab },
  { name: "markdown", summary: "a comment for a pull request", media: "text/markdown", inFile: true, print: markdown },
  { name: "summary", summary: "a page for $GITHUB_STEP_SUMMARY", media: "text/markdown", inFile: true, print: summary },
  { name: "html", summary: "a page to open, complete in itself", media: "text/html", inFile: true, print: html5 },
];
