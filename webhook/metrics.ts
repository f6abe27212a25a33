import { X509Certificate } from "node:crypto";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { AdmitPhase } from "../src/core/admit.ts";
import { isObject, type Json, type JsonObject } from "../src/core/json.ts";
import type { CertificateSet } from "./certificate-set.ts";
import type { Answered } from "./server.ts";

/** Around a decision's usual fraction of a millisecond, up to the time the API server waits. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** An expansion has a few KiB and may have 64; base64 makes that 86. */
const PATCH_BYTES = [1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144];

/** What admission looks like from outside. No label holds what a user can choose, so their number is bounded. */
export interface WebhookMetrics {
  observe(answered: Answered): void;
  /** The set that is being served from now on. */
  serves(set: CertificateSet): void;
  certificateCheckFailed(): void;
}

export function webhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "foresail_admission_requests_total",
    help: "Requests to /mutate and /validate by HTTP status: 200 is a decision, the others are refused as no review",
    labelNames: ["phase", "status"],
    registers,
  });
  const decisions = new Counter({
    name: "foresail_admission_decisions_total",
    help: "Decisions by verdict: allowed, patched, denied, failed (a fault of Foresail)",
    labelNames: ["phase", "verdict"],
    registers,
  });
  const issues = new Counter({
    name: "foresail_admission_denied_issues_total",
    help: "Reasons of denials by code, see docs/rules.md; one denial can have several",
    labelNames: ["code"],
    registers,
  });
  const seconds = new Histogram({
    name: "foresail_admission_duration_seconds",
    help: "From a review's headers to its answer",
    labelNames: ["phase"],
    buckets: SECONDS,
    registers,
  });
  const patchBytes = new Histogram({
    name: "foresail_admission_patch_bytes",
    help: "Size of patches as they are sent, in base64",
    buckets: PATCH_BYTES,
    registers,
  });
  const certificates = certificateMetrics(registry);
  return {
    ...certificates,
    observe({ phase, status, ms, answer }: Answered) {
      requests.inc({ phase, status: String(status) });
      seconds.observe({ phase } satisfies { phase: AdmitPhase }, ms / 1000);
      if (answer === undefined) return;
      const response = isObject(answer["response"]) ? answer["response"] : {};
      decisions.inc({ phase, verdict: verdictOf(response) });
      if (typeof response["patch"] === "string") patchBytes.observe(response["patch"].length);
      for (const code of codesOf(response)) issues.inc({ code });
    },
  };
}

function certificateMetrics(registry: Registry): Omit<WebhookMetrics, "observe"> {
  const registers = [registry];
  const end = new Gauge({
    name: "foresail_certificate_expiry_timestamp_seconds",
    help: "When what is served (serving) and the CA in use (ca) end, in seconds since 1970",
    labelNames: ["certificate"],
    registers,
  });
  const failures = new Counter({
    name: "foresail_certificate_check_failures_total",
    help: "Checks of certificate and CA that failed; what is served stays in place meanwhile",
    registers,
  });
  return {
    serves({ serving, caBundle }) {
      end.set({ certificate: "serving" }, endSeconds(serving.cert));
      end.set({ certificate: "ca" }, endSeconds(caBundle));
    },
    certificateCheckFailed: () => failures.inc(),
  };
}

/** Of the first certificate of a PEM text. */
function endSeconds(pem: string): number {
  return new X509Certificate(pem).validToDate.getTime() / 1000;
}

function verdictOf(response: JsonObject): string {
  if (response["allowed"] === true) return response["patch"] === undefined ? "allowed" : "patched";
  const { status } = response;
  return isObject(status) && status["code"] === 500 ? "failed" : "denied";
}

/** Codes are a closed list (src/core/rules.ts), so each is one time series at most. */
function codesOf(response: JsonObject): readonly string[] {
  const status = isObject(response["status"]) ? response["status"] : {};
  const details = isObject(status["details"]) ? status["details"] : {};
  const causes: readonly Json[] = Array.isArray(details["causes"]) ? details["causes"] : [];
  return causes.flatMap((cause) => (isObject(cause) && typeof cause["reason"] === "string" ? [cause["reason"]] : []));
}
