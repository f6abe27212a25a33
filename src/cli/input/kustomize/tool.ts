import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { toolCache } from "../../../local/tool-cache.ts";
import { UsageError } from "../../../option.ts";
import { packageRoot } from "../../../package-root.ts";

// A large overlay takes seconds; one that fetches a remote base hangs when there is no network.
const TIMEOUT_MS = 120_000;
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Builds a kustomization with the user's own tool: `kustomize`, else `kubectl`, else the kubectl that the demo built.
 * @param unknown what our own build does not know, for the message
 * Throws UsageError with the tool's words when it fails, or naming the tools when there is none.
 */
export function buildWithTool(directory: string, unknown: string | undefined): string {
  for (const [program, ...args] of candidates()) {
    const result = spawnSync(program, [...args, directory], {
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      maxBuffer: LARGEST_OUTPUT_BYTES,
      // A kubectl reads the ambient kubeconfig even for this; it usually names production.
      env: { ...process.env, KUBECONFIG: "/dev/null" },
    });
    if (isMissing(result.error)) continue;
    if (result.error !== undefined) throw new UsageError(`${directory}: ${program}: ${result.error.message}`);
    if (result.status !== 0) throw new UsageError(`${directory}: ${program} failed: ${result.stderr.trim()}`);
    return result.stdout;
  }
  const why = unknown === undefined ? "" : `Foresail's own build does not know ${unknown}, and `;
  throw new UsageError(
    `${directory}: ${why}neither kustomize nor kubectl is on PATH: install one, or pipe its output into foresail render -`,
  );
}

function candidates(): readonly (readonly [string, ...string[]])[] {
  const built = globSync(join(toolCache(packageRoot()), "controlplane-*", "controlplane")).sort();
  return [
    ["kustomize", "build"],
    ["kubectl", "kustomize"],
    ...built.map((path) => [path, "kubectl", "kustomize"] as const),
  ];
}

function isMissing(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && error.code === "ENOENT";
}
