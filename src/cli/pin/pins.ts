import { type Catalogue, findRelease, type Release } from "../../core/catalogue.ts";
import { errors, type Issue } from "../../core/issue.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import { follows, pinned, pinOf, pinPatch } from "../../core/pin/pin.ts";
import { type PinEffect, pinEffect } from "../../core/pin/pin-effect.ts";
import type { Edit } from "../../core/report/report.ts";
import { subjectOf } from "../../core/runs/run.ts";
import { UsageError } from "../../option.ts";
import type { Manifest } from "../input/manifest.ts";
import { asStored } from "../stored.ts";

/** A Workspace, and what becomes of its pin. */
export interface Pin {
  readonly manifest: Manifest;
  /** namespace/name */
  readonly name: string;
  /** done: the release is stated already; follows: it takes every release, and is left; refused: the release denies it. */
  readonly outcome: "pinned" | "done" | "follows" | "refused";
  readonly effect?: PinEffect;
  readonly edits: readonly Edit[];
  /** Why it is refused. */
  readonly issues: readonly Issue[];
}

export interface Pinning {
  readonly release: Release;
  readonly catalogue: Catalogue;
  readonly namespace: string;
  /** Whether those that follow are pinned, too. */
  readonly followers: boolean;
}

/** The pin of every Workspace among the manifests. Throws UsageError where no file can say it. */
export function pinsOf(manifests: readonly Manifest[], pinning: Pinning): readonly Pin[] {
  return manifests.filter(({ object }) => isWorkspace(object)).map((manifest) => pinFor(manifest, pinning));
}

function pinFor(manifest: Manifest, { release, catalogue, namespace, followers }: Pinning): Pin {
  const { object } = manifest;
  const subject = subjectOf(object, namespace);
  const name = `${subject.namespace}/${subject.name}`;
  const left = { manifest, name, edits: [], issues: [] };
  const patch = pinPatch(object, release.id);
  if (patch.length === 0) return { ...left, outcome: "done" };
  if (follows(object) && !followers) return { ...left, outcome: "follows" };
  const issues = errors(asStored(pinned(object, release.id), namespace, catalogue).issues);
  if (issues.length > 0) return { ...left, outcome: "refused", issues };
  const edits = manifest.edits(patch);
  if (edits === undefined) {
    const { file, line } = manifest.placeOf("metadata");
    throw new UsageError(
      `${file}:${line}: ${name} cannot be changed there: state foresail.dev/catalog where it is made`,
    );
  }
  const { workspace } = asStored(object, namespace, catalogue);
  return { ...left, outcome: "pinned", edits, effect: pinEffect(pinOf(object), workspace, release, catalogue) };
}

/** The release of `--to`; absent: the one that runs. Throws UsageError with those that are carried. */
export function releaseTo(given: string | undefined, catalogue: Catalogue): Release {
  if (given === undefined) return catalogue.current;
  const release = findRelease(catalogue, given);
  if (release !== undefined) return release;
  const carried = catalogue.releases.map(({ id }) => id).join(", ");
  throw new UsageError(
    `--to ${JSON.stringify(given.slice(0, 80))} is not carried by this version; it carries ${carried}`,
  );
}
