import type { JsonObject } from "../json.ts";
import { filesConfigMapName } from "../names.ts";
import type { Options } from "../options.ts";

const MODULE = "foresail_key_guard";
const FILE = `${MODULE}.py`;
const VOLUME = "key-guard";

/**
 * vLLM asks for its key below /v1, /v2 and /inference only (vLLM 0.25.1, AuthenticationMiddleware): /invocations, which
 * generates as well, and /tokenize answer everybody. This asks on every other path but those of probes and scrapers. An
 * empty key would make vLLM ask for none: then the server does not start.
 */
export const keyGuardSource = `"""Asks for the key where vLLM does not. Made by Foresail for foresail.dev/api-key-secret."""
import hmac
import os

KEY = os.environ.get("VLLM_API_KEY", "").encode()
if not KEY.strip():
    raise RuntimeError("the Secret of foresail.dev/api-key-secret has an empty API_KEY")

ASKED_BY_VLLM = ("/v1", "/v2", "/inference")
OPEN = ("/health", "/ping", "/metrics")


class KeyGuard:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket") or is_open(scope) or has_key(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"error":"Unauthorized"}'})


def is_open(scope):
    # As vLLM does: with --root-path the server puts it before every path.
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return scope.get("method") == "OPTIONS" or path in OPEN or path.startswith(ASKED_BY_VLLM)


def has_key(scope):
    for name, value in scope["headers"]:
        if name.lower() == b"authorization":
            scheme, _, given = value.partition(b" ")
            return scheme.lower() == b"bearer" and hmac.compare_digest(given, KEY)
    return False
`;

/** What the guard adds to a pod of vLLM; nothing without a key. */
export interface KeyGuardParts {
  readonly files: { readonly [name: string]: string };
  readonly flags: { readonly [flag: string]: string };
  readonly mounts: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
}

/** @param name of the Workspace */
export function keyGuardParts({ apiKeySecret }: Options, name: string): KeyGuardParts {
  if (apiKeySecret === undefined) return { files: {}, flags: {}, mounts: [], volumes: [] };
  const files = { [FILE]: keyGuardSource };
  return {
    files,
    flags: { middleware: `${MODULE}.KeyGuard` },
    // Beside the program, where Python looks for modules.
    mounts: [{ name: VOLUME, mountPath: `/workspace/vllm/${FILE}`, readOnly: true, subPath: FILE }],
    volumes: [{ name: VOLUME, configMap: { name: filesConfigMapName(name, files) } }],
  };
}
