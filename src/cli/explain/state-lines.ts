import type { LiveState } from "../../core/explain/explanation.ts";
import { wrapped } from "./table.ts";

/** How it is in the cluster: ready, or why not and what to do, and how far its start has come. */
export function stateLines(state: LiveState, width: number): readonly string[] {
  const { ready, reason, message, next, stalled, since, ownNodes, phases } = state;
  const how = ready ? "Ready" : stalled ? "Stalled: somebody has to mend this" : "Not ready";
  const steps = phases.map(({ type, time, seconds }) =>
    seconds === undefined ? `${type} ${time}` : `${type} +${seconds} s`,
  );
  return [
    ...wrapped(`${how}, ${reason}, since ${since}`, width),
    ...indented(message, width),
    ...(next === undefined ? [] : indented(`next: ${next}`, width)),
    ...(ownNodes === undefined ? [] : indented(`${ownNodes.reason}: ${ownNodes.message}`, width)),
    ...(ownNodes?.next === undefined ? [] : indented(`next: ${ownNodes.next}`, width)),
    ...(steps.length === 0 ? [] : indented(`start: ${steps.join(", ")}`, width)),
  ];
}

function indented(text: string, width: number): readonly string[] {
  return wrapped(text, width - 4).map((line, i) => `${i === 0 ? "  " : "    "}${line}`);
}
