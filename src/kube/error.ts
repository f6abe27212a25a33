import { isObject, type JsonObject } from "../core/json.ts";

/** Reasons of our own, for calls that got no answer from the API server; `status` is 0 then. */
export type NoAnswerReason = "Unreachable" | "Timeout" | "ResponseTooLarge" | "Unauthenticated";

export interface KubeErrorFields {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** metav1.Status reason (`Conflict`, `NotFound`, `AlreadyExists`, `Expired`, ...) or a NoAnswerReason. */
  readonly reason: string;
  readonly message: string;
  readonly details?: JsonObject;
  /** What the server asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** An API call that did not succeed. The message names the call; it never holds headers or credentials. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly status: number;
  readonly reason: string;
  readonly details: JsonObject;
  readonly retryAfterMs: number | undefined;

  constructor(fields: KubeErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.status = fields.status;
    this.reason = fields.reason;
    this.details = fields.details ?? {};
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** The object itself is not there (as opposed to a resource type the server does not serve, which is also a 404). */
export function isAbsent(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404 && typeof error.details["name"] === "string";
}

/** The server does not know the resource type: its CustomResourceDefinition is not installed. */
export function isUnserved(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404 && !isAbsent(error);
}

/** A missing right, or what admission refused: the message tells which. */
export function isForbidden(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 403;
}

/** Somebody else wrote in between, or a precondition did not hold: read afresh and decide again. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason !== "AlreadyExists";
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason === "AlreadyExists";
}

/** The resourceVersion or continue token is too old: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}

/** The fields of a metav1.Status body; a body that is none (a proxy's page) gives what the HTTP status says. */
export function statusFields(httpStatus: number, body: unknown): KubeErrorFields {
  const status = isObject(body) && body["kind"] === "Status" ? body : undefined;
  const details = isObject(status?.["details"]) ? status["details"] : {};
  const seconds = details["retryAfterSeconds"];
  return {
    status: typeof status?.["code"] === "number" ? status["code"] : httpStatus,
    reason: typeof status?.["reason"] === "string" ? status["reason"] : `HTTP${httpStatus}`,
    message: typeof status?.["message"] === "string" ? status["message"] : textOf(body),
    details,
    ...(typeof seconds === "number" && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  };
}

function textOf(body: unknown): string {
  const text = typeof body === "string" ? body : (JSON.stringify(body) ?? "");
  return text.slice(0, 500).trim();
}
