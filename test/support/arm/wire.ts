/** JSON as it travels; the fake shares no type with the product it tests. */
export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

export const isMap = (value: unknown): value is JsonMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What Azure says when it refuses: `subcode` appears in the flat shape only. */
export interface ArmError {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ArmError[];
  readonly subcode?: string;
}

/** `nested`: `{error: {code, message}}` as ARM writes it; `flat`: `{code, message}` as the AKS resource provider does. */
export type ErrorShape = "nested" | "flat";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/** A request that was not done. The shape of its body is decided where it is written. */
export interface Refusal {
  readonly status: number;
  readonly error: ArmError;
  readonly headers?: Readonly<Record<string, string>>;
}

export const isRefusal = (value: object): value is Refusal => "error" in value;

export function refusal(status: number, code: string, message: string, target?: string): Refusal {
  return { status, error: { code, message, ...(target === undefined ? {} : { target }) } };
}

export function errorJson(error: ArmError): JsonMap {
  const { code, message, target, details, subcode } = error;
  return {
    code,
    message,
    ...(target === undefined ? {} : { target }),
    ...(details === undefined ? {} : { details: details.map(errorJson) }),
    ...(subcode === undefined ? {} : { subcode }),
  };
}

export function refusalAnswer({ status, error, headers }: Refusal, shape: ErrorShape): Answer {
  const body = shape === "nested" ? { error: errorJson(error) } : errorJson(error);
  return { status, body, ...(headers === undefined ? {} : { headers }) };
}
