import type { Operation } from "./diff.ts";
import { errors, type Issue } from "./issue.ts";
import { isObject, type JsonObject } from "./json.ts";
import { jsonText } from "./json-text.ts";

// kubectl prints a status message whole; beyond this nobody reads it, and Flux stores it in events of 1,024 characters.
const LONGEST_MESSAGE = 1000;
// Kubernetes asks for warnings of at most 120 characters.
const LONGEST_WARNING = 120;

/** Every admission answer has one of three shapes: allowed, patched, denied. */
export function allowed(uid: string, warnings: readonly Issue[] = []): JsonObject {
  return answer({ uid, allowed: true, ...warningMember(warnings) });
}

export function patched(uid: string, patch: readonly Operation[], warnings: readonly Issue[] = []): JsonObject {
  // The order of keys in a patch means nothing: the API server keeps its own.
  const encoded = base64(jsonText(patch));
  return answer({ uid, allowed: true, patchType: "JSONPatch", patch: encoded, ...warningMember(warnings) });
}

/** Nothing is kept in it: memory outside the heap costs more to get and to give back than to write. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
const MOST_BYTES_OF_UNIT = 3;

function base64(text: string): string {
  if (text.length * MOST_BYTES_OF_UNIT > scratch.length) return Buffer.from(text).toString("base64");
  return scratch.toString("base64", 0, scratch.write(text));
}

/** 403 and Forbidden, never 409 or 422: on those Flux with force deletes the live object. */
export function denied(uid: string, issues: readonly Issue[]): JsonObject {
  const wrong = errors(issues);
  return answer({
    uid,
    allowed: false,
    status: {
      apiVersion: "v1",
      kind: "Status",
      metadata: {},
      status: "Failure",
      code: 403,
      reason: "Forbidden",
      message: issueMessage(wrong),
      details: { causes: wrong.map(({ path, code, message }) => ({ field: path, reason: code, message })) },
    },
    ...warningMember(issues.filter((issue) => issue.level === "warning")),
  });
}

/** The issues joined by `; `, at most 1,000 characters, then how many more there are. */
export function issueMessage(issues: readonly Issue[]): string {
  let message = "";
  for (const [i, issue] of issues.entries()) {
    const next = i === 0 ? issue.message : `${message}; ${issue.message}`;
    if (next.length > LONGEST_MESSAGE) {
      const head = i === 0 ? issue.message.slice(0, LONGEST_MESSAGE) : message;
      const more = issues.length - Math.max(i, 1);
      return more > 0 ? `${head} (and ${more} more)` : head;
    }
    message = next;
  }
  return message;
}

function warningMember(warnings: readonly Issue[]): JsonObject {
  const lines = warnings.map((issue) => cut(issue.message));
  return lines.length === 0 ? {} : { warnings: lines };
}

function cut(text: string): string {
  return text.length <= LONGEST_WARNING ? text : `${text.slice(0, LONGEST_WARNING - 1)}…`;
}

/**
 * The JSON of an answer. A patch is base64, which needs no escaping: it is put in as it is, because looking at each of its
 * characters takes longer than all the rest.
 */
export function reviewText(answer: JsonObject): string {
  const { response, ...head } = answer;
  if (!isObject(response) || typeof response["patch"] !== "string") return JSON.stringify(answer);
  const { patch, ...rest } = response;
  return `${JSON.stringify(head).slice(0, -1)},"response":${JSON.stringify(rest).slice(0, -1)},"patch":"${patch}"}}`;
}

function answer(response: JsonObject): JsonObject {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}
