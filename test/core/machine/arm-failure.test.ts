import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { armErrors } from "../../../src/core/machine/arm-error.ts";
import { armFailure } from "../../../src/core/machine/arm-failure.ts";
import type { CloudReason } from "../../../src/core/machine/failure.ts";

const NOW_MS = Date.parse("2026-11-28T12:00:00Z");
const MORE = "Additional details - Deployment Model: Resource Manager, Location: eastus, ";
const NUMBERS = "Current Limit: 24, Current Usage: 24, Additional Required: 48, (Minimum) New Limit Required: 72. ";
const SUBMIT = "Submit a request for Quota increase at https://aka.ms/ProdportalCRP/#blade/x";
const FAMILY = `Operation could not be completed as it results in exceeding approved standardNCADSA100v4Family Cores quota. ${MORE}${NUMBERS}${SUBMIT}`;
const SPOT = `Operation could not be completed as it results in exceeding approved LowPriorityCores quota. ${MORE}${NUMBERS}${SUBMIT}`;
const REGION = `Operation could not be completed as it results in exceeding approved Total Regional Cores quota. ${MORE}${NUMBERS}${SUBMIT}`;
const OLD_REGION =
  "Operation results in exceeding quota limits of Core. Maximum allowed: 10, Current in use: 10, Additional requested: 2.";
const BUSY =
  "Operation is not allowed because there's an in progress create node pool operation on the managed cluster started at 12:00. See https://aka.ms/aks-pending-operation";
const THROTTLED = "PutAgentPoolHandler.PUT: request limit has been exceeded, please retry again in 37 seconds.";
const CANCELED = "The operation was overriden and canceled by a later operation";

interface Row {
  readonly code: string;
  readonly message?: string;
  readonly status?: number;
  readonly inner?: string;
  readonly is: CloudReason;
}

/** Each row is given in both shapes of a body, and as what an operation left behind, where no status is needed for it. */
const ROWS: readonly Row[] = [
  { code: "OperationNotAllowed", message: FAMILY, status: 409, is: "FamilyQuotaExceeded" },
  { code: "QuotaExceeded", message: FAMILY, inner: "OperationNotAllowed", is: "FamilyQuotaExceeded" },
  { code: "SKUFamilyQuotaExceeded", is: "FamilyQuotaExceeded" },
  {
    code: "ErrCode_InsufficientVCPUQuota",
    message:
      "Insufficient vcpu quota requested 24, remaining 0 for family StandardNCADSA100v4Family for region eastus.",
    status: 400,
    is: "FamilyQuotaExceeded",
  },
  {
    code: "ErrCode_InsufficientVCPUQuota",
    message:
      "Insufficient regional vcpu quota left for location eastus. left regional vcpu quota 2, requested quota 24.",
    status: 400,
    is: "RegionQuotaExceeded",
  },
  { code: "OperationNotAllowed", message: SPOT, status: 409, is: "SpotQuotaExceeded" },
  { code: "QuotaExceeded", message: SPOT, inner: "OperationNotAllowed", is: "SpotQuotaExceeded" },
  { code: "OperationNotAllowed", message: REGION, status: 409, is: "RegionQuotaExceeded" },
  { code: "QuotaExceeded", message: REGION, is: "RegionQuotaExceeded" },
  { code: "QuotaExceeded", message: OLD_REGION, is: "RegionQuotaExceeded" },
  { code: "OperationNotAllowed", message: SUBMIT, status: 409, is: "RegionQuotaExceeded" },
  { code: "SkuNotAvailable", status: 409, is: "SizeNotAvailable" },
  { code: "VMSizeNotSupported", status: 400, is: "SizeNotSupported" },
  {
    code: "BadRequest",
    message:
      "Virtual Machine size: 'Standard_NC24ads_A100_v4' is not supported for subscription 1 in location 'eastus'",
    status: 400,
    is: "SizeNotSupported",
  },
  {
    code: "BadRequest",
    message: "The VM size of Standard_ND96isr_H100_v5 is not allowed in your subscription in location 'eastus'",
    status: 400,
    is: "SizeNotSupported",
  },
  { code: "AllocationFailed", is: "AllocationFailed" },
  { code: "ZonalAllocationFailed", is: "ZonalAllocationFailed" },
  { code: "OverconstrainedZonalAllocationRequest", is: "ZonalAllocationFailed" },
  { code: "OverconstrainedAllocationRequest", is: "OverconstrainedAllocation" },
  { code: "OperationNotAllowed", message: BUSY, status: 409, is: "OperationInProgress" },
  { code: "OperationNotAllowed", message: BUSY, status: 400, is: "OperationInProgress" },
  { code: "Conflict", message: BUSY, status: 409, is: "OperationInProgress" },
  { code: "AnythingElse", status: 409, is: "OperationInProgress" },
  { code: "Canceled", message: CANCELED, is: "OperationInProgress" },
  { code: "InvalidParameter", message: CANCELED, status: 400, is: "OperationInProgress" },
  { code: "ReconcileVMSSAgentPoolFailed", is: "OperationInProgress" },
  { code: "ReconcileVMSSAgentPoolFailed", inner: "ZonalAllocationFailed", is: "ZonalAllocationFailed" },
  {
    code: "ReconcileVMSSAgentPoolFailed",
    message: 'We are unable to serve this request. Code="AllocationFailed" Message="Allocation failed."',
    is: "AllocationFailed",
  },
  { code: "Throttled", message: THROTTLED, status: 429, is: "Throttled" },
  { code: "OperationNotAllowed", message: THROTTLED, status: 429, is: "Throttled" },
  { code: "TooManyRequests", is: "Throttled" },
  { code: "SubscriptionRequestsThrottled", status: 429, is: "Throttled" },
  { code: "VMExtensionProvisioningTimeout", is: "NodeBootstrapFailed" },
  { code: "VMExtensionProvisioningError", message: "vmssCSE exit status=50", is: "NodeBootstrapFailed" },
  {
    code: "InvalidParameter",
    message: "The value of parameter agentPoolProfile.name is invalid",
    is: "InvalidRequest",
  },
  { code: "BadRequest", status: 400, is: "InvalidRequest" },
  { code: "PropertyChangeNotAllowed", status: 400, is: "InvalidRequest" },
  { code: "AgentPoolAPIsNotSupported", status: 400, is: "InvalidRequest" },
  {
    code: "InvalidParameter",
    message: "The maximum number of agent pools of a managed cluster is 100",
    status: 400,
    is: "PoolLimitReached",
  },
  { code: "QuotaExceeded", message: "Maximum node pools exceeded: 100", status: 400, is: "PoolLimitReached" },
  { code: "InvalidTemplateDeployment", inner: "SkuNotAvailable", status: 400, is: "SizeNotAvailable" },
  { code: "InvalidTemplateDeployment", inner: "NeverSeen", status: 400, is: "Unavailable" },
  { code: "AuthorizationFailed", status: 403, is: "AuthorizationFailed" },
  { code: "InvalidAuthenticationToken", status: 401, is: "AuthorizationFailed" },
  { code: "NeverSeen", status: 403, is: "AuthorizationFailed" },
  { code: "RequestDisallowedByPolicy", status: 403, is: "InvalidRequest" },
  { code: "PreconditionFailed", status: 412, is: "OperationInProgress" },
  { code: "ResourceGroupNotFound", status: 404, is: "Unavailable" },
  { code: "InternalServerError", status: 500, is: "Unavailable" },
  { code: "ServerTimeout", status: 503, is: "Unavailable" },
  { code: "NeverSeen", status: 400, is: "Unavailable" },
  { code: "OperationNotAllowed", message: "No more words", status: 400, is: "Unavailable" },
  { code: "QuotaExceeded", message: "Public addresses", status: 400, is: "Unavailable" },
  { code: "NeverSeen", is: "Unavailable" },
];

describe("why ARM did not do it", () => {
  for (const { code, message = "Said so.", status, inner, is } of ROWS) {
    const given = [status, code, inner, message === "Said so." ? undefined : message.slice(0, 60)];
    it(`${given.filter((one) => one !== undefined).join(" ")}: ${is}`, () => {
      const error = { code, message, ...(inner !== undefined && { details: [{ code: inner, message: "Inside." }] }) };
      for (const body of [error, { error }]) {
        const failure = armFailure({ body, ...(status !== undefined && { status }) }, NOW_MS);
        expect(failure.reason).to.equal(is);
        expect(failure.message).to.contain(`${code}: ${message}`);
        if (inner !== undefined) expect(failure.message).to.contain(`${inner}: Inside.`);
      }
    });
  }

  it("a code in any of the places where ARM puts one is read", () => {
    for (const body of [
      { code: "BadRequest", subcode: "SkuNotAvailable", message: "x" },
      { error: { code: "BadRequest", message: "x", innererror: { code: "SkuNotAvailable" } } },
      { error: { code: "BadRequest", message: "x", details: [{ code: "a", details: [{ code: "SkuNotAvailable" }] }] } },
      { error: { code: "BadRequest", message: "x", details: { error: { code: "SkuNotAvailable" } } } },
    ]) {
      expect(armFailure({ status: 400, body }, NOW_MS).reason).to.equal("SizeNotAvailable");
    }
  });

  it("a page of something in between is Unavailable, and is what is told", () => {
    const failure = armFailure({ status: 502, body: "<h1>Bad Gateway</h1>" }, NOW_MS);
    expect(failure).to.deep.equal({ reason: "Unavailable", message: "502 <h1>Bad Gateway</h1>" });
    expect(armFailure({ status: 500, body: undefined }, NOW_MS).message).to.equal("500 no explanation");
  });

  it("tells the numbers of a quota, in whatever order they stand", () => {
    const quota = (message: string) => armFailure({ body: { code: "OperationNotAllowed", message } }, NOW_MS).quota;
    const family = { name: "standardNCADSA100v4Family", limitCores: 24, usedCores: 24, askedCores: 48 };
    expect(quota(FAMILY)).to.deep.equal(family);
    expect(quota(SPOT)).to.deep.equal({ ...family, name: "lowPriorityCores" });
    expect(quota(REGION)).to.deep.equal({ ...family, name: "cores" });
    expect(quota(OLD_REGION)).to.deep.equal({ name: "cores", limitCores: 10, usedCores: 10, askedCores: 2 });
    const name = "standardNDSH100v5Family";
    const over = `exceeding approved ${name} Cores quota`;
    expect(quota(`${over}. Limit: 0`)).to.deep.equal({ name, limitCores: 0, usedCores: 0 });
    expect(quota(`${over}. Additional Required: 96, Current Usage: 1,096, Current Limit: 1,100`)).to.deep.equal({
      name,
      limitCores: 1100,
      usedCores: 1096,
      askedCores: 96,
    });
    expect(quota(`${over}. (Minimum) New Limit Required: 72`)).to.equal(undefined);
    expect(quota(`${over}. Current Limit: 24`)).to.equal(undefined);
  });

  it("tells when to come back: by the header, else by the text", () => {
    const wait = (retryAfter: string | undefined, message: string) =>
      armFailure(
        { status: 429, body: { code: "Throttled", message }, ...(retryAfter !== undefined && { retryAfter }) },
        NOW_MS,
      ).retryAfterMs;
    expect(wait("30", THROTTLED)).to.equal(30_000);
    expect(wait("0", "")).to.equal(0);
    expect(wait("Sat, 28 Nov 2026 12:01:00 GMT", "")).to.equal(60_000);
    expect(wait("Sat, 28 Nov 2026 11:00:00 GMT", "")).to.equal(0);
    expect(wait("86400", "")).to.equal(3_600_000);
    expect(wait("soon", THROTTLED)).to.equal(37_000);
    expect(wait(undefined, THROTTLED)).to.equal(37_000);
    expect(wait(undefined, "Please try again after '5' minutes.")).to.equal(300_000);
    expect(wait(undefined, "Please retry after 3 sec")).to.equal(3000);
    expect(wait(undefined, "no idea")).to.equal(undefined);
  });

  it("takes any body without a throw, in time, and unknown codes refuse nothing", () => {
    const words = ["code", "message", "error", "details", "innererror", "subcode", "__proto__", "constructor"];
    const body = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 12 },
        fc.string(),
        fc.constantFrom("constructor", "toString", "__proto__", "quota", "retry after"),
        fc.jsonValue(),
        fc.array(tie("value"), { maxLength: 6 }),
        fc.dictionary(fc.constantFrom(...words), tie("value")),
      ),
    })).value;
    const answer = fc.record({ status: fc.integer({ min: 300, max: 599 }), body, retryAfter: fc.string() });
    fc.assert(
      fc.property(answer, (one) => {
        const failure = armFailure(one, NOW_MS);
        expect(failure.message.length).to.be.within(1, 4096);
        expect(failure.reason).to.be.a("string");
        if (one.status >= 500 && !/[A-Z]\w+/.test(JSON.stringify(one.body))) {
          expect(failure.reason).to.be.oneOf(["Unavailable", "Throttled"]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is not slowed or exhausted by what is long or deep", () => {
    let deep: unknown = { code: "SkuNotAvailable" };
    for (let i = 0; i < 5000; i++) deep = { code: "x", details: [deep, deep] };
    expect(armErrors(deep).length).to.be.at.most(200);
    let wrapped: unknown = { code: "SkuNotAvailable" };
    for (let i = 0; i < 20_000; i++) wrapped = { error: wrapped };
    expect(armErrors(wrapped)).to.deep.equal([]);
    const long = "Family ".repeat(200_000) + "a".repeat(200_000);
    const startedMs = performance.now();
    armFailure({ status: 409, body: { code: "OperationNotAllowed", message: long } }, NOW_MS);
    expect(performance.now() - startedMs).to.be.below(2000);
  });
});
