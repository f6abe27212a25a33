import type { Action, Plan } from "../action.ts";
import { isOver, nodeOf } from "../capacity/pod.ts";
import type { Trouble } from "../status/situation.ts";
import { advised } from "../status/trouble.ts";
import type { World } from "../world.ts";
import { isDeleting } from "./live.ts";
import { podNews } from "./pod-news.ts";
import { tell } from "./tell.ts";

// A new version reads what an old one did not.
const NEXT = "apply the roles of this version (manifests/rbac); it is tried again by itself";
// A ReplicaSet of hundreds has the same news for all.
const MOST_TOLD = 20;

/** Where the API server does not let facts be read: that is said, and nothing is done without them. */
export function planUnread(world: World, answer: string): Plan {
  const trouble: Trouble = { reason: "ApplyFailed", message: answer, stalled: false, next: NEXT };
  const { workspace, presetPods } = world;
  const told = workspace === undefined ? [] : tell(world, workspace, trouble);
  const waiting = (presetPods?.pods ?? []).filter(
    (pod) => nodeOf(pod) === undefined && !isDeleting(pod) && !isOver(pod),
  );
  const news = waiting
    .slice(0, MOST_TOLD)
    .map((pod): Action => podNews(pod, "Warning", trouble.reason, advised(trouble)));
  return { actions: [...told, ...news], reasons: [trouble], emptyClaims: [] };
}
