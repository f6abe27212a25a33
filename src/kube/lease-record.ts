import { isObject, type JsonObject } from "../core/json.ts";
import type { KubeObject } from "./kube.ts";

/** Who holds a coordination.k8s.io Lease, as one write puts it. */
export interface Claim {
  /** Empty: nobody, any more. */
  readonly holder: string;
  readonly leaseDurationMs: number;
  /** Wall clock, for people: nobody compares it with a clock of their own. */
  readonly nowWallMs: number;
}

export function leaseHolder(lease: KubeObject): string | undefined {
  const holder = leaseSpec(lease)["holderIdentity"];
  return typeof holder === "string" && holder !== "" ? holder : undefined;
}

/** How long the holder asked others to wait; a lease that does not say is held to `fallbackMs`. */
export function leaseDurationMs(lease: KubeObject, fallbackMs: number): number {
  const seconds = leaseSpec(lease)["leaseDurationSeconds"];
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : fallbackMs;
}

export function leaseSpec(lease: KubeObject): JsonObject {
  return isObject(lease["spec"]) ? lease["spec"] : {};
}

export function newLease(namespace: string, name: string, claim: Claim): KubeObject {
  const empty = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace } };
  return withHolder(empty, claim);
}

/** The lease with a new holder; everything else in the object stays, its resourceVersion makes the write conditional. */
export function withHolder(lease: KubeObject, claim: Claim): KubeObject {
  const spec = leaseSpec(lease);
  const transitions = typeof spec["leaseTransitions"] === "number" ? spec["leaseTransitions"] + 1 : 0;
  return { ...lease, spec: { ...renewed(spec, claim), acquireTime: microTime(claim), leaseTransitions: transitions } };
}

/** The lease with a sign of life of its holder, or given up by an empty one. */
export function withRenewal(lease: KubeObject, claim: Claim): KubeObject {
  return { ...lease, spec: renewed(leaseSpec(lease), claim) };
}

function renewed(spec: JsonObject, claim: Claim): JsonObject {
  return {
    ...spec,
    holderIdentity: claim.holder,
    leaseDurationSeconds: Math.max(1, Math.ceil(claim.leaseDurationMs / 1000)),
    renewTime: microTime(claim),
  };
}

/** metav1.MicroTime: exactly six decimals. */
function microTime(claim: Claim): string {
  return new Date(claim.nowWallMs).toISOString().replace("Z", "000Z");
}
