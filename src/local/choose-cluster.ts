import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { isObject, type JsonObject } from "../core/json.ts";

/** What a command was told about the cluster to use. */
export interface ClusterRequest {
  /** FORESAIL_KUBECONFIG and FORESAIL_CONTEXT. Nothing else of the environment is looked at, KUBECONFIG least of all. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** `--cluster-is-disposable` */
  readonly disposable: boolean;
}

export interface ExistingCluster {
  readonly kind: "existing";
  readonly kubeconfig: string;
  readonly context: string;
  readonly server: string;
  /** PEM of the server's authority, unless it is one that this machine trusts anyway. */
  readonly ca?: string;
}

export type ClusterChoice =
  | { readonly kind: "local" }
  | ExistingCluster
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Decides between a control plane of our own and an existing cluster. `serverOf` gives the server's URL of a context, or a
 * text that says why there is none. A server that is not loopback is used only when it was called disposable.
 */
export function chooseCluster(
  request: ClusterRequest,
  serverOf: (kubeconfig: string, context: string) => ServerAnswer = readServer,
): ClusterChoice {
  const { kubeconfig, context, disposable } = request;
  if (!kubeconfig && !context) return { kind: "local" };
  if (!kubeconfig || !context) {
    const [given, missing] = kubeconfig
      ? ["FORESAIL_KUBECONFIG", "FORESAIL_CONTEXT"]
      : ["FORESAIL_CONTEXT", "FORESAIL_KUBECONFIG"];
    return {
      kind: "refused",
      reason: `${given} is set without ${missing}; set both, or neither for a local control plane`,
    };
  }
  const answer = serverOf(kubeconfig, context);
  if (answer.kind === "none") return { kind: "refused", reason: answer.reason };
  if (!disposable && !isLoopback(answer.server)) {
    return {
      kind: "refused",
      reason: `context ${context} is the cluster ${answer.server}, not one on this machine; add --cluster-is-disposable if all in it may be changed and deleted`,
    };
  }
  return { ...answer, kind: "existing", kubeconfig, context };
}

/** Whether a URL points at this machine by its address or as `localhost`; other names are not resolved. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  // URL writes every IPv4 form as four decimal numbers, and IPv6 in brackets, shortened.
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export type ServerAnswer =
  | { readonly kind: "server"; readonly server: string; readonly ca?: string }
  | { readonly kind: "none"; readonly reason: string };

/** The server of a context of a kubeconfig file. */
export function readServer(kubeconfig: string, context: string): ServerAnswer {
  let config: unknown;
  try {
    config = parse(readFileSync(kubeconfig, "utf8"));
  } catch (error) {
    return {
      kind: "none",
      reason: `FORESAIL_KUBECONFIG is ${kubeconfig}: ${error instanceof Error ? error.message : error}`,
    };
  }
  const contexts = named(config, "contexts");
  const cluster = contexts.get(context)?.context;
  if (!isObject(cluster)) {
    const known = [...contexts.keys()].join(", ") || "none";
    return { kind: "none", reason: `FORESAIL_CONTEXT is ${context}; the contexts of ${kubeconfig} are: ${known}` };
  }
  const entry = named(config, "clusters").get(String(cluster.cluster))?.cluster;
  if (!isObject(entry) || typeof entry.server !== "string") {
    return { kind: "none", reason: `context ${context} of ${kubeconfig} names no cluster with a server` };
  }
  // Behind a proxy 127.0.0.1 is another machine; this text is no URL, so it never counts as loopback.
  const proxy = entry["proxy-url"];
  const server = proxy === undefined ? entry.server : `${entry.server} through ${String(proxy)}`;
  const ca = authority(entry, dirname(kubeconfig));
  return { kind: "server", server, ...(ca === undefined ? {} : { ca }) };
}

function authority(cluster: JsonObject, folder: string): string | undefined {
  const data = cluster["certificate-authority-data"];
  if (typeof data === "string") return Buffer.from(data, "base64").toString();
  const file = cluster["certificate-authority"];
  // Relative paths of a kubeconfig start at its own folder.
  return typeof file === "string" ? readFileSync(resolve(folder, file), "utf8") : undefined;
}

function named(config: unknown, list: "contexts" | "clusters"): ReadonlyMap<string, JsonObject> {
  const entries = isObject(config) ? config[list] : undefined;
  const found = new Map<string, JsonObject>();
  if (!Array.isArray(entries)) return found;
  for (const entry of entries) if (isObject(entry) && typeof entry.name === "string") found.set(entry.name, entry);
  return found;
}
