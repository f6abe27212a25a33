import type { CapacityQuestion } from "../capacity/question.ts";
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
  | "daemonSets"
  | "namespaces"
  | "quotas"
>;

/** What of the world a question about nodes takes over as it is, whoever asks. */
export function surroundings(world: World): Surroundings {
  const { nodes, claims, limits, usage, settings, nowMs } = world;
  const { othersAttempts, heldNames, roomSinceMs, daemonSets, namespaces, quotas } = world;
  return {
    nodes,
    claims: [...claims, ...(world.comingClaims ?? [])],
    limits,
    usage,
    settings,
    nowMs,
    ...(othersAttempts === undefined ? {} : { othersAttempts }),
    ...(heldNames === undefined ? {} : { heldNames }),
    ...(roomSinceMs === undefined ? {} : { roomSinceMs }),
    ...(daemonSets === undefined ? {} : { daemonSets }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(quotas === undefined ? {} : { quotas }),
  };
}
