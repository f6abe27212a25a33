import { type ArmAnswer, armFailure } from "../../core/machine/arm-failure.ts";
import type { CloudFailure } from "../../core/machine/failure.ts";
import { CloudError } from "../cloud.ts";
import { spread } from "./throttle.ts";

/**
 * An answer of ARM that is not 2xx, whole. Thrown below the SDK, whose own errors leave out the details of a refusal, and the
 * header Retry-After.
 */
export class ArmRefusal extends Error {
  readonly answer: ArmAnswer & { readonly status: number };

  constructor(answer: ArmAnswer & { readonly status: number }) {
    super(`ARM answered ${answer.status}`);
    this.name = "ArmRefusal";
    this.answer = answer;
  }
}

/** Whatever went wrong on the way to ARM or back, in the words of the port. */
export function cloudError(error: unknown, nowMs: number): CloudError {
  if (error instanceof CloudError) return error;
  return new CloudError(failureOf(error, nowMs), { cause: error });
}

function failureOf(error: unknown, nowMs: number): CloudFailure {
  if (error instanceof ArmRefusal) {
    const failure = armFailure(error.answer, nowMs);
    if (failure.reason !== "Throttled" || failure.retryAfterMs === undefined) return failure;
    return { ...failure, retryAfterMs: spread(failure.retryAfterMs) };
  }
  const message = messageOf(error);
  return { reason: notSignedIn(error, message) ? "AuthorizationFailed" : "Unavailable", message };
}

/** Errors of @azure/identity by their documented names: its classes would have to be loaded to be compared with. */
const SIGN_IN_ERRORS = new Set([
  "CredentialUnavailableError",
  "AuthenticationError",
  "AuthenticationRequiredError",
  "AggregateAuthenticationError",
]);

/** Entra said no; that it could not be reached, or had a bad moment, passes by itself. */
function notSignedIn(error: unknown, message: string): boolean {
  if (!(error instanceof Error) || !SIGN_IN_ERRORS.has(error.name)) return false;
  const status = "statusCode" in error ? Number(error.statusCode) : 0;
  if (status === 408 || status === 429 || status >= 500) return false;
  return !/network|timed? ?out|endpoints_resolution|\bE(NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|HOSTUNREACH)\b/i.test(
    message,
  );
}

/** The error and what it is caused by: undici and MSAL say `fetch failed` and keep the reason below. */
function messageOf(error: unknown): string {
  const parts: string[] = [];
  for (let one = error; one instanceof Error && parts.length < 4; one = one.cause) {
    const code =
      "code" in one && typeof one.code === "string" && !one.message.includes(one.code) ? `${one.code}: ` : "";
    if (one.message !== "" || code !== "") parts.push(`${code}${one.message}`);
  }
  return parts.join(": ").slice(0, 4096) || String(error);
}
