import { conditionAt, isTrue, objectsAt, textAt, textsAt } from "../capacity/fields.ts";
import { isDeleting } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import type { MachineAction, NodeRef } from "./action.ts";
import { type ClaimFacts, TERMINATION_FINALIZER } from "./claim-facts.ts";

/** By it AKS tells which pool a node is of. */
export const POOL_LABEL = "kubernetes.azure.com/agentpool";

export function providerIdOf(node: JsonObject): string | undefined {
  return textAt(node, "spec", "providerID") || undefined;
}

/** Parts of an ARM id are written in upper or lower case as it pleases whoever writes it. */
export function sameProviderId(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

/** The claim's nodes: the one it knows, or all of its pool that have a machine behind them. */
export function candidates(nodes: readonly JsonObject[], claim: ClaimFacts): readonly JsonObject[] {
  const known = nodes.filter((node) => sameProviderId(providerIdOf(node), claim.providerID));
  if (known.length > 0) return known;
  return nodes.filter(
    (node) => textAt(node, "metadata", "labels", POOL_LABEL) === claim.name && providerIdOf(node) !== undefined,
  );
}

export function nodeRef(node: JsonObject): NodeRef {
  const text = (field: string): string => textAt(node, "metadata", field) ?? "";
  return { name: text("name"), uid: text("uid"), resourceVersion: text("resourceVersion") };
}

export function isNodeReady(node: JsonObject): boolean {
  return isTrue(conditionAt(node, "Ready"));
}

export function nodeFinalizers(node: JsonObject): readonly string[] {
  return textsAt(node, "metadata", "finalizers");
}

export function holdsNode(node: JsonObject): boolean {
  return nodeFinalizers(node).includes(TERMINATION_FINALIZER);
}

export function nodeTaints(node: JsonObject): readonly JsonObject[] {
  return objectsAt(node, "spec", "taints");
}

/** Lets go of a node: our finalizer off it, if it is on. */
export function freeNode(node: JsonObject): readonly MachineAction[] {
  const finalizers = nodeFinalizers(node).filter((one) => one !== TERMINATION_FINALIZER);
  return holdsNode(node) ? [{ kind: "patchNode", node: nodeRef(node), patch: { metadata: { finalizers } } }] : [];
}

/** Somebody took the node away that this controller holds by its finalizer. */
export function isNodeTaken(node: JsonObject): boolean {
  return isDeleting(node) && holdsNode(node);
}
