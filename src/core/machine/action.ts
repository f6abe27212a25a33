import type { JsonObject } from "../json.ts";
import type { Machine, MachineSpec } from "./machine.ts";

/** One thing to do for a claim, as data. Carried out in order; the first that fails ends the look. */
export type MachineAction =
  | { readonly kind: "addFinalizer" }
  /** RFC 7386, of the claim's metadata. */
  | { readonly kind: "patchClaim"; readonly patch: JsonObject }
  /** The whole status, put in place of the stored one. */
  | { readonly kind: "writeStatus"; readonly status: JsonObject }
  | { readonly kind: "createMachine"; readonly spec: MachineSpec }
  | { readonly kind: "removeMachine"; readonly machine: Pick<Machine, "name" | "etag"> }
  /** The reason is one word, of few; `why` is for people. */
  | { readonly kind: "deleteClaim"; readonly reason: string; readonly why: string }
  /** RFC 7386, only if the node still is the one that was looked at. */
  | { readonly kind: "patchNode"; readonly node: NodeRef; readonly patch: JsonObject }
  | { readonly kind: "deleteNode"; readonly node: NodeRef }
  /** Through the Eviction API: a disruption budget may refuse it for now. */
  | { readonly kind: "evictPod"; readonly pod: PodRef }
  | { readonly kind: "deletePod"; readonly pod: PodRef; readonly gracePeriodSeconds: number }
  /** The claim's finalizer goes, and with it the claim. */
  | { readonly kind: "releaseClaim" }
  | { readonly kind: "event"; readonly type: "Normal" | "Warning"; readonly reason: string; readonly note: string }
  /** Look again after this time at the latest. */
  | { readonly kind: "requeue"; readonly afterMs: number };

export interface NodeRef {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What can hold for a while; how long is told by a clock that never jumps. */
export type Fact =
  /** The machine was asked for and is not there yet. */
  | "launching"
  /** The machine was made and turned out to be wrong: it is not asked for again yet. */
  | "wrong"
  /** The machine runs and has no node. */
  | "registering"
  /** The node is there and cannot be used yet. */
  | "initializing"
  /** …and for longer than nodes take. */
  | "late"
  /** The cloud does not know the machine any more. */
  | "gone"
  /** The node is not Ready, or vanished. */
  | "unhealthy"
  /** The node was usable, offers no GPU any more, and nothing runs there. */
  | "bare"
  /** Its Node is being deleted, and not by this controller. */
  | "taken"
  /** Volumes hold back the end of the node. */
  | "detaching";

/** Facts of a node that is out of order: what the breaker counts, each claim once. */
export const OUT_OF_ORDER: readonly Fact[] = ["unhealthy", "late", "bare"];

export interface MachinePlan {
  readonly actions: readonly MachineAction[];
  /** What holds now: since when is remembered from look to look, and forgotten for what does not hold any more. */
  readonly holds: readonly Fact[];
}

export const NOTHING: MachinePlan = { actions: [], holds: [] };
