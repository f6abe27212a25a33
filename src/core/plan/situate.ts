import { claimOf, nodeFacts } from "../capacity/claim.ts";
import { regarding } from "../capacity/known-to-all.ts";
import { closedAlong } from "../capacity/offerings.ts";
import { volumeZones } from "../capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion } from "../capacity/question.ts";
import type { Catalogue } from "../catalogue.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { rememberedFinding } from "../own-nodes/finding.ts";
import type { Situation, Trouble } from "../status/situation.ts";
import { kaitoWorkloads } from "../take-over/kaito-made.ts";
import type { World } from "../world.ts";
import { driftOf } from "./disruption.ts";
import { isDeleting, ownPods } from "./live.ts";
import { upgradeOf } from "./upgrade.ts";
import type { WorkloadStep } from "./workload.ts";

// A cloud boots a GPU machine in two to four minutes, its driver included.
const NODE_PATIENCE_MS = 5 * 60_000;

export interface Decided {
  readonly world: World;
  readonly workspace: Workspace & { readonly expansion: Expansion };
  readonly catalogue: Catalogue;
  readonly step: WorkloadStep;
  readonly question: CapacityQuestion;
  readonly capacity: CapacityPlan;
  readonly trouble: Trouble | undefined;
  readonly finished: Situation["finished"];
}

/** What the status is made from, out of what was decided. */
export function situationOf(decided: Decided): Situation {
  const { world, workspace, step, question, capacity, trouble, finished } = decided;
  const { expansion } = workspace;
  const drift = driftOf(world);
  const desiredPods = finished === undefined ? question.desiredPods : 0;
  const ownNodes = differing(decided, desiredPods);
  const upgrade = upgradeOf(workspace, expansion, decided.catalogue);
  const zones = volumeZones(ownPods(world), world.volumes);
  return {
    nowMs: world.nowMs,
    workspace,
    expansion,
    ...(step.live === undefined ? {} : { workload: step.live }),
    current: step.live !== undefined && step.current,
    pods: ownPods(world).filter((pod) => !isDeleting(pod)),
    refusals: world.refusals ?? [],
    claims: world.claims.map(claimOf).filter((claim) => !claim.deleting),
    nodes: world.nodes.map(nodeFacts),
    rawClaims: world.claims,
    rawNodes: world.nodes,
    daemonSets: world.daemonSets ?? [],
    imageBytes: world.imageBytes ?? {},
    mountFailures: world.mountFailures ?? [],
    nodePatienceMs: world.nodePatienceMs ?? NODE_PATIENCE_MS,
    desiredPods,
    provisions: expansion.nodes.provision && question.settings.provider !== "byo",
    waiting: capacity.waiting,
    attempts: question.attempts,
    othersAttempts: regarding(question.othersAttempts ?? [], expansion, question.release, zones),
    closedAlong: closedAlong(expansion, question, zones),
    unreadySinceMs: world.unreadySinceMs,
    ...(drift === undefined ? {} : { drift }),
    ...(ownNodes === undefined ? {} : { ownNodes }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(finished === undefined ? {} : { finished }),
    ...(upgrade === undefined ? {} : { upgrade }),
    ...takenOver(decided),
  };
}

/** Known as long as anything of KAITO's runs: what replaces it may take several looks. */
function takenOver({ world, workspace }: Decided): Pick<Situation, "takenOverInputs"> {
  if (kaitoWorkloads(world).length === 0) return {};
  return { takenOverInputs: workspace.status?.takenOverInputs ?? workspace.expansion.inputsHash };
}

function differing({ world, workspace, catalogue }: Decided, desiredPods: number): Situation["ownNodes"] {
  const { ownNodes } = world;
  return ownNodes === undefined || desiredPods === 0
    ? undefined
    : rememberedFinding(workspace.expansion, ownNodes, catalogue.current);
}
