import { Agent, type Dispatcher, request } from "undici";
import type { Json } from "../core/json.ts";

export interface ApiCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: Json;
  /** User to make the call as, by impersonation; who connects must be allowed to. */
  readonly as?: string;
  /** Of the body; a PATCH defaults to a JSON merge patch. */
  readonly contentType?: string;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON, or the text where the answer is not JSON. */
  readonly body: Json;
}

/** Plain calls to one API server with one token. */
export interface Api {
  /** Gives every answer, whatever its status. Throws when the server does not answer. */
  readonly call: (call: ApiCall) => Promise<ApiAnswer>;
  /** As call, but an answer of 300 and above is thrown, with the server's message. */
  readonly must: (call: ApiCall) => Promise<Json>;
  readonly close: () => Promise<void>;
}

export class ApiRefused extends Error {
  override readonly name = "ApiRefused";
  readonly status: number;
  constructor(call: ApiCall, answer: ApiAnswer) {
    const body = answer.body;
    const text = typeof body === "object" && body !== null && "message" in body ? body.message : body;
    super(
      `${call.method ?? "GET"} ${call.path} gave ${answer.status}: ${typeof text === "string" ? text : JSON.stringify(text)}`,
    );
    this.status = answer.status;
  }
}

/** How one call proves who makes it. */
export interface ApiAccess {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

/** Connects with a bearer token. `ca` is the PEM of the server's authority. */
export function connect(url: string, ca: string, token: string): Api {
  const dispatcher = new Agent({ connect: { ca }, connections: 8 });
  const access = { headers: { authorization: `Bearer ${token}` }, dispatcher };
  return connectWith(
    url,
    () => Promise.resolve(access),
    () => dispatcher.destroy(),
  );
}

/** Connects with whatever `prove` gives for each call; `close` ends what it opened. */
export function connectWith(url: string, prove: () => Promise<ApiAccess>, close: () => Promise<void>): Api {
  const call = async (call: ApiCall): Promise<ApiAnswer> => {
    const method = call.method ?? "GET";
    const contentType = call.contentType ?? (method === "PATCH" ? "application/merge-patch+json" : "application/json");
    const { headers, dispatcher } = await prove();
    const answer = await request(url + call.path, {
      dispatcher,
      method,
      headers: {
        ...headers,
        accept: "application/json",
        "content-type": contentType,
        ...(call.as === undefined ? {} : { "impersonate-user": call.as }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parse(text) };
  };
  return {
    call,
    async must(one) {
      const answer = await call(one);
      if (answer.status >= 300) throw new ApiRefused(one, answer);
      return answer.body;
    },
    close,
  };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
