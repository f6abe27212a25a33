import { hostname } from "node:os";
import { isObject, type JsonObject } from "../../core/json.ts";

const HOST = "foresail.dev/up-host";
const PID = "foresail.dev/up-pid";

/** Annotations that say which process serves a webhook configuration, so that a later one can tell whether it still lives. */
export function ownAnnotations(pid: number): { readonly [key: string]: string } {
  return { [HOST]: hostname(), [PID]: String(pid) };
}

export type Owner =
  | { readonly kind: "self" }
  /** A process of `foresail up` on this machine that has ended without cleaning up. */
  | { readonly kind: "dead"; readonly pid: number }
  | { readonly kind: "alive"; readonly pid: number }
  /** Whether it lives cannot be told from here. */
  | { readonly kind: "elsewhere"; readonly host: string; readonly pid: number }
  /** Not made by `foresail up`: Foresail runs inside the cluster. */
  | { readonly kind: "installed" };

/** Who serves a webhook configuration of ours. */
export function ownerOf(configuration: JsonObject): Owner {
  const metadata = isObject(configuration["metadata"]) ? configuration["metadata"] : {};
  const annotations = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  const host = annotations[HOST];
  const pid = Number(annotations[PID]);
  if (typeof host !== "string" || !Number.isSafeInteger(pid) || pid <= 0) return { kind: "installed" };
  if (host !== hostname()) return { kind: "elsewhere", host, pid };
  if (pid === process.pid) return { kind: "self" };
  return isAlive(pid) ? { kind: "alive", pid } : { kind: "dead", pid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
