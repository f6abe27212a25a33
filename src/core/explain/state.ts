import type { WorkspaceStatus } from "../kinds/workspace-status.ts";
import type { LiveState } from "./explanation.ts";

const NEXT = "; next: ";

/** How a Workspace of a cluster is, read from its status; undefined before anybody has looked at it. */
export function stateOf(status: WorkspaceStatus | undefined): LiveState | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (status === undefined || ready === undefined) return undefined;
  const cut = ready.message.lastIndexOf(NEXT);
  const stalled = status.conditions?.some(({ type, status: holds }) => type === "Stalled" && holds === "True") === true;
  return {
    ready: ready.status === "True",
    reason: ready.reason,
    message: cut < 0 ? ready.message : ready.message.slice(0, cut),
    ...(cut < 0 ? {} : { next: ready.message.slice(cut + NEXT.length) }),
    stalled,
    since: ready.lastTransitionTime,
    phases: (status.phases ?? []).map((phase, i, all) => {
      const before = all[i - 1];
      const seconds = before === undefined ? undefined : (Date.parse(phase.time) - Date.parse(before.time)) / 1000;
      return { ...phase, ...(seconds === undefined ? {} : { seconds }) };
    }),
  };
}
