import { objectsAt, textAt, textsAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import { qualified } from "../mirrors.ts";
import type { Run } from "../runs/run.ts";

/** A reference that pods of a run pull, and what for. */
export interface PodImage {
  /** With host and full path. */
  readonly image: string;
  /** Name of the container, or of the volume, it is for. */
  readonly role: string;
  /** container: runs; volume: is mounted; files: an init container copies its files; artifact: it pulls model weights. */
  readonly use: "container" | "volume" | "files" | "artifact";
  /** Whether the catalogue says where it is pulled: its mirrors leave alone what a manifest states itself. */
  readonly byCatalogue: boolean;
}

type Found = Omit<PodImage, "byCatalogue">;

/** Every image that the pods of a run need, in the order of the pod; what they push is none. */
export function podImages({ pod, expansion }: Run): readonly PodImage[] {
  const isPreset = expansion.preset !== undefined;
  // Init containers of a template of one's own may mean anything by their arguments.
  const files = isPreset ? objectsAt(expansion.podTemplate, "spec", "initContainers").flatMap(fetched) : [];
  const ofPreset = new Set(isPreset ? [...run(expansion.podTemplate), ...files].map(({ image }) => image) : []);
  return [...run(pod), ...files].map((found) => ({ ...found, byCatalogue: ofPreset.has(found.image) }));
}

/** What a pod runs and mounts. */
function run(pod: JsonObject): readonly Found[] {
  const containers = [...objectsAt(pod, "spec", "initContainers"), ...objectsAt(pod, "spec", "containers")];
  return [
    ...containers.flatMap((container) => imageOf(textAt(container, "image"), textAt(container, "name"), "container")),
    ...objectsAt(pod, "spec", "volumes").flatMap((volume) =>
      imageOf(textAt(volume, "image", "reference"), textAt(volume, "name"), "volume"),
    ),
  ];
}

/** What an init container of ours fetches as files: the pull script reads IMAGE, oras its second argument. */
function fetched(container: JsonObject): readonly Found[] {
  const name = textAt(container, "name");
  const variable = objectsAt(container, "env").find((one) => one["name"] === "IMAGE");
  const [verb, reference] = textsAt(container, "command")[0] === "oras" ? textsAt(container, "args") : [];
  return [
    ...imageOf(textAt(variable, "value"), name, "files"),
    ...imageOf(verb === "pull" ? reference : undefined, name, "artifact"),
  ];
}

function imageOf(reference: string | undefined, role = "", use: PodImage["use"]): readonly Found[] {
  const trimmed = reference?.trim() ?? "";
  return trimmed === "" ? [] : [{ image: qualified(trimmed), role, use }];
}
