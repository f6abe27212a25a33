import type { ToolModule } from "../../../../src/local/build.ts";
import { describeWithTool } from "../../../support/tool-process.ts";

const sources = ["go.mod", "go.sum", "main.go", "parse.go", "rules.go"];
const tool: ToolModule = { name: "promql", sources, target: ".", ldflags: "-s -w" };

/** One metric that an expression reads, and the labels it speaks of. */
export interface Selector {
  readonly metric: string;
  readonly matchers?: readonly { readonly label: string; readonly op: string; readonly value: string }[];
  readonly by?: readonly string[];
}

export interface Firing {
  readonly alert: string;
  readonly summary: string;
  readonly runbook: string;
  readonly labels: { readonly [label: string]: string };
}

/** Samples of a series, one a minute, as promtool's unit tests write them. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

/** Prometheus' own parser and rule engine. */
export interface Prometheus {
  selectors(expr: string): Promise<readonly Selector[]>;
  firing(rules: string, series: readonly Series[], minutes: number): Promise<readonly Firing[]>;
}

export function describeWithPrometheus(title: string, body: (prometheus: Prometheus) => void): void {
  describeWithTool(tool, title, (ask) => {
    const asked = async <T>(request: object, key: "selectors" | "firing"): Promise<readonly T[]> => {
      const answer = await ask<{ readonly error?: string; readonly [key: string]: unknown }>(request);
      if (answer.error !== undefined) throw new Error(answer.error);
      return (answer[key] ?? []) as readonly T[];
    };
    body({
      selectors: (expr) => asked({ parse: expr }, "selectors"),
      firing: (rules, series, minutes) => asked({ rules, series, minutes }, "firing"),
    });
  });
}
