import type { Clock } from "../../kube/clock.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { list } from "../../kube/list.ts";
import { VOLUME_ATTACHMENTS } from "../../kube/resources.ts";

// Below the 5 s after which a claim that waits for its volumes looks again: each look learns something new.
const FRESH_MS = 4_000;

/** All VolumeAttachments of the cluster, a few seconds old at most. Rejects where they cannot be listed. */
export type Attachments = (signal: AbortSignal) => Promise<readonly KubeObject[]>;

/** One list for all claims that end at the same time: nothing tells the attachments of one node alone. */
export function createAttachments(kube: Kube, clock: Clock): Attachments {
  let last: { readonly startedMs: number; readonly items: Promise<readonly KubeObject[]> } | undefined;
  return async (signal) => {
    const nowMs = clock.monotonicMs();
    if (last === undefined || nowMs - last.startedMs >= FRESH_MS) {
      const items = list(kube, VOLUME_ATTACHMENTS, { signal }).then((listed) => listed.items);
      const asked = { startedMs: nowMs, items };
      last = asked;
      // What failed is asked again by whoever comes next.
      items.catch(() => {
        if (last === asked) last = undefined;
      });
    }
    return await last.items;
  };
}
