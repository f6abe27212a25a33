import type { Workspace } from "../kinds/workspace.ts";
import { rememberedEnd } from "../status/finished.ts";
import type { Pods } from "./comparison.ts";
import type { Found } from "./pods.ts";

interface JobChange {
  readonly before: Found;
  readonly after: Found;
  /** Whether the pod template is, or may be, another one. */
  readonly isOther: boolean;
  readonly why: readonly string[];
  readonly live: Workspace | undefined;
}

/** A Job's template cannot change: other inputs mean another Job, and one that ended for the same inputs never runs again. */
export function jobPods({ before, after, isOther, why, live }: JobChange): Pods {
  const end = live === undefined ? undefined : rememberedEnd(live);
  const training = { kind: "training" } as const;
  if (before.workspace.expansion.inputsHash !== after.workspace.expansion.inputsHash) {
    const over =
      end === undefined
        ? "the Job is replaced: a training under way starts over"
        : "the training has ended and runs again";
    return { effect: "restarts", why: [...why, "an input changes", over], pause: training };
  }
  if (!isOther) return { effect: "none", why: ["the Job stays as it is"] };
  if (end !== undefined)
    return { effect: "none", why: [...why, "the training has ended and never runs again for the same inputs"] };
  if (live?.status !== undefined)
    return { effect: "restarts", why: [...why, "the Job is replaced: the training starts over"], pause: training };
  const unless = "a training under way starts over; one that has ended never runs again for the same inputs";
  return { effect: "unknown", why: [...why, unless], pause: training };
}
