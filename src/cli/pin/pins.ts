import { type Catalogue, findRelease, type Release } from "../../core/catalogue.ts";
import { errors, type Issue } from "../../core/issue.ts";
import type { JsonObject } from "../../core/json.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import { follows, pinned, pinOf, pinPatch } from "../../core/pin/pin.ts";
import { type PinEffect, pinEffect, templatePinEffect } from "../../core/pin/pin-effect.ts";
import type { Edit } from "../../core/report/report.ts";
import { shownName } from "../../core/report/shown.ts";
import { subjectOf } from "../../core/runs/run.ts";
import { UsageError } from "../../option.ts";
import type { Manifest } from "../input/manifest.ts";
import { inNamespace, presetIssues, presetTemplate, withPod } from "../pod-templates.ts";
import { asStored } from "../stored.ts";

/** A Workspace, or an object whose pods ask for a preset, and what becomes of its pin. */
export interface Pin {
  readonly manifest: Manifest;
  readonly kind: "Workspace" | "template";
  /** namespace/name, with its kind where it is no Workspace */
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

/** The pins of all Workspaces and templates of preset pods. Throws UsageError where no file can say one. */
export function pinsOf(manifests: readonly Manifest[], pinning: Pinning): readonly Pin[] {
  return manifests.flatMap((manifest) => {
    const pinnable = pinnableOf(manifest.object, pinning);
    return pinnable === undefined ? [] : [pinFor(manifest, pinnable, pinning)];
  });
}

function pinFor(manifest: Manifest, pinnable: Pinnable, { release, namespace, followers }: Pinning): Pin {
  const { stated, at, kind } = pinnable;
  const name = shownName(subjectOf(manifest.object, namespace));
  const left = { manifest, kind, name, edits: [], issues: [] };
  const patch = pinPatch(stated, release.id);
  if (patch.length === 0) return { ...left, outcome: "done" };
  if (follows(stated) && !followers) return { ...left, outcome: "follows" };
  const issues = errors(pinnable.issues());
  if (issues.length > 0) return { ...left, outcome: "refused", issues };
  const inside = at.map((key) => `/${key}`).join("");
  const edits = manifest.edits(patch.map((operation) => ({ ...operation, path: inside + operation.path })));
  if (edits === undefined) {
    const { file, line } = manifest.placeOf([...at, "metadata"].join("."));
    throw new UsageError(
      `${file}:${line}: ${name} cannot be changed there: state foresail.dev/catalog where it is made`,
    );
  }
  return { ...left, outcome: "pinned", edits, effect: pinnable.effect() };
}

/** What can state a release. */
interface Pinnable {
  readonly kind: Pin["kind"];
  /** What carries the annotation, and the keys that lead there. */
  readonly stated: JsonObject;
  readonly at: readonly string[];
  /** What admission says of it with the release stated. */
  readonly issues: () => readonly Issue[];
  readonly effect: () => PinEffect;
}

function pinnableOf(object: JsonObject, { release, catalogue, namespace }: Pinning): Pinnable | undefined {
  if (isWorkspace(object)) {
    return {
      kind: "Workspace",
      stated: object,
      at: [],
      issues: () => asStored(pinned(object, release.id), namespace, catalogue).issues,
      effect: () => {
        const { workspace } = asStored(object, namespace, catalogue);
        return pinEffect(pinOf(object), workspace, release, catalogue);
      },
    };
  }
  const template = presetTemplate(object);
  if (template === undefined) return undefined;
  const { pod, path } = template;
  const placed = inNamespace(object, namespace);
  const after = pinned(pod, release.id);
  const made = withPod(placed, path, after);
  return {
    kind: "template",
    stated: pod,
    at: path,
    issues: () => presetIssues(made, namespace, catalogue) ?? [],
    effect: () => templatePinEffect({ object: placed, pod }, { object: made, pod: after }, release, catalogue),
  };
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
