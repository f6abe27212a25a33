import { type Owner, ownerOf } from "../capacity/owner.ts";
import { podKey } from "../capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion } from "../capacity/question.ts";
import { expansionHash } from "../status/accepted.ts";
import type { World } from "../world.ts";
import { hasFinalizer } from "./deletion.ts";
import { isOwnPod } from "./live.ts";

/**
 * The other Workspaces of the share key for which nodes are bought together with those of this one. Whoever of them is looked
 * at first buys for all: which claims there are, or are being made, is read at the moment of the plan, so the next finds them.
 */
export function sharersIn({ shareOwners = [] }: World): readonly Owner[] {
  return shareOwners.flatMap((workspace): readonly Owner[] => {
    const { expansion } = workspace;
    // Nothing is bought for one that would get nothing itself. Its own look has compared its expansion before it had pods.
    if (expansion?.nodes.provision !== true || workspace.metadata.deletionTimestamp !== undefined) return [];
    if (!hasFinalizer(workspace) || workspace.status?.acceptedExpansion !== expansionHash(expansion)) return [];
    return [ownerOf(workspace, expansion)];
  });
}

/** Of a plan for all that share: what is told of this Workspace's own pods. Claims are created for all. */
export function ownPart(world: World, question: CapacityQuestion, plan: CapacityPlan): CapacityPlan {
  if ((question.sharers ?? []).length === 0) return plan;
  const own = new Set([
    ...world.pods.filter((pod) => isOwnPod(world, pod)).map(podKey),
    ...question.ahead.map(({ key }) => key),
  ]);
  return {
    ...plan,
    waiting: plan.waiting.filter(({ pod }) => own.has(pod)),
    placeable: plan.placeable.filter((pod) => own.has(pod)),
  };
}
