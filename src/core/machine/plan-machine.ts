import type { JsonObject } from "../json.ts";
import { type MachineAction, type MachinePlan, NOTHING } from "./action.ts";
import { type ClaimFacts, claimFacts, isOwn, isServed, TERMINATION_TIMESTAMP } from "./claim-facts.ts";
import { pending, stated } from "./conditions.ts";
import { drift } from "./drift.ts";
import { planEnd } from "./end.ts";
import { expiry, health, isBusy, isStopped } from "./health.ts";
import { initialize } from "./initialization.ts";
import { launch } from "./launch.ts";
import { candidates, freeNode, isNodeReady, isNodeTaken, providerIdOf, sameProviderId } from "./node-facts.ts";
import { isRegistered, type Registration, register } from "./registration.ts";
import { both, type Ending, IDLE, type Stage, says } from "./stage.ts";
import { labelActions, observed, statusActions } from "./status.ts";
import type { MachineWorld } from "./world.ts";

/**
 * The whole life of one claim: what to do next, and what holds now. The same facts always give the same plan, and a plan
 * that was carried out gives an empty one until a fact changes, so it may be killed and repeated anywhere.
 */
export function planMachine(world: MachineWorld): MachinePlan {
  if (!isServed(world.claim)) return NOTHING;
  const claim = claimFacts(world.claim);
  if (claim.deletedMs !== undefined) return planEnd(world, claim);
  // Before anything is asked of the cloud: what exists there is found by the claim.
  if (!claim.hasFinalizer) return { actions: [{ kind: "addFinalizer" }], holds: [] };
  return planLife(world, claim);
}

function planLife(world: MachineWorld, claim: ClaimFacts): MachinePlan {
  const taken = candidates(world.nodes, claim).find(isNodeTaken);
  if (taken !== undefined && claim.registered) return planTaken(world, taken);
  const launched = launch(world, claim);
  const registered = registration(world, claim, launched);
  const { node } = registered;
  // A pool whose machine was replaced (an upgrade) has a node that has to come up first.
  const replaced = node !== undefined && !(isRegistered(node) && sameProviderId(providerIdOf(node), claim.providerID));
  const current = replaced ? { ...claim, initialized: false } : claim;
  const initialized = registered.actions.length === 0 ? initialize(world, current, node) : registering(replaced, world);
  // What was late and is usable at this very look is not replaced.
  const judged = { ...current, initialized: initialized.says.some(({ status }) => status === "True") };
  const stages = [launched, registered, initialized, health(world, judged, node), expiry(world, claim)];
  const all = stages.reduce(both);
  const drifted = drift(world, claim);
  const statements = drifted === undefined ? all.says : [...all.says, drifted];
  const fields = observed(world, claim, node);
  const told = statusActions(world, statements, fields, drifted === undefined ? ["Drifted"] : []);
  if (all.ends !== undefined) return end(world, all.ends, all, told);
  return {
    actions: [...all.actions, ...told, ...labelActions(world, claim, node), ...again(all)],
    holds: all.holds,
  };
}

// Longer than a list of machines is kept: whether the cluster was stopped is known by then.
const TAKEN_MS = 15_000;

/**
 * Somebody deletes the Node. Where it is Ready a person does, who wants it gone, and the claim with it. Where it is not, or the
 * pool is stopped or being upgraded, the cloud takes away the Node of a machine that is gone: it goes, and the pool may
 * bring another.
 */
function planTaken(world: MachineWorld, node: JsonObject): MachinePlan {
  if (isStopped(world) || isBusy(world) || !isNodeReady(node)) {
    return {
      actions: [...freeNode(node), { kind: "requeue", afterMs: 1_000 }],
      holds: isStopped(world) ? [] : ["unhealthy"],
    };
  }
  const leftMs = TAKEN_MS - (world.heldMs.taken ?? 0);
  const stage: Stage = { ...IDLE, holds: ["taken"] };
  if (leftMs > 0 || world.sighting.kind === "unknown") {
    return { actions: [{ kind: "requeue", afterMs: Math.max(leftMs, 1_000) }], holds: stage.holds };
  }
  return end(world, { reason: "NodeDeleted", message: "its Node was deleted" }, stage, []);
}

function registration(world: MachineWorld, claim: ClaimFacts, launched: Stage): Registration {
  const isLaunched = claim.launched || launched.says.some(({ status }) => status === "True");
  const { sighting } = world;
  // The nodes of a pool that is somebody else's are, too.
  const isForeign = sighting.kind === "seen" && !isOwn(sighting.machine, world.cluster, claim);
  if (!isLaunched || (isForeign && !claim.registered)) return says(stated(world.claim, "Registered"));
  return register(world, claim);
}

/** What was just written on the node (startup taints) has to be seen there before it can be judged. */
function registering(replaced: boolean, world: MachineWorld): Stage {
  const before = stated(world.claim, "Initialized");
  const again = pending("Initialized", "NodeNotReady", "Node was just registered");
  return { ...says(replaced || before.status !== "True" ? again : before), againMs: 1_000 };
}

/** The reason first, then the deletion: whoever sees the claim vanish has seen why. */
function end(
  world: MachineWorld,
  { reason, message, atOnce }: Ending,
  stage: Stage,
  told: readonly MachineAction[],
): MachinePlan {
  const now = new Date(world.nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  const hurry: MachineAction = {
    kind: "patchClaim",
    patch: { metadata: { annotations: { [TERMINATION_TIMESTAMP]: now } } },
  };
  return {
    actions: [
      ...told,
      ...(atOnce === true ? [hurry] : []),
      { kind: "event", type: reason === "Expired" ? "Normal" : "Warning", reason, note: message },
      { kind: "deleteClaim", reason, why: message },
    ],
    holds: stage.holds,
  };
}

function again({ againMs }: Stage): readonly MachineAction[] {
  return againMs === undefined ? [] : [{ kind: "requeue", afterMs: againMs }];
}
