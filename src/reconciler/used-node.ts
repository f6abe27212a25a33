import { isDaemon, isDeleting, isOver } from "../core/capacity/pod.ts";
import { list } from "../kube/list.ts";
import { PODS } from "../kube/resources.ts";
import type { Hands } from "./act.ts";

/** Asks the API server itself: a watch may be late by minutes, and a node that goes takes its pods along. */
export async function isUsed(
  hands: Pick<Hands, "kube" | "caches">,
  node: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { items } = await list(hands.kube, PODS, { fieldSelector: `spec.nodeName=${node}`, signal });
  for (const pod of items) hands.caches.pods.wrote(pod);
  return items.some((pod) => !isDaemon(pod) && !isOver(pod) && !isDeleting(pod));
}
