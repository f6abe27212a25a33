import { expect } from "chai";
import { it } from "mocha";
import { admit } from "../../../src/core/admit.ts";
import { readConfig } from "../../../src/core/children/user-config.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, review, tuning, workspace } from "../support/workspaces.ts";
import { A100, inference, type Judged, type RuleRow, type Settings } from "./rule-row.ts";

interface Response {
  readonly allowed: boolean;
  readonly status?: {
    readonly code: number;
    readonly details: { readonly causes: readonly { readonly reason: string }[] };
  };
}

function refusals(object: Workspace, old?: Workspace): readonly string[] {
  const answer = admit(review(object, old), catalogue, "mutate") as unknown as { readonly response: Response };
  const { allowed, status } = answer.response;
  expect(allowed).to.equal(status === undefined);
  if (status !== undefined) expect(status.code).to.equal(403);
  return (status?.details.causes ?? []).map(({ reason }) => reason);
}

/** Something valid that every row differs from. */
function someOther({ inference: served, tuning: run }: Workspace): Workspace {
  if (served !== undefined && run !== undefined) return workspace({ resource: { labelSelector: {} } });
  return run === undefined
    ? inference({ preset: { name: "phi-3.5-mini-instruct" } })
    : tuning("phi-3.5-mini-instruct", A100);
}

function judge({ object, old, denied, warned }: Judged): void {
  if (old === undefined) expect(refusals(object), "on create").to.deep.equal(denied);
  expect(refusals(object, old ?? someOther(object)), "on update").to.deep.equal(denied);
  if (warned === undefined) return;
  const { issues } = expand(object, catalogue);
  expect(issues.filter(({ level }) => level === "warning").map(({ code }) => code)).to.include(warned);
}

function judgeSettings({ object, data, judged }: Settings): void {
  const { expansion } = expand(object, catalogue);
  if (expansion === undefined) throw new Error("the Workspace the settings are for is refused");
  const configMap = data === undefined ? undefined : ({ data } as unknown as JsonObject);
  expect(readConfig({ ...object, expansion } as Workspace, configMap, catalogue).kind).to.equal(judged);
}

const isRefused = (row: Judged | Settings): boolean => ("denied" in row ? row.denied.length > 0 : row.judged !== "ok");

export function title(row: RuleRow): string {
  if ("notApplicable" in row) return `${row.id} ${row.what}: not applicable, ${row.notApplicable}`;
  const ours = isRefused(row) ? "refused" : "taken";
  return `${row.id} ${row.what}: ${ours}${row.because === undefined ? "" : `, because ${row.because}`}`;
}

/** One test for each row that says something of an object: our answer, and a reason where KAITO answers differently. */
export function itAnswers(rows: readonly RuleRow[]): void {
  for (const row of rows) {
    if ("notApplicable" in row) continue;
    it(title(row), () => {
      if ("denied" in row) judge(row);
      else judgeSettings(row);
      expect(isRefused(row) === (row.kaito === "refuses"), "a reason").to.equal(row.because === undefined);
    });
  }
}
