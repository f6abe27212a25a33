import { isObject } from "../json.ts";

/** One error of an ARM body: the outer one, or one that it wraps. */
export interface ArmError {
  readonly code: string;
  readonly message: string;
  /** 0: the outer one. */
  readonly depth: number;
}

/** Bodies are the cloud's: what nests deeper or counts more than any seen is cut, never followed. */
const MAX_DEPTH = 8;
const MAX_ERRORS = 100;
const MAX_TEXT = 16_384;

/**
 * The errors of a body, outer ones first. Both shapes: nested (`{error: {code, message, details, innererror}}`) and flat
 * (`{code, message, details, subcode}`), which is also that of an agent pool's `status.provisioningError`. Anything else has
 * none. AKS also writes what another service said into its message, as `Code="AllocationFailed" Message="..."`.
 */
export function armErrors(body: unknown): readonly ArmError[] {
  const found: ArmError[] = [];
  collect(body, 0, found);
  return found;
}

function collect(value: unknown, depth: number, found: ArmError[], nesting = 0): void {
  if (!isObject(value) || nesting > MAX_DEPTH || found.length >= MAX_ERRORS) return;
  // A wrapper, which is no error of its own.
  if (isObject(value["error"])) {
    collect(value["error"], depth, found, nesting + 1);
    return;
  }
  const message = text(value["message"]);
  const code = text(value["code"]);
  if (code !== "" || message !== "") found.push({ code, message, depth });
  const subcode = text(value["subcode"]);
  if (subcode !== "") found.push({ code: subcode, message, depth: depth + 1 });
  for (const quoted of quotedCodes(message)) found.push({ code: quoted, message, depth: depth + 1 });
  const details = value["details"];
  if (Array.isArray(details)) for (const one of details) collect(one, depth + 1, found, nesting + 1);
  else collect(details, depth + 1, found, nesting + 1);
  collect(value["innererror"], depth + 1, found, nesting + 1);
}

function quotedCodes(message: string): readonly string[] {
  return [...message.matchAll(/\bcode\\?"?\s*[=:]\s*\\?"([A-Za-z_]{3,64})\\?"/gi)].map((match) => match[1] ?? "");
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_TEXT).trim() : "";
}
