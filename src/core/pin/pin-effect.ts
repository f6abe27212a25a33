import { namespaceOf } from "../capacity/fields.ts";
import { type Catalogue, findRelease, type Release } from "../catalogue.ts";
import type { Pods } from "../compare/comparison.ts";
import type { StatedTemplate } from "../compare/state.ts";
import { templatePods } from "../compare/template.ts";
import type { Change } from "../explain/explanation.ts";
import { changesOf, upgradeTo } from "../explain/upgrade.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { expandPod } from "../preset-pod/expand-pod.ts";
import { pinOf } from "./pin.ts";

/** What a pin changes about what runs. */
export interface PinEffect {
  /** Release that was stated; absent: none was, so that a cluster may hold any. */
  readonly from?: string;
  readonly to: string;
  /** Whether the former release is at hand: without it nobody knows what changes. */
  readonly isKnown: boolean;
  /** Compared with the former release, or with the one that runs where none was stated. */
  readonly changes: readonly Change[];
  /** Whether a Workspace's model restarts for these changes. */
  readonly restarts: boolean;
  /** Of a pod template, which is another one by the pin alone: what becomes of the pods. */
  readonly pods?: Pods;
}

/**
 * What changes when a Workspace is expanded with another release.
 * @param from the release it stated
 * @param before as a create would store it with that; undefined where it would be refused
 */
export function pinEffect(
  from: string | undefined,
  before: Workspace | undefined,
  release: Release,
  catalogue: Catalogue,
): PinEffect {
  const { expansion } = before ?? {};
  const effect = effectOf(from, release);
  if (before === undefined || expansion === undefined || !isAtHand(from, catalogue)) return effect;
  const upgrade = upgradeTo(before, expansion, { ...catalogue, current: release });
  return { ...effect, isKnown: true, changes: upgrade?.changes ?? [], restarts: upgrade?.restarts === true };
}

/**
 * The same for an object whose pods ask for a preset.
 * @param before as its author states it
 * @param after with the release stated in its template
 */
export function templatePinEffect(
  before: StatedTemplate,
  after: StatedTemplate,
  release: Release,
  catalogue: Catalogue,
): PinEffect {
  const from = pinOf(before.pod);
  const [old, made] = [before, after].map(
    ({ object, pod }) => expandPod(pod, namespaceOf(object), catalogue).expansion,
  );
  const effect = { ...effectOf(from, release), pods: templatePods(before, after, catalogue) };
  if (old === undefined || made === undefined || !isAtHand(from, catalogue)) return effect;
  return { ...effect, isKnown: true, changes: changesOf(old, made) };
}

function effectOf(from: string | undefined, { id }: Release): PinEffect {
  return { ...(from === undefined ? {} : { from }), to: id, isKnown: false, changes: [], restarts: false };
}

function isAtHand(from: string | undefined, catalogue: Catalogue): boolean {
  return from === undefined || findRelease(catalogue, from) !== undefined;
}
