import { conditionAt, numberAt, objectsAt, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Condition } from "../kinds/workspace-status.ts";
import { dated, type Statement } from "../status/conditions.ts";

const STEPS = ["Launched", "Registered", "Initialized"] as const;
export type Step = (typeof STEPS)[number];

/** As Karpenter says it: a step that is done has its own name as reason. */
export function done(type: string): Statement {
  return { type, status: "True", reason: type, message: "" };
}

export function pending(type: string, reason: string, message: string): Statement {
  return { type, status: "Unknown", reason, message };
}

export function refused(type: string, reason: string, message: string): Statement {
  return { type, status: "False", reason, message };
}

/** What a claim already says of a step; Karpenter's own beginning where it says nothing. */
export function stated(claim: JsonObject, type: string): Statement {
  const known = conditionAt(claim, type);
  const status = known?.["status"];
  if (known === undefined || (status !== "True" && status !== "False" && status !== "Unknown")) {
    return pending(type, "AwaitingReconciliation", "object is awaiting reconciliation");
  }
  const text = (field: string): string => textAt(known, field) ?? "";
  return { type, status, reason: text("reason"), message: text("message") };
}

/**
 * All conditions of a claim: those stated now, the root condition Ready that follows from the three steps, and what others
 * wrote. `cleared` are types that hold no more.
 */
export function conditions(
  claim: JsonObject,
  statements: readonly Statement[],
  cleared: readonly string[],
  nowMs: number,
): readonly JsonObject[] {
  const before = objectsAt(claim, "status", "conditions");
  const steps = STEPS.map((type) => statements.find((one) => one.type === type) ?? stated(claim, type));
  const said = [...steps, ...statements.filter(({ type }) => !STEPS.some((step) => step === type)), root(steps)];
  const others = before.filter((one) => !said.some(({ type }) => type === one["type"]));
  const now = dated(said, before as unknown as readonly Condition[], numberAt(claim, "metadata", "generation"), nowMs);
  return [...now, ...others.filter((one) => !cleared.includes(String(one["type"])))] as readonly JsonObject[];
}

/** Ready: the words of operatorpkg, which Karpenter computes it with. */
function root(steps: readonly Statement[]): Statement {
  const left = steps.filter(({ status }) => status !== "True");
  if (left.length === 0) return done("Ready");
  const message = left.map(({ type, status }) => `${type}=${status}`).join(", ");
  const failed = left.some(({ status }) => status === "False");
  return failed ? refused("Ready", "UnhealthyDependents", message) : pending("Ready", "ReconcilingDependents", message);
}
