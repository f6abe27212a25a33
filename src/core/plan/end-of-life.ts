import type { Action } from "../action.ts";
import { storedApiVersion } from "../kinds/is-workspace.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { World } from "../world.ts";

/**
 * What foresail.dev/ttl asks for: so long after its training was complete, and that is written in its status, the Workspace
 * goes. One that failed stays: its status is all that tells why.
 */
export function endOfLife(world: World, workspace: Workspace): readonly Action[] {
  const seconds = workspace.expansion?.workload.ttlSeconds;
  const done = workspace.status?.conditions?.find((one) => one.type === "WorkspaceSucceeded");
  const inputs = workspace.expansion?.inputsHash ?? "";
  if (seconds === undefined || done?.status !== "True" || !done.message.includes(inputs)) return [];
  const leftMs = Date.parse(done.lastTransitionTime) + seconds * 1000 - world.nowMs;
  if (leftMs > 0) return [{ kind: "requeue", afterMs: leftMs }];
  const { namespace, name } = world;
  const uid = workspace.metadata.uid ?? "";
  const target = { apiVersion: storedApiVersion(workspace), kind: "Workspace", namespace, name, uid };
  return [{ kind: "delete", target, propagation: "Background" }];
}
