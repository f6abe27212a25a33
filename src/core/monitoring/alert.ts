/** A minute of waiting, a severity and a page: one alert rule, and docs/runbooks/<name>.md. */
export interface Alert {
  readonly name: string;
  /** PromQL; each series it gives is an alert once it has been there for `forMinutes`. */
  readonly expr: string;
  readonly forMinutes: number;
  /** `critical`: somebody must look now; `warning`: on the next working day. */
  readonly severity: "critical" | "warning";
  /** One line, in Prometheus' templates. */
  readonly summary: string;
  /** What it means for those who use the cluster. */
  readonly means: string;
  /** What to look at, in order; commands are indented code in the page. */
  readonly look: readonly string[];
  /** How it is mended, by cause. */
  readonly mend: readonly string[];
}

export interface AlertGroup {
  /** Name of the group of rules, and what is watched. */
  readonly name: string;
  readonly title: string;
  readonly alerts: readonly Alert[];
}
