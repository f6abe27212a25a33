import type { Report } from "./report.ts";

/** What whoever runs the check decides about its output; every format takes what it needs. */
export interface FormatOptions {
  /** Whether text may carry colours. */
  readonly colour: boolean;
  /** Whether text lists waived findings, too. */
  readonly waived: boolean;
  /** Tells the comments of several checks on one pull request apart. */
  readonly key: string;
  /**
   * The directory that files are named from, from the root of the repository: `deploy/prod`. Empty: the root itself.
   * Reviews and code scanning know files by their path from the root.
   */
  readonly directory: string;
}

export const plainOptions: FormatOptions = { colour: false, waived: false, key: "check", directory: "" };

/** An output format of a report. */
export type Print = (report: Report, options: FormatOptions) => string;
