import type { Mirrors, Model, Release } from "./catalogue.ts";
import { imageReference } from "./expand/runtime.ts";

const SHORT_NAMES_FROM = "docker.io";

/**
 * The reference under which an image is pulled: the longest prefix that matches is replaced by its mirror. A prefix ends at
 * a `/`, `:` or `@` of the reference. Short names mean what container runtimes mean by them: `nginx` is
 * docker.io/library/nginx. A reference that no prefix matches stays as it is.
 */
export function mirrorImage(reference: string, mirrors: Mirrors): string {
  return replaced(qualified(reference), mirrors) ?? reference;
}

/** As mirrorImage, for a text that may be no image at all: only what starts with a prefix literally is replaced. */
export function mirrorText(text: string, mirrors: Mirrors): string {
  return replaced(text, mirrors) ?? text;
}

function replaced(reference: string, { images }: Mirrors): string | undefined {
  let longest = "";
  let result: string | undefined;
  for (const { prefix, mirror } of images) {
    const from = trimmed(prefix);
    if (from.length <= longest.length || !startsWith(reference, from)) continue;
    longest = from;
    result = trimmed(mirror) + reference.slice(from.length);
  }
  return result;
}

function startsWith(reference: string, prefix: string): boolean {
  return reference.startsWith(prefix) && /^([/:@]|$)/.test(reference.slice(prefix.length));
}

function trimmed(prefix: string): string {
  return prefix.replace(/\/$/, "").replace(/^index\.docker\.io(?=\/|$)/, SHORT_NAMES_FROM);
}

/** With host and full path, as the container runtime completes it: `nginx` is docker.io/library/nginx. */
export function qualified(reference: string): string {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost";
  if (isHost) return reference.replace(/^index\.docker\.io(?=\/)/, SHORT_NAMES_FROM);
  return `${SHORT_NAMES_FROM}/${slash < 0 ? "library/" : ""}${reference}`;
}

/** Every image and artifact that pods of this release's presets can need, before mirrors; sorted, each once. */
export function imagesOf(release: Release): readonly string[] {
  const { registry, images } = release.defaults;
  const servers = release.runtimes.flatMap((image) =>
    modelsOf(release, image.presets).map((model) => imageReference(release, image, model)),
  );
  const artifacts = release.models.flatMap(({ tuning }) =>
    tuning === undefined ? [] : [`${registry}/${tuning.weightsArtifact}`],
  );
  return [...new Set([...servers, ...artifacts, ...Object.values(images)])].sort();
}

function modelsOf(release: Release, presets: readonly string[] | undefined): readonly Model[] {
  return presets === undefined ? release.models : release.models.filter(({ name }) => presets.includes(name));
}

/** Images that come from where the catalogue says although mirrors are in use; none without mirrors. */
export function unmirrored(release: Release): readonly string[] {
  const { mirrors } = release;
  if (mirrors === undefined) return [];
  const hosts = new Set(mirrors.images.map(({ mirror }) => hostOf(mirror)));
  return imagesOf(release).filter((image) => !hosts.has(hostOf(mirrorImage(image, mirrors))));
}

/** Host of an image, or of a prefix of images. */
export function hostOf(reference: string): string {
  return qualified(`${trimmed(reference)}/x`).split("/")[0] ?? "";
}

const MOST_NAMED = 3;

/** What mirrors leave out, for people; empty when they cover everything or are not in use. */
export function mirrorNotes(release: Release): readonly string[] {
  if (release.mirrors === undefined) return [];
  const left = unmirrored(release);
  const named = left.slice(0, MOST_NAMED).join(", ");
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : "";
  return [
    ...(left.length === 0 ? [] : [`mirrors: no prefix matches ${named}${more}: pods pull from there`]),
    ...(release.mirrors.huggingFaceEndpoint === undefined
      ? ["mirrors: huggingFaceEndpoint is not stated: weights come from https://huggingface.co"]
      : []),
  ];
}
