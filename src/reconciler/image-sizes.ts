import { objectsAt, textAt, textsAt } from "../core/capacity/fields.ts";
import type { KubeObject } from "../kube/kube.ts";
import { ownerOfChild } from "./keys.ts";

/**
 * Sizes of the images that a Workspace's pods on a node still wait for, as far as any node has them: bytes by reference, as
 * the container runtime counts them (containerd: compressed).
 */
export function imageBytes(
  key: string,
  pods: readonly KubeObject[],
  nodes: () => readonly KubeObject[],
): { readonly [image: string]: number } {
  const wanted = awaitedImages(key, pods);
  if (wanted.size === 0) return {};
  const sizes = nodes()
    .flatMap((node) => objectsAt(node, "status", "images"))
    .flatMap((image) => {
      const bytes = image["sizeBytes"];
      if (typeof bytes !== "number") return [];
      return textsAt(image, "names").flatMap((name) => (wanted.has(name) ? [[name, bytes] as const] : []));
    });
  return Object.fromEntries(sizes);
}

function awaitedImages(key: string, pods: readonly KubeObject[]): ReadonlySet<string> {
  const waiting = pods.filter(
    (pod) =>
      textAt(pod, "status", "phase") === "Pending" &&
      textAt(pod, "spec", "nodeName") !== undefined &&
      ownerOfChild(pod).includes(key),
  );
  const containers = waiting.flatMap((pod) => objectsAt(pod, "spec", "containers"));
  return new Set(containers.map((one) => textAt(one, "image")).filter((image) => image !== undefined));
}
