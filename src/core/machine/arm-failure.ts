import { type ArmError, armErrors } from "./arm-error.ts";
import type { CloudFailure, CloudReason } from "./failure.ts";
import { quotaNamed, quotaNumbers } from "./quota-text.ts";
import { retryAfterMs } from "./retry-after.ts";

/** What ARM answered. */
export interface ArmAnswer {
  /** HTTP status; absent for the error of an operation that failed later. */
  readonly status?: number;
  /** The body, or an agent pool's `status.provisioningError`. A text where it was no JSON. */
  readonly body: unknown;
  /** Header Retry-After. */
  readonly retryAfter?: string;
}

const MAX_MESSAGE = 4096;

/**
 * Why ARM did not do what it was asked. The innermost code that says something decides, then the outer ones, then the status;
 * text only where Azure sends one code for several things. What nobody knows is Unavailable, never a refusal.
 */
export function armFailure(answer: ArmAnswer, nowMs: number): CloudFailure {
  const errors = armErrors(answer.body);
  const message = messageOf(answer, errors);
  const reason = reasonOf(answer, errors, message);
  const wait = retryAfterMs(answer.retryAfter, message, nowMs);
  const named = reason.endsWith("QuotaExceeded") ? quotaNamed(message) : undefined;
  const quota = named && quotaNumbers(message, named.name);
  return { reason, message, ...(wait !== undefined && { retryAfterMs: wait }), ...(quota && { quota }) };
}

function reasonOf({ status }: ArmAnswer, errors: readonly ArmError[], message: string): CloudReason {
  // The bucket of a pool says `limit` and `exceeded` too: a 429 is never a quota.
  if (status === 429) return "Throttled";
  // Azure's spelling, and the right one. It comes with codes that otherwise mean a fault of the pool.
  if (/\boverrid?den and cancell?ed by a later operation/i.test(message)) return "OperationInProgress";
  const inward = errors.toSorted((a, b) => b.depth - a.depth);
  for (const error of inward) {
    const reason = byCode(error, message, status);
    if (reason !== undefined) return reason;
  }
  return byStatus(status, errors);
}

/** Codes that mean one thing, in lower case and without AKS's prefix `ErrCode_`. */
const CODES: { readonly [code: string]: CloudReason } = {
  skufamilyquotaexceeded: "FamilyQuotaExceeded",
  skunotavailable: "SizeNotAvailable",
  vmsizenotsupported: "SizeNotSupported",
  notavailableforsubscription: "SizeNotSupported",
  allocationfailed: "AllocationFailed",
  zonalallocationfailed: "ZonalAllocationFailed",
  overconstrainedzonalallocationrequest: "ZonalAllocationFailed",
  overconstrainedallocationrequest: "OverconstrainedAllocation",
  throttled: "Throttled",
  toomanyrequests: "Throttled",
  subscriptionrequeststhrottled: "Throttled",
  vmextensionprovisioningtimeout: "NodeBootstrapFailed",
  vmextensionprovisioningerror: "NodeBootstrapFailed",
  vmextensionhandlernontransienterror: "NodeBootstrapFailed",
  osprovisioningtimedout: "NodeBootstrapFailed",
  reconcilevmssagentpoolfailed: "OperationInProgress",
  preconditionfailed: "OperationInProgress",
  etagmismatch: "OperationInProgress",
  authorizationfailed: "AuthorizationFailed",
  linkedauthorizationfailed: "AuthorizationFailed",
  invalidauthenticationtoken: "AuthorizationFailed",
  expiredauthenticationtoken: "AuthorizationFailed",
  requestdisallowedbypolicy: "InvalidRequest",
  agentpoolapisnotsupported: "InvalidRequest",
};

/** Codes that say nothing without their text, and wrappers. */
const AMBIGUOUS = new Set([
  "operationnotallowed",
  "quotaexceeded",
  "insufficientvcpuquota",
  "badrequest",
  "invalidparameter",
  "conflict",
]);

function byCode(error: ArmError, whole: string, status: number | undefined): CloudReason | undefined {
  const code = error.code.toLowerCase().replace(/^errcode_/, "");
  if (!AMBIGUOUS.has(code)) return Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  // An inner error may have the code and leave the words to the outer one.
  return byText(code, error.message) ?? byText(code, whole) ?? (wrong(code, status) ? "InvalidRequest" : undefined);
}

function byText(code: string, message: string): CloudReason | undefined {
  if (/quota|operationnotallowed/.test(code)) {
    const scope = quotaNamed(message)?.scope;
    if (scope !== undefined) return QUOTAS[scope];
  }
  if (/\bin[- ]progress\b|aks-pending-operation/i.test(message)) return "OperationInProgress";
  if (/is not (supported|allowed|available) (for|in) (your |this )?subscription/i.test(message)) {
    return "SizeNotSupported";
  }
  if (/\b(maximum|limit|exceed)/i.test(message) && /\b(agent|node) ?pools\b/i.test(message)) return "PoolLimitReached";
  return undefined;
}

const QUOTAS = { family: "FamilyQuotaExceeded", spot: "SpotQuotaExceeded", region: "RegionQuotaExceeded" } as const;

function wrong(code: string, status: number | undefined): boolean {
  return code === "invalidparameter" || (code === "badrequest" && (status ?? 400) === 400);
}

function byStatus(status: number | undefined, errors: readonly ArmError[]): CloudReason {
  if (status === 401 || status === 403) return "AuthorizationFailed";
  if (status === 409 || status === 412) return "OperationInProgress";
  // `InvalidTemplateDeployment` only says that something inside was wrong.
  const codes = errors.map(({ code }) => code).filter((code) => code !== "InvalidTemplateDeployment");
  if (
    status === 400 &&
    codes.some((code) => /^(Invalid|Missing|Malformed|Unsupported)|Not(Allowed|Supported)$/.test(code))
  )
    return codes.includes("OperationNotAllowed") ? "Unavailable" : "InvalidRequest";
  return "Unavailable";
}

/** Each error once, with its code, outer ones first. */
function messageOf({ status, body }: ArmAnswer, errors: readonly ArmError[]): string {
  const parts: string[] = [];
  for (const { code, message } of errors) {
    const seen = parts.some((part) => part.includes(code) && part.includes(message));
    if (!seen) parts.push(code === "" ? message : message === "" ? code : `${code}: ${message}`);
  }
  const said = parts.join("; ") || (typeof body === "string" ? body.trim() : "") || "no explanation";
  return `${status === undefined ? "" : `${status} `}${said}`.slice(0, MAX_MESSAGE);
}
