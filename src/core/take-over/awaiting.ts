import type { Action, Plan } from "../action.ts";
import { nameOf, numberAt } from "../capacity/fields.ts";
import type { CapacityPlan, CapacityQuestion } from "../capacity/question.ts";
import type { Catalogue } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { removals, untilEmptyMs } from "../plan/emptiness.ts";
import { isDeleting, kindOf, nodeOfClaim, ownWorkloads, usedNodes } from "../plan/live.ts";
import { situationOf } from "../plan/situate.ts";
import { telling } from "../plan/tell.ts";
import { rememberedEnd } from "../status/finished.ts";
import { statusOf } from "../status/status.ts";
import { endOf } from "../status/workload.ts";
import type { World } from "../world.ts";
import { isKaitoMade, kaitoWorkloads } from "./kaito-made.ts";

type Expanded = Workspace & { readonly expansion: Expansion };

// KAITO's objects are not watched, its pods are: what pods do not tell is asked for.
const LOOK_MS = 300_000;
const LOOK_WHILE_STARTING_MS = 10_000;

/**
 * The workload of KAITO's that is left as it is; undefined where there is none, or it is to be replaced: git changed an input
 * since it was first seen, or says so, or its replacement has begun.
 */
export function awaitedWorkload(world: World, { expansion, status }: Expanded): JsonObject | undefined {
  const found = kaitoWorkloads(world).find((one) => !isDeleting(one));
  if (found === undefined || expansion.workload.adopt === true) return undefined;
  if (ownWorkloads(world).some((one) => !isKaitoMade(world, one))) return undefined;
  const seen = status?.takenOverInputs;
  return seen === undefined || seen === expansion.inputsHash ? found : undefined;
}

/** Nothing is made, changed or rolled; the status is read from what KAITO runs. */
export function planAwaiting(
  world: World,
  workspace: Expanded,
  catalogue: Catalogue,
  found: { readonly workload: JsonObject; readonly question: CapacityQuestion },
): Plan {
  const { workload, question } = found;
  const isJob = kindOf(workload) === "Job";
  const finished = isJob ? (rememberedEnd(workspace) ?? endOf(workload)) : undefined;
  const situation = situationOf({
    world: { ...world, claims: world.kaitoNodes?.claims ?? [] },
    workspace,
    catalogue,
    step: { live: workload, current: true, actions: [] },
    question: { ...question, desiredPods: isJob ? 1 : (numberAt(workload, "spec", "replicas") ?? 1) },
    capacity: NOTHING,
    trouble: undefined,
    finished,
  });
  const result = statusOf({ ...situation, awaiting: awaitingText(workload) });
  // What was asked for by a roll-out that git has taken back since.
  const used = usedNodes(world);
  const empty = world.claims.filter((claim) => !isDeleting(claim) && !used.has(nodeOfClaim(claim)));
  const lookMs = result.ready.status === "True" ? LOOK_MS : LOOK_WHILE_STARTING_MS;
  const again: Action = { kind: "requeue", afterMs: Math.min(lookMs, ...untilEmptyMs(world, empty)) };
  const { reason, message } = result.ready;
  return {
    actions: [...telling(workspace, result), ...removals(world, empty), again],
    reasons: [{ reason, message }],
    emptyClaims: empty.map(nameOf),
  };
}

const NOTHING: CapacityPlan = { create: [], waiting: [], placeable: [], promised: new Set() };

function awaitingText(workload: JsonObject): string {
  return `KAITO's ${kindOf(workload)} ${nameOf(workload)} runs and is left as it is`;
}
