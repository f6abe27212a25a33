import { askedAlike } from "../capacity/attempts.ts";
import type { CapacityQuestion } from "../capacity/question.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { World } from "../world.ts";

type Surroundings = Pick<
  CapacityQuestion,
  | "nodes"
  | "claims"
  | "limits"
  | "usage"
  | "settings"
  | "nowMs"
  | "othersAttempts"
  | "heldNames"
  | "roomSinceMs"
  | "unreadySinceMs"
  | "daemonSets"
  | "namespaces"
  | "volumes"
  | "elsewhere"
  | "quotas"
>;

/** What of the world a question about nodes for this expansion takes over, whoever asks. */
export function surroundings(world: World, expansion: Expansion): Surroundings {
  const { nodes, claims, limits, usage, settings, nowMs } = world;
  const { othersAttempts, heldNames, roomSinceMs, unreadySinceMs, daemonSets, namespaces } = world;
  const { volumes, elsewhere, quotas } = world;
  return {
    nodes,
    claims: [...claims, ...(world.comingClaims ?? [])],
    limits,
    usage,
    settings,
    nowMs,
    ...(othersAttempts === undefined ? {} : { othersAttempts: askedAlike(othersAttempts, expansion, settings) }),
    ...(heldNames === undefined ? {} : { heldNames }),
    ...(roomSinceMs === undefined ? {} : { roomSinceMs }),
    ...(unreadySinceMs === undefined ? {} : { unreadySinceMs }),
    ...(daemonSets === undefined ? {} : { daemonSets }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(quotas === undefined ? {} : { quotas }),
  };
}
