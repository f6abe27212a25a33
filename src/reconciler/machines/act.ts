import { CloudError } from "../../cloud/cloud.ts";
import type { MachineAction, NodeRef, PodRef } from "../../core/machine/action.ts";
import { TERMINATION_FINALIZER } from "../../core/machine/claim-facts.ts";
import type { MachineSpec } from "../../core/machine/machine.ts";
import type { MachineWorld } from "../../core/machine/world.ts";
import { isAbsent, isConflict, KubeError } from "../../kube/error.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { NODE_CLAIMS, NODES, PODS, type Ref } from "../../kube/resources.ts";
import { createSubresource, get, mergePatch, remove } from "../../kube/verbs.ts";
import type { Log } from "../../log.ts";
import type { Caches } from "../caches.ts";
import { idOf, writeEvent } from "../events.ts";
import type { MachineMemory } from "./memory.ts";
import type { MachineMetrics } from "./metrics.ts";
import type { Sight } from "./sight.ts";

const MANAGER = "foresail-machines";
const BLOCKED_AGAIN_MS = 10_000;
const EVICTION_TIMEOUT_MS = 5_000;

export interface MachineHands {
  readonly kube: Kube;
  readonly caches: Pick<Caches, "claims" | "nodes">;
  readonly sight: Sight;
  readonly memory: MachineMemory;
  readonly metrics: MachineMetrics;
  readonly log: Log;
  /** Asked before every write. */
  readonly mayWrite: () => boolean;
}

/**
 * Carries out a plan for one claim in its order and stops at the first failure.
 * @returns after how long to look again; absent: when something changes.
 */
export async function actOnMachine(
  hands: MachineHands,
  world: MachineWorld,
  claim: KubeObject,
  actions: readonly MachineAction[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const look = new Look(hands, world, claim, signal);
  for (const action of actions) {
    signal.throwIfAborted();
    if (!hands.mayWrite()) throw new Error("leadership ended: nothing is written any more");
    // What the cloud does not accept is a fact of the next look, which is at once.
    if (!(await look.carryOut(action))) return 0;
  }
  return look.againMs;
}

/** One look at one claim; the claim as it is after our own writes. */
class Look {
  readonly #hands: MachineHands;
  readonly #world: MachineWorld;
  readonly #signal: AbortSignal;
  #claim: KubeObject;
  againMs: number | undefined;

  constructor(hands: MachineHands, world: MachineWorld, claim: KubeObject, signal: AbortSignal) {
    this.#hands = hands;
    this.#world = world;
    this.#claim = claim;
    this.#signal = signal;
  }

  /** False where the cloud did not accept it. */
  async carryOut(action: MachineAction): Promise<boolean> {
    const { log, metrics } = this.#hands;
    const about = { claim: this.#claim.metadata.name, action: action.kind };
    switch (action.kind) {
      case "requeue":
        this.#again(action.afterMs);
        return true;
      case "addFinalizer":
        await this.#setFinalizers((all) => [...all, TERMINATION_FINALIZER]);
        return true;
      case "releaseClaim":
        log.info(about, "nothing is left of its machine, the finalizer goes");
        await this.#setFinalizers((all) => all);
        return true;
      case "patchClaim":
        await this.#patch(action.patch, { uid: this.#claim.metadata.uid });
        return true;
      case "writeStatus":
        await this.#patch(
          { status: action.status },
          { resourceVersion: this.#claim.metadata.resourceVersion },
          "status",
        );
        return true;
      case "deleteClaim":
        log.info({ ...about, reason: action.reason, why: action.why }, "delete NodeClaim");
        metrics.ended(action.reason);
        await remove(this.#hands.kube, this.#ref(), { ...this.#preconditions(), signal: this.#signal });
        return true;
      case "createMachine":
        return await this.#create(action.spec);
      case "removeMachine":
        log.info({ ...about, machine: action.machine.name }, "remove machine");
        return await this.#ask("remove", () => this.#hands.sight.remove(action.machine, this.#signal));
      case "patchNode":
        await this.#patchNode(action.node, action.patch);
        return true;
      case "deleteNode":
        log.info({ ...about, node: action.node.name }, "delete Node");
        await remove(this.#hands.kube, nodeRef(action.node), { uid: action.node.uid, signal: this.#signal });
        return true;
      case "evictPod":
        await this.#evict(action.pod);
        return true;
      case "deletePod": {
        const { uid } = action.pod;
        const { gracePeriodSeconds } = action;
        await remove(this.#hands.kube, podRef(action.pod), { uid, gracePeriodSeconds, signal: this.#signal });
        return true;
      }
      case "event":
        await this.#tell(action.type, action.reason, action.note);
        return true;
    }
  }

  #again(afterMs: number): void {
    this.againMs = Math.min(this.againMs ?? afterMs, afterMs);
  }

  #ref(): Ref {
    return { resource: NODE_CLAIMS, name: this.#claim.metadata.name };
  }

  #preconditions(): { readonly uid?: string } {
    const { uid } = this.#claim.metadata;
    return uid === undefined ? {} : { uid };
  }

  async #patch(
    patch: Extract<MachineAction, { kind: "patchClaim" }>["patch"],
    condition: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
    subresource?: "status",
  ): Promise<void> {
    const ref = subresource === undefined ? this.#ref() : { ...this.#ref(), subresource };
    const { metadata } = patch;
    const body = { ...patch, metadata: { ...(typeof metadata === "object" ? metadata : {}), ...condition } };
    this.#claim = await mergePatch(this.#hands.kube, ref, body, { fieldManager: MANAGER, signal: this.#signal });
    this.#hands.caches.claims.wrote(this.#claim);
  }

  /** With the version that was read: somebody else's finalizer is never lost. */
  async #setFinalizers(change: (others: readonly string[]) => readonly string[]): Promise<void> {
    const { finalizers = [], resourceVersion } = this.#claim.metadata;
    const others = finalizers.filter((one) => one !== TERMINATION_FINALIZER);
    const body = { metadata: { resourceVersion, finalizers: [...change(others)] } };
    const options = { fieldManager: MANAGER, signal: this.#signal };
    this.#claim = await mergePatch(this.#hands.kube, this.#ref(), body, options);
    if (this.#claim.metadata.deletionTimestamp === undefined) this.#hands.caches.claims.wrote(this.#claim);
  }

  /** The last moment before something costs money: a watch may be late, so the API server is asked itself. */
  async #create(spec: MachineSpec): Promise<boolean> {
    const live = await get(this.#hands.kube, this.#ref(), { signal: this.#signal });
    if (live?.metadata.uid !== this.#claim.metadata.uid || live?.metadata.deletionTimestamp !== undefined) {
      throw new Error(`NodeClaim ${spec.name} is gone or about to go: no machine is asked for`);
    }
    const { name, instanceType, capacityType, zone } = spec;
    this.#hands.log.info({ claim: name, instanceType, capacityType, zone }, "create machine");
    const accepted = await this.#ask("create", () => this.#hands.sight.create(spec, this.#signal));
    await this.#tellLeftOut(name);
    return accepted;
  }

  async #tellLeftOut(machine: string): Promise<void> {
    const keys = this.#hands.memory.takeLeftOut(machine);
    if (keys.length === 0) return;
    const note = `the agent pool cannot carry ${keys.join(", ")}: what AKS does not write itself comes when the Node registers`;
    this.#hands.log.info({ claim: machine, keys }, "left out of the agent pool");
    await this.#tell("Normal", "LeftOutOfPool", note);
  }

  async #ask(verb: "create" | "remove", call: () => Promise<void>): Promise<boolean> {
    const uid = this.#claim.metadata.uid ?? "";
    try {
      await call();
      this.#hands.memory.succeeded(uid);
      return true;
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#hands.log.warn({ claim: this.#claim.metadata.name, verb, ...error.failure }, "the cloud did not accept it");
      this.#hands.memory.failed(uid, verb, error.failure);
      return false;
    }
  }

  async #patchNode(node: NodeRef, patch: Extract<MachineAction, { kind: "patchNode" }>["patch"]): Promise<void> {
    const { metadata } = patch;
    const { uid, resourceVersion } = node;
    const body = { ...patch, metadata: { ...(typeof metadata === "object" ? metadata : {}), uid, resourceVersion } };
    const live = await mergePatch(this.#hands.kube, nodeRef(node), body, {
      fieldManager: MANAGER,
      signal: this.#signal,
    });
    if (live.metadata.deletionTimestamp === undefined) this.#hands.caches.nodes.wrote(live);
  }

  async #evict(pod: PodRef): Promise<void> {
    const { namespace, name, uid } = pod;
    const body = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { namespace, name },
      deleteOptions: { preconditions: { uid } },
    };
    const ref = { ...podRef(pod), subresource: "eviction" } as const;
    try {
      await createSubresource(this.#hands.kube, ref, body, { signal: this.#signal, timeoutMs: EVICTION_TIMEOUT_MS });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (isAbsent(error) || isConflict(error)) return;
      // 429: a disruption budget; 500: several of them. Both may allow it later, and other pods meanwhile.
      if (!(error instanceof KubeError) || (error.status !== 429 && error.status !== 500)) throw error;
      this.#again(BLOCKED_AGAIN_MS);
      await this.#tell("Warning", "DrainBlocked", `pod ${namespace}/${name} cannot be evicted: ${error.message}`);
    }
  }

  async #tell(type: "Normal" | "Warning", reason: string, note: string): Promise<void> {
    const { name, uid = "" } = this.#claim.metadata;
    const regarding = { apiVersion: "karpenter.sh/v1", kind: "NodeClaim", namespace: "", name, uid };
    if (!this.#hands.memory.isNews(idOf({ regarding, reason, note }))) return;
    await writeEvent(this.#hands, { type, reason, note, regarding, nowMs: this.#world.nowMs }, this.#signal);
  }
}

function nodeRef({ name }: NodeRef): Ref {
  return { resource: NODES, name };
}

function podRef({ namespace, name }: PodRef): Ref {
  return { resource: PODS, namespace, name };
}
