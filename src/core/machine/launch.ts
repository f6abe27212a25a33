import { textAt } from "../capacity/fields.ts";
import { type ClaimFacts, isOwn } from "./claim-facts.ts";
import { done, pending, refused, stated } from "./conditions.ts";
import type { CloudFailure } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { machineSpec } from "./machine-spec.ts";
import { candidates, isNodeReady } from "./node-facts.ts";
import { BY_HAND_PAUSE_MS, pauseLeftMs, verdictOf } from "./refusal.ts";
import { IDLE, type Stage, says } from "./stage.ts";
import type { MachineWorld } from "./world.ts";

// A pool takes minutes; the list that answers this serves all claims at once.
const POLL_MS = 15_000;
// A machine is missed only when the cloud said so twice, and much later while its node answers: then the cloud is wrong.
const GONE_MS = 30_000;
const GONE_WITH_READY_NODE_MS = 5 * 60_000;

/** From a claim to a machine that runs. */
export function launch(world: MachineWorld, claim: ClaimFacts): Stage {
  const { sighting } = world;
  if (claim.launched) return launchedStage(world, claim);
  switch (sighting.kind) {
    case "unknown":
      // What held cannot be seen; the time it takes goes on.
      return {
        ...says(world.heldMs.wrong === undefined ? later(sighting.failure) : stated(world.claim, "Launched")),
        holds: heldNow(world),
        againMs: sighting.failure.retryAfterMs ?? POLL_MS,
      };
    case "absent":
      return ask(world, claim);
    case "seen":
      return isOwn(sighting.machine, world.cluster, claim)
        ? watch(world, claim, sighting.machine)
        : taken(world, claim, sighting.machine);
  }
}

function ask(world: MachineWorld, claim: ClaimFacts): Stage {
  const spec = machineSpec(world, claim);
  // Found anew at each look: what is known of sizes may change.
  if (typeof spec === "string")
    return { ...says(refused("Launched", "InvalidRequest", spec)), againMs: BY_HAND_PAUSE_MS };
  const { failed } = world;
  const wrongLeftMs = world.heldMs.wrong === undefined ? 0 : BY_HAND_PAUSE_MS - world.heldMs.wrong;
  if (wrongLeftMs > 0) return wrong(world, wrongLeftMs);
  if (failed?.verb !== "create") {
    const message = `agent pool ${spec.name} (${spec.instanceType}, ${spec.capacityType}) is asked for`;
    return timed(world, says(awaiting(message)), { kind: "createMachine", spec });
  }
  const { failure } = failed;
  if (verdictOf(failure) === "refused") return refusal(failure);
  const statement =
    verdictOf(failure) === "stopped" ? refused("Launched", failure.reason, failure.message) : later(failure);
  const leftMs = pauseLeftMs(failed);
  if (leftMs > 0) return { ...says(statement), againMs: leftMs };
  return { ...says(statement), actions: [{ kind: "createMachine", spec }], againMs: POLL_MS };
}

/** A machine that was made and turned out wrong is gone, or goes; what was said of it holds until it is asked for again. */
function wrong(world: MachineWorld, againMs: number): Stage {
  return { ...says(stated(world.claim, "Launched")), holds: ["wrong"], againMs };
}

/** A machine of ours that is on its way. */
function watch(world: MachineWorld, claim: ClaimFacts, machine: Machine): Stage {
  switch (machine.state) {
    case "running":
      return says(done("Launched"));
    case "creating":
      if (candidates(world.nodes, claim).length > 0) return says(done("Launched"));
      return timed(world, says(awaiting(`agent pool ${machine.name} is being created`)));
    case "failed":
      return failedCreation(world, claim, machine);
    case "deleting":
      if (world.heldMs.wrong !== undefined) return wrong(world, POLL_MS);
      return { ...says(awaiting(`agent pool ${machine.name} is being deleted and then made again`)), againMs: POLL_MS };
    case "stopped":
      return { ...says(awaiting(`agent pool ${machine.name} is stopped`)), againMs: BY_HAND_PAUSE_MS };
  }
}

/** What is left of a creation that failed counts against every limit until it is deleted or asked for again. */
function failedCreation(world: MachineWorld, claim: ClaimFacts, machine: Machine): Stage {
  const failure = machine.failure ?? {
    reason: "AllocationFailed",
    message: `agent pool ${machine.name} failed and does not say why`,
  };
  const spec = machineSpec(world, claim);
  const leftMs = world.failed === undefined ? 0 : pauseLeftMs(world.failed);
  if (failure.reason === "InvalidRequest") {
    const { name, etag } = machine;
    const stage: Stage = {
      ...says(refused("Launched", failure.reason, failure.message)),
      holds: ["wrong"],
      againMs: Math.max(leftMs, POLL_MS),
    };
    if (leftMs > 0) return stage;
    return { ...stage, actions: [{ kind: "removeMachine", machine: etag === undefined ? { name } : { name, etag } }] };
  }
  if (verdictOf(failure) !== "later") return refusal(failure);
  if (typeof spec === "string" || leftMs > 0) return { ...says(later(failure)), againMs: Math.max(leftMs, POLL_MS) };
  return timed(world, says(later(failure)), { kind: "createMachine", spec });
}

function taken(world: MachineWorld, claim: ClaimFacts, machine: Machine): Stage {
  const { owner } = machine;
  const earlier = owner?.cluster === world.cluster && owner.claim === claim.name;
  const whose = earlier ? "of an earlier claim of this name; it is collected" : "not of this cluster's claims";
  const message = `agent pool ${machine.name} exists and is ${whose}`;
  const statement = earlier ? pending("Launched", "NameTaken", message) : refused("Launched", "NameTaken", message);
  return { ...says(statement), againMs: earlier ? POLL_MS : BY_HAND_PAUSE_MS };
}

function launchedStage(world: MachineWorld, claim: ClaimFacts): Stage {
  const { sighting } = world;
  if (sighting.kind === "unknown")
    return { ...IDLE, holds: heldNow(world), againMs: sighting.failure.retryAfterMs ?? POLL_MS };
  if (sighting.kind === "seen") {
    const { machine } = sighting;
    // Later operations on a pool (an upgrade) may fail, too: a node in use is none of their business.
    if (machine.state !== "failed" || claim.initialized || !isOwn(machine, world.cluster, claim)) return IDLE;
    const failure = machine.failure;
    if (failure === undefined || verdictOf(failure) !== "refused") return IDLE;
    // Launched too early: its Node was there before the pool was done. The planner learns by this what was refused.
    return refusal(failure);
  }
  const limitMs = candidates(world.nodes, claim).some(isNodeReady) ? GONE_WITH_READY_NODE_MS : GONE_MS;
  const leftMs = limitMs - (world.heldMs.gone ?? 0);
  const stage: Stage = { ...IDLE, holds: ["gone"] };
  if (leftMs > 0) return { ...stage, againMs: Math.min(leftMs, POLL_MS) };
  return {
    ...stage,
    ends: { reason: "MachineGone", message: `agent pool ${claim.name} does not exist any more`, atOnce: true },
  };
}

/** With the time a launch may take. */
function timed(world: MachineWorld, stage: Stage, action?: Stage["actions"][number]): Stage {
  const { launchMs } = world.limits;
  const timing: Stage = { ...stage, holds: ["launching"], againMs: POLL_MS };
  if ((world.heldMs.launching ?? 0) >= launchMs) {
    const name = textAt(world.claim, "metadata", "name");
    // Nothing else keeps the words of a fault that nobody knows.
    const last = stage.says.find(({ reason }) => reason !== "AwaitingReconciliation");
    const why = last === undefined ? "" : `; the last that was said: ${last.message}`;
    const message = `agent pool ${name} was not there ${minutes(launchMs)} after it was asked for${why}`;
    return {
      ...timing,
      says: [refused("Launched", "LaunchTimeout", message)],
      ends: { reason: "LaunchTimeout", message },
    };
  }
  return action === undefined ? timing : { ...timing, actions: [action] };
}

function refusal(failure: CloudFailure): Stage {
  const { reason, message } = failure;
  return { ...says(refused("Launched", reason, message)), ends: { reason, message } };
}

function awaiting(message: string): ReturnType<typeof pending> {
  return pending("Launched", "AwaitingReconciliation", message);
}

function later({ reason, message }: CloudFailure): ReturnType<typeof pending> {
  return pending("Launched", reason, message);
}

function heldNow(world: MachineWorld): Stage["holds"] {
  return (["launching", "wrong", "registering", "gone"] as const).filter((fact) => world.heldMs[fact] !== undefined);
}

export function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}
