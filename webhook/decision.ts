import type { AdmitPhase } from "../src/core/admit.ts";
import { isObject, type Json, type JsonObject } from "../src/core/json.ts";
import { OWN_GROUP } from "../src/core/kinds/workspace.ts";

// A line is for people; the answer has all of them.
const MOST_CAUSES = 20;

/** The uid to echo; undefined when the review has none. */
export function reviewUid(review: unknown): string | undefined {
  const uid = member(review, "request", "uid");
  return typeof uid === "string" ? uid : undefined;
}

/** The answer when deciding itself failed. Denied rather than allowed: an object nobody looked at must not be stored. */
export function serverFault(uid: string | undefined): JsonObject {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid: uid ?? "",
      allowed: false,
      status: {
        code: 500,
        reason: "InternalError",
        message: `Foresail failed on this object, which is a bug of Foresail; its log has the details under uid ${text(uid)}`,
      },
    },
  };
}

/** A denial of a review that was not decided about: what it says would depend on who reads it. */
export function refusedReview(uid: string, message: string): JsonObject {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid, allowed: false, status: { code: 403, reason: "Forbidden", message } },
  };
}

/** What is logged of a decision: who, what and why. Never the objects: they can hold what users consider secret. */
export function decisionLine(review: unknown, answer: JsonObject, run: { phase: AdmitPhase; ms: number }): JsonObject {
  const response = isObject(answer["response"]) ? answer["response"] : {};
  const causes = list(member(response, "status", "details", "causes")).slice(0, MOST_CAUSES);
  const warnings = list(response["warnings"]).length;
  return {
    phase: run.phase,
    uid: text(reviewUid(review)),
    object: `${text(member(review, "request", "namespace"))}/${nameOf(review)}`,
    ...(member(review, "request", "kind", "kind") === "Pod" && { kind: "Pod" }),
    // Of KAITO's group nothing is said.
    ...(member(review, "request", "kind", "group") === OWN_GROUP && { group: OWN_GROUP }),
    operation: text(member(review, "request", "operation")),
    user: text(member(review, "request", "userInfo", "username")),
    ...(member(review, "request", "dryRun") === true && { dryRun: true }),
    verdict: response["allowed"] !== true ? "denied" : response["patch"] === undefined ? "allowed" : "patched",
    // Codes and field paths, never the messages: they quote what was given, and that can be a secret in the wrong field.
    ...(causes.length > 0 && {
      codes: causes.map((cause) => text(member(cause, "reason"))),
      fields: causes.map((cause) => text(member(cause, "field"))),
    }),
    ...(warnings > 0 && { warnings }),
    ms: Math.round(run.ms * 1000) / 1000,
  };
}

/** Controllers leave the rest of a pod's name to the API server, which makes it after admission. */
function nameOf(review: unknown): string {
  const name = text(member(review, "request", "name"));
  return name === "" ? text(member(review, "request", "object", "metadata", "generateName")) : name;
}

function member(value: unknown, ...path: readonly string[]): Json | undefined {
  let here: unknown = value;
  for (const key of path) here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here as Json | undefined;
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Senders choose these texts; a line must stay a line. */
function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 253) : "";
}
