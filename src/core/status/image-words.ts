import { objectsAt, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Situation } from "./situation.ts";

const BYTES_PER_GIB = 1024 ** 3;

/** What is fetched for a pod that has no running container: the images whose size some node knows, the largest first. */
export function imageWords({ imageBytes }: Situation, pod: JsonObject): string {
  const started = new Set(
    objectsAt(pod, "status", "containerStatuses")
      .filter((status) => (textAt(status, "imageID") ?? "") !== "")
      .map((status) => textAt(status, "name")),
  );
  const awaited = objectsAt(pod, "spec", "containers").filter((one) => !started.has(textAt(one, "name")));
  const known = [...new Set(awaited.map((one) => textAt(one, "image") ?? ""))]
    .flatMap((image) => (imageBytes[image] === undefined ? [] : [{ image, bytes: imageBytes[image] }]))
    .sort((a, b) => b.bytes - a.bytes || (a.image < b.image ? -1 : 1));
  if (known.length === 0) return "pulling images or preparing volumes";
  return `pulling ${known.map(({ image, bytes }) => `${image} (${shown(bytes)} GiB)`).join(", ")}`;
}

function shown(bytes: number): string {
  return (bytes / BYTES_PER_GIB).toFixed(2);
}
