import type { WorkspaceStatus } from "../kinds/workspace-status.ts";
import { NODES_MATCH } from "../status/conditions.ts";
import type { LiveState } from "./explanation.ts";

const NEXT = "; next: ";

/** How a Workspace of a cluster is, read from its status; undefined before anybody has looked at it. */
export function stateOf(status: WorkspaceStatus | undefined): LiveState | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (status === undefined || ready === undefined) return undefined;
  const nodes = status.conditions?.find(({ type, status: holds }) => type === NODES_MATCH && holds === "False");
  const stalled = status.conditions?.some(({ type, status: holds }) => type === "Stalled" && holds === "True") === true;
  return {
    ready: ready.status === "True",
    reason: ready.reason,
    ...parted(ready.message),
    stalled,
    since: ready.lastTransitionTime,
    ...(nodes === undefined ? {} : { ownNodes: { reason: nodes.reason, ...parted(nodes.message) } }),
    phases: (status.phases ?? []).map((phase, i, all) => {
      const before = all[i - 1];
      const seconds = before === undefined ? undefined : (Date.parse(phase.time) - Date.parse(before.time)) / 1000;
      return { ...phase, ...(seconds === undefined ? {} : { seconds }) };
    }),
  };
}

/** What is the case, and the next step at its end. */
function parted(said: string): { readonly message: string; readonly next?: string } {
  const cut = said.lastIndexOf(NEXT);
  return cut < 0 ? { message: said } : { message: said.slice(0, cut), next: said.slice(cut + NEXT.length) };
}
