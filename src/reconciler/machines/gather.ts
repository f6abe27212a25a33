import { textAt } from "../../core/capacity/fields.ts";
import { isDeleting } from "../../core/capacity/pod.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import { OUT_OF_ORDER } from "../../core/machine/action.ts";
import { claimFacts, isServed } from "../../core/machine/claim-facts.ts";
import { MACHINE_LIMITS, type MachineWorld, type Newest, type Sighting, type Size } from "../../core/machine/world.ts";
import type { Clock } from "../../kube/clock.ts";
import type { KubeObject } from "../../kube/kube.ts";
import type { Caches } from "../caches.ts";
import type { Attachments } from "./attachments.ts";
import type { MachineMemory } from "./memory.ts";
import type { Sight } from "./sight.ts";

/** What of the caches the provider's side reads. */
export type MachineCaches = Pick<Caches, "claims" | "nodes" | "pods">;

export interface MachineSources {
  readonly attachments: Attachments;
  readonly caches: MachineCaches;
  readonly catalogue: () => Catalogue;
  readonly sight: Sight;
  readonly memory: MachineMemory;
  readonly clock: Clock;
  /** Identity of this cluster in stamps. */
  readonly cluster: string;
  readonly newest: () => Newest;
}

/** The facts about one claim: from the caches, from the cloud, and for a node on its way out its volumes. */
export async function gatherMachine(
  sources: MachineSources,
  claim: KubeObject,
  signal: AbortSignal,
): Promise<MachineWorld> {
  const { caches, memory, clock, cluster } = sources;
  const uid = claim.metadata.uid ?? "";
  const facts = claimFacts(claim);
  const sighting: Sighting = facts.hasFinalizer
    ? await sources.sight.look(facts.name, signal)
    : { kind: "unknown", failure: { reason: "Unavailable", message: "not asked yet" } };
  const nodes = nodesOf(caches, facts.name, facts.providerID);
  const failed = memory.failure(uid);
  return {
    nowMs: clock.wallMs(),
    clockSteady: memory.isClockSteady(),
    claim,
    cluster,
    sizes: sizesOf(sources.catalogue()),
    sighting,
    nodes,
    pods: nodes.flatMap((node) => caches.pods.byIndex("node", node.metadata.name)),
    attachments: isDeleting(claim) ? await attachmentsOf(sources, nodes, signal) : [],
    heldMs: memory.heldMs(uid),
    ...(failed === undefined ? {} : { failed }),
    fleet: fleetOf(caches, memory),
    newest: sources.newest(),
    limits: MACHINE_LIMITS,
  };
}

/** Those of the pool, and the one the claim knows, whatever its labels. */
function nodesOf(caches: MachineCaches, name: string, providerID: string | undefined): readonly KubeObject[] {
  const known = providerID === undefined ? [] : caches.nodes.byIndex("provider", providerID.toLowerCase());
  const pool = caches.nodes.byIndex("pool", name);
  return [...new Map([...pool, ...known].map((node) => [node.metadata.name, node])).values()];
}

async function attachmentsOf(
  sources: MachineSources,
  nodes: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  if (nodes.length === 0) return [];
  const names = new Set(nodes.map((node) => node.metadata.name));
  const items = await sources.attachments(signal);
  return items.filter((item) => names.has(textAt(item, "spec", "nodeName") ?? ""));
}

function fleetOf(caches: MachineCaches, memory: MachineMemory): MachineWorld["fleet"] {
  const served = caches.claims.list().filter(isServed);
  return {
    nodes: served.filter((claim) => textAt(claim, "status", "nodeName") !== undefined).length,
    unhealthy: memory.count(...OUT_OF_ORDER),
    ending: served.filter(isDeleting).length,
  };
}

function sizesOf({ current }: Catalogue): { readonly [name: string]: Size } {
  const azure = current.instanceTypes.filter(({ cloud }) => cloud === "azure");
  return Object.fromEntries(azure.map((type) => [type.name, type]));
}
