import type { Mirrors } from "../catalogue.ts";
import { hostOf } from "../mirrors.ts";
import type { NeededImage } from "./needs.ts";

/** From where to where an image is copied. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

export interface Targets {
  /** In the order of the images. */
  readonly pairs: readonly Pair[];
  /** Images that neither a mirror nor a registry of one's own takes. */
  readonly without: readonly NeededImage[];
  /** What a template states as an image and is no reference of one: a copy tool might take it for two, or for an option. */
  readonly unusable: readonly NeededImage[];
  /** Prefixes the catalogue's mirrors lack, so that pods would pull from a registry of one's own. */
  readonly lacking: readonly { readonly prefix: string; readonly mirror: string }[];
}

/** All characters of a reference, host, port, path, tag and digest, as its grammar has them. */
const REFERENCE = /^[A-Za-z0-9][\w.:/@+-]*$/;

/**
 * Where images go: by the catalogue's mirrors, because pods pull from there, and what no mirror takes to a registry of one's
 * own, below the name of the host it is from, so that no two of different hosts meet. What lies there already needs no copy.
 * @param registry host and path, such as `registry.acme.internal/mirror`
 */
export function targetsOf(
  images: readonly NeededImage[],
  mirrors: readonly (Mirrors | undefined)[],
  registry: string | undefined,
): Targets {
  const base = registry?.replace(/\/+$/, "");
  const inside = new Set(mirrors.flatMap((one) => one?.images ?? []).map(({ mirror }) => hostOf(mirror)));
  const pairs: Pair[] = [];
  const without: NeededImage[] = [];
  const unusable: NeededImage[] = [];
  const lacking = new Map<string, string>();
  for (const needed of images) {
    const { image, pulledAs } = needed;
    if (!REFERENCE.test(image)) unusable.push(needed);
    else if (pulledAs !== undefined) pairs.push(pairOf(image, pulledAs));
    else if (inside.has(hostOf(image)) || (base !== undefined && image.startsWith(`${base}/`))) continue;
    else if (base === undefined) without.push(needed);
    else {
      const host = hostOf(image);
      // A port has a colon, and a path must have none.
      const below = `${base}/${host.replace(":", "-")}`;
      if (needed.byCatalogue) lacking.set(host, below);
      pairs.push(pairOf(image, below + image.slice(host.length)));
    }
  }
  return { pairs, without, unusable, lacking: [...lacking].map(([prefix, mirror]) => ({ prefix, mirror })) };
}

/** By digest where there is one: the tag beside it means nothing to those who pull, and copy tools refuse both. */
function pairOf(source: string, target: string): Pair {
  return { source: withoutTag(source), target: withoutTag(target) };
}

function withoutTag(reference: string): string {
  const at = reference.indexOf("@");
  return at === -1 ? reference : reference.slice(0, at).replace(/:[^/:]*$/, "") + reference.slice(at);
}
