import { objectAt, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import { controllerOf } from "./preset-pod.ts";

/** What admission makes of a pod today, found out by a dry run of its creation. */
export type Trial =
  | { readonly kind: "expanded" }
  /** The webhook is away: it fails open. */
  | { readonly kind: "unexpanded" }
  /** A quota is used up, by the very pod that is to be replaced perhaps, so nobody can tell. */
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly message: string };

/** Facts about the pods of one owner that ask for a preset. */
export interface PresetPods {
  /** All of one namespace and one share key. */
  readonly pods: readonly JsonObject[];
  /** Whether the namespace opted in. */
  readonly optedIn: boolean;
  /** Present where a pod waits to be expanded and something would make it anew. */
  readonly trial?: Trial;
}

/** The pod a controller would make in place of this one, as far as admission is concerned. */
export function successorOf(pod: JsonObject): JsonObject {
  const { labels, annotations, namespace } = objectAt(pod, "metadata");
  const generateName = textAt(pod, "metadata", "generateName") ?? `${textAt(pod, "metadata", "name")}-`;
  const { blockOwnerDeletion: _, ...owner } = controllerOf(pod) ?? {};
  const { nodeName: __, ...spec } = objectAt(pod, "spec");
  const metadata = { generateName, namespace, labels, annotations, ownerReferences: [owner] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec,
  };
}
