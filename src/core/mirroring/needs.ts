import type { Catalogue, Model, Release } from "../catalogue.ts";
import { type Decided, decide } from "../explain/decided.ts";
import { byCodePoint } from "../json.ts";
import type { Subject } from "../report/report.ts";
import type { Run } from "../runs/run.ts";
import { type PodImage, podImages } from "./pod-images.ts";

/** An image that has to be in a registry the cluster reaches. */
export interface NeededImage {
  /** Where it is published, host and all. */
  readonly image: string;
  /** Where pods pull it, by the catalogue's mirrors; absent: from where it is published. */
  readonly pulledAs?: string;
  /** container: runs; volume: is mounted; files: an init container copies its files; artifact: it holds model weights. */
  readonly uses: readonly PodImage["use"][];
  /** Containers and volumes it is for. */
  readonly roles: readonly string[];
  /** Whether the catalogue says where it is pulled; else a manifest states it, and has to be changed. */
  readonly byCatalogue: boolean;
  /** Whether the reference names a digest. */
  readonly pinned: boolean;
  /** Absent: not known. */
  readonly sizeGiB?: number;
  readonly neededBy: readonly Subject[];
}

/**
 * How a server gets its weights. download: the pod fetches them; claim: to a volume that keeps them; node: they lie there;
 * image, artifact: in an image of the list.
 */
export type Via = "download" | "claim" | "node" | "image" | "artifact";

/** Weights of a model that have to be where its servers get them. */
export interface NeededWeights {
  /** Repository. */
  readonly model: string;
  readonly revision: string;
  readonly license: string;
  /** Host they come from. */
  readonly host: string;
  readonly sizeGiB: number;
  readonly gated: boolean;
  /** Whether the licence lets them be copied to a host of one's own. */
  readonly mayMirror: boolean;
  /** Every way in which servers get them. */
  readonly via: readonly Via[];
  readonly neededBy: readonly Subject[];
}

export interface Needs {
  readonly images: readonly NeededImage[];
  readonly weights: readonly NeededWeights[];
}

/** A run twice: as it would be without mirrors of images, and as it is. */
export interface MirroredRun {
  readonly published: Run;
  readonly pulled: Run;
}

/** The catalogue without its mirrors of images: what runs by it says where images are published. */
export function withoutImageMirrors(catalogue: Catalogue): Catalogue {
  const releases = catalogue.releases.map(withoutImages);
  const current = releases.find(({ id }) => id === catalogue.current.id) ?? withoutImages(catalogue.current);
  return { current, releases };
}

/** The endpoint stays: a gated model that a mirror serves needs no token. */
function withoutImages(release: Release): Release {
  return release.mirrors === undefined ? release : { ...release, mirrors: { ...release.mirrors, images: [] } };
}

/** All images and weights that these runs need, each once, in byte order. */
export function needsOf(runs: readonly MirroredRun[], catalogue: Catalogue): Needs {
  const images = new Map<string, NeededImage>();
  const weights = new Map<string, NeededWeights>();
  for (const { published, pulled } of runs) {
    const decided = decide(published.workspace, catalogue, published.expansion);
    const { model } = decided;
    const pulledImages = podImages(pulled);
    for (const [i, one] of podImages(published).entries()) {
      const image = neededImage(one, pulledImages[i]?.image, { subject: published.subject, model });
      images.set(image.image, joined(images.get(image.image), image));
    }
    if (model === undefined) continue;
    const own = neededWeights(published, model, decided);
    const key = [own.model, own.revision].join("\n");
    const { neededBy = [], via = [] } = weights.get(key) ?? {};
    weights.set(key, { ...own, via: united(via, own.via), neededBy: union(neededBy, own.neededBy) });
  }
  return { images: sorted(images), weights: sorted(weights) };
}

function neededImage(
  { image, role, use, byCatalogue }: PodImage,
  pulledAs: string | undefined,
  { subject, model }: { readonly subject: Subject; readonly model: Model | undefined },
): NeededImage {
  return {
    image,
    ...(pulledAs === undefined || pulledAs === image ? {} : { pulledAs }),
    uses: [use],
    roles: [role],
    byCatalogue,
    pinned: image.includes("@"),
    ...(use === "artifact" && model !== undefined ? { sizeGiB: model.weightsGiB } : {}),
    neededBy: [subject],
  };
}

function joined(before: NeededImage | undefined, after: NeededImage): NeededImage {
  if (before === undefined) return after;
  return {
    ...before,
    ...after,
    uses: united(before.uses, after.uses),
    roles: united(before.roles, after.roles),
    // One manifest that states it is enough to have it pulled from there.
    byCatalogue: before.byCatalogue && after.byCatalogue,
    neededBy: union(before.neededBy, after.neededBy),
  };
}

function united<Word extends string>(before: readonly Word[], more: readonly Word[]): readonly Word[] {
  return [...new Set([...before, ...more])].sort(byCodePoint);
}

function union(before: readonly Subject[], more: readonly Subject[]): readonly Subject[] {
  const all = new Map([...before, ...more].map((one) => [subjectKey(one), one]));
  return sorted(all);
}

function subjectKey({ kind, namespace, name }: Subject): string {
  return [namespace, name, kind].join("\n");
}

function sorted<Value>(map: ReadonlyMap<string, Value>): readonly Value[] {
  return [...map].sort(([a], [b]) => byCodePoint(a, b)).map(([, value]) => value);
}

function neededWeights(run: Run, model: Model, decided: Decided): NeededWeights {
  const { revision, license } = run.expansion.preset ?? model;
  return {
    model: model.model,
    revision,
    license,
    host: model.weightsFrom,
    sizeGiB: model.weightsGiB,
    gated: model.gated,
    mayMirror: model.mayMirror,
    via: [viaOf(run, decided)],
    neededBy: [run.subject],
  };
}

function viaOf(run: Run, { chosen, expanding }: Decided): Via {
  if (chosen?.image.weightsInside === true) return "image";
  if (podImages(run).some(({ use }) => use === "artifact")) return "artifact";
  const { weightsClaim, useLocalWeights } = expanding.options;
  return weightsClaim !== undefined ? "claim" : useLocalWeights === true ? "node" : "download";
}

/** Whether somebody has to copy them: what lies on nodes or in images is there already. */
export function isFetched({ via }: NeededWeights): boolean {
  return via.includes("download") || via.includes("claim");
}
