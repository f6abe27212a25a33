import { claimFacts, isServed } from "../../core/machine/claim-facts.ts";
import { newestOf } from "../../core/machine/drift.ts";
import type { Machine } from "../../core/machine/machine.ts";
import { type SweepWorld, suspectKey, sweep } from "../../core/machine/orphans.ts";
import type { Newest } from "../../core/machine/world.ts";
import type { Kube } from "../../kube/kube.ts";
import { list } from "../../kube/list.ts";
import { NODE_CLAIMS } from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";
import type { MachineHands } from "./act.ts";

export interface Swept {
  readonly newest: Newest;
  /** Claims whose machine the list does not hold: to be looked at. */
  readonly missing: readonly string[];
}

/**
 * One comparison of all machines with all claims, both listed anew. Removes machines whose claim does not exist; a list that
 * fails ends the sweep, and what was suspected is forgotten.
 */
export async function sweepMachines(hands: MachineHands, cluster: string, signal: AbortSignal): Promise<Swept> {
  const { kube, memory, metrics, sight } = hands;
  try {
    const machines = await sight.list(signal);
    // After the machines: a claim is there before its machine.
    const claims = (await list(kube, NODE_CLAIMS, { signal })).items;
    const claimUids = claims.flatMap(({ metadata }) => metadata.uid ?? []);
    memory.retain(claimUids);
    await collect(hands, { cluster, machines, claimUids, suspicions: memory.suspicions() }, signal);
    const names = new Set(machines.map(({ name }) => name));
    const launched = claims
      .filter(isServed)
      .map(claimFacts)
      .filter((claim) => claim.launched);
    const missing = launched.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    return { newest: newestOf(machines, await kubernetesVersion(kube, signal)), missing };
  } catch (error) {
    memory.suspects([]);
    metrics.suspected(0);
    throw error;
  }
}

async function collect(hands: MachineHands, world: SweepWorld, signal: AbortSignal): Promise<void> {
  const { memory, metrics, log } = hands;
  const { orphans, suspects } = sweep(world);
  memory.suspects(suspects);
  metrics.suspected(suspects.length);
  for (const orphan of orphans) {
    if (!hands.mayWrite()) return;
    try {
      await removeOrphan(hands, orphan, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ machine: suspectKey(orphan), err: error }, "orphan not removed");
    }
  }
}

/** One last look, by name, at the API server itself: a claim that is there after all keeps its machine. */
async function removeOrphan(
  { kube, sight, metrics, log }: MachineHands,
  orphan: Machine,
  signal: AbortSignal,
): Promise<void> {
  const { name, etag, owner } = orphan;
  const claim = await get(kube, { resource: NODE_CLAIMS, name: owner?.claim ?? name }, { signal });
  if (claim !== undefined && claim.metadata.uid === owner?.claimUid) return;
  log.warn({ machine: name, owner }, "remove machine: its NodeClaim does not exist");
  await sight.remove(etag === undefined ? { name } : { name, etag }, signal);
  metrics.orphanRemoved();
}

/** Only drift asks for it, so a server that does not tell it is no failure. */
async function kubernetesVersion(kube: Kube, signal: AbortSignal): Promise<string | undefined> {
  const { body } = await kube.call({ method: "GET", path: "/version", signal }).catch(() => ({ body: undefined }));
  const version = typeof body === "object" && body !== null && "gitVersion" in body ? body.gitVersion : undefined;
  return typeof version === "string" ? version : undefined;
}
