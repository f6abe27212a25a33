import type { RuntimeImage } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { annotationPath, type Options } from "../options.ts";

const ALLOW_FROM = "foresail.dev/allow-from";
const API_KEY = "foresail.dev/api-key-secret";
/** Key of the Secret that holds what callers must present. */
const SECRET_KEY = "API_KEY";

/** What was stated about callers and cannot hold. `image` is absent where the pod template is the user's own. */
export function accessIssues({ workspace, options }: Expanding, image: RuntimeImage | undefined): readonly Issue[] {
  if (workspace.tuning !== undefined) {
    const text = "has no effect: a tuning Workspace answers no requests";
    return [ALLOW_FROM, API_KEY]
      .filter((name) => workspace.metadata.annotations?.[name] !== undefined)
      .map((name) => warning(annotationPath(name), "access/ignored", `${name} ${text}`));
  }
  return [...unreachable(options), ...uncheckedKey(options, image)];
}

/** Callers from outside have addresses and no namespace. */
function unreachable({ loadBalancer, allowFrom }: Options): readonly Issue[] {
  if (!loadBalancer || allowFrom === undefined || allowFrom.some(({ cidr }) => cidr !== undefined)) return [];
  const text = `${ALLOW_FROM} names no address range: nobody can call through the load balancer`;
  return [warning(annotationPath(ALLOW_FROM), "access/load-balancer", text)];
}

function uncheckedKey({ apiKeySecret }: Options, image: RuntimeImage | undefined): readonly Issue[] {
  if (apiKeySecret === undefined || image?.runtime === "vllm") return [];
  // A promise of protection that is not kept is worse than none.
  const path = annotationPath(API_KEY);
  const why =
    image === undefined
      ? "the server of an own pod template is unknown: check keys there"
      : `the ${image.runtime} server of image ${image.name} checks no keys: use the vllm runtime`;
  return [error(path, "api-key/unsupported", `${path}: ${why}, or remove it and limit callers with ${ALLOW_FROM}`)];
}

/**
 * The key for the server, by reference: an argument would show it to everybody who may read pods. vLLM takes it where
 * --api-key is absent (vLLM 0.25.1, entrypoints/openai/api_server.py); without the Secret the pod does not start.
 */
export function apiKeyEnv(options: Options): readonly JsonObject[] {
  if (options.apiKeySecret === undefined) return [];
  return [{ name: "VLLM_API_KEY", valueFrom: { secretKeyRef: { key: SECRET_KEY, name: options.apiKeySecret } } }];
}
