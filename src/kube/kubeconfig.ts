import { readFile } from "node:fs/promises";
import type { AgentOptions, RequestOptions } from "node:https";
import { dirname, isAbsolute, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Dispatcher } from "undici";
import { parse } from "yaml";
import { isObject, sha256Hex } from "../core/json.ts";
import type { ConnectOptions } from "./connect.ts";
import { agent, proxy } from "./pool.ts";

/** What proves who we are, at one moment. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  /** Changes when certificates or keys do; a pool of connections serves one fingerprint. */
  readonly tlsFingerprint: string;
  open(): Dispatcher;
}

/** One cluster and user of a kubeconfig, or the pod's ServiceAccount. */
export interface Access {
  readonly server: string;
  readonly context: string;
  /** May run an exec plugin or ask an OIDC issuer. */
  prove(): Promise<Proof>;
}

/** Reads the configuration afresh. Throws Error saying which file, context or setting cannot be used. */
export async function loadAccess(options: ConnectOptions): Promise<Access> {
  // Imported late: client-node costs 0.7 s, which a command that needs no cluster must not pay.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (options.kubeconfig === undefined) loadInCluster(config);
  else await loadFile(config, options.kubeconfig, options.context);
  const cluster = config.getCurrentCluster();
  if (!cluster?.server || !config.getCurrentUser()) {
    const context = config.getCurrentContext();
    throw new Error(
      `${sourceOf(options)}: context "${context}" names a cluster or user that is missing: correct the entry`,
    );
  }
  return {
    server: cluster.server.replace(/\/+$/, ""),
    context: options.kubeconfig === undefined ? "in-cluster" : config.getCurrentContext(),
    prove: () => prove(config),
  };
}

function sourceOf(options: ConnectOptions): string {
  return options.kubeconfig === undefined ? "in-cluster configuration" : `kubeconfig ${options.kubeconfig}`;
}

function loadInCluster(config: KubeConfig): void {
  if (!process.env["KUBERNETES_SERVICE_HOST"] || !process.env["KUBERNETES_SERVICE_PORT"]) {
    throw new Error(
      "in-cluster configuration: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: outside a pod give a kubeconfig instead",
    );
  }
  config.loadFromCluster();
}

async function loadFile(config: KubeConfig, path: string, context: string | undefined): Promise<void> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Error(`kubeconfig ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    config.loadFromString(text);
  } catch (cause) {
    throw new Error(`kubeconfig ${path} is not valid: ${messageOf(cause)}`, { cause });
  }
  config.makePathsAbsolute(dirname(path));
  if (context !== undefined) config.setCurrentContext(context);
  const wanted = config.getCurrentContext();
  if (!wanted || config.getContextObject(wanted) === null) {
    const known = config.getContexts().map((each) => each.name);
    throw new Error(
      `kubeconfig ${path} has no context ${JSON.stringify(wanted ?? "")}; it has: ${known.join(", ") || "none"}. Name one of them`,
    );
  }
  adoptTokenFile(config, path, text);
}

/** client-node reads `token-file`, but the kubeconfig field is `tokenFile`, and such tokens rotate: use its file provider. */
function adoptTokenFile(config: KubeConfig, path: string, text: string): void {
  const user = config.getCurrentUser();
  const document: unknown = parse(text, { maxAliasCount: 100 });
  const users = isObject(document) && Array.isArray(document["users"]) ? document["users"] : [];
  const entry: unknown = users.find((each: unknown) => isObject(each) && each["name"] === user?.name);
  const fields = isObject(entry) && isObject(entry["user"]) ? entry["user"] : {};
  const tokenFile = fields["tokenFile"];
  if (!user || typeof tokenFile !== "string") return;
  const absolute = isAbsolute(tokenFile) ? tokenFile : join(dirname(path), tokenFile);
  const provider = { name: "tokenFile", config: { tokenFile: absolute } };
  // tokenFile takes precedence over token, as in client-go.
  Object.assign(user, { authProvider: provider, token: undefined });
}

async function prove(config: KubeConfig): Promise<Proof> {
  const tls: RequestOptions = {};
  await config.applyToHTTPSOptions(tls);
  // The fields it copies (ca, cert, key, ...) are spelled the same in both types; only their `undefined`s differ.
  const options = config.createDispatcherOptions(config.getCurrentCluster(), tls as AgentOptions);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(tls.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (typeof tls.auth === "string") headers["authorization"] = `Basic ${Buffer.from(tls.auth).toString("base64")}`;
  return {
    headers,
    tlsFingerprint: sha256Hex(JSON.stringify(options)),
    open: () => {
      switch (options.type) {
        case "agent":
          return agent(options.connect);
        case "none":
          return agent({});
        case "proxy":
          return proxy(options.uri, options.requestTls);
        case "socks":
          throw new Error(`proxy-url ${options.uri}: SOCKS proxies are not supported: use an HTTP proxy`);
      }
    },
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
