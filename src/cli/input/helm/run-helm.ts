import { spawnSync } from "node:child_process";

/** What helm made of a chart: its output, or its own words; `missing`: there is no helm. */
export type HelmAnswer =
  | { readonly kind: "rendered"; readonly text: string }
  | { readonly kind: "failed"; readonly words: string }
  | { readonly kind: "missing" };

// A chart of many templates takes seconds.
const TIMEOUT_MS = 120_000;
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;
// Debian's name for a home that is not there.
const NOWHERE = "/nonexistent/foresail";
// The discard port: nothing listens there, so that a proxied request ends at once.
const NO_PROXY_THERE = "http://127.0.0.1:9";

/** Runs the user's `helm template` with no cluster, no repositories, no plugins and no network of its own to ask. */
export function helmTemplate(args: readonly string[], input: string): HelmAnswer {
  const result = spawnSync("helm", ["template", ...args], {
    input,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_OUTPUT_BYTES,
    env: isolated(process.env),
  });
  if (result.error !== undefined) {
    if ("code" in result.error && result.error.code === "ENOENT") return { kind: "missing" };
    return { kind: "failed", words: result.error.message };
  }
  if (result.status !== 0) return { kind: "failed", words: result.stderr.trim() };
  return { kind: "rendered", text: result.stdout };
}

/**
 * The environment without what leads helm anywhere: a schema of values may refer to a URL, which helm would fetch by the
 * proxy, and a plugin may bring a program for a scheme.
 */
function isolated(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const leads = /^(?:helm_|kube)|_proxy$/i;
  const kept = Object.entries(env).filter(([name]) => !leads.test(name));
  return {
    ...Object.fromEntries(kept),
    // kubectl's and helm's own default is the file in HOME, which usually names production.
    KUBECONFIG: "/dev/null",
    HELM_CACHE_HOME: `${NOWHERE}/cache`,
    HELM_CONFIG_HOME: `${NOWHERE}/config`,
    HELM_DATA_HOME: `${NOWHERE}/data`,
    HTTP_PROXY: NO_PROXY_THERE,
    HTTPS_PROXY: NO_PROXY_THERE,
  };
}
