import { type Catalogue, findRelease, type Release } from "../catalogue.ts";
import type { Upgrade } from "../explain/explanation.ts";
import { upgradeTo } from "../explain/upgrade.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** What a pin changes about what runs. */
export interface PinEffect {
  /** Release that was stated; absent: none was, so that a cluster may hold any. */
  readonly from?: string;
  readonly to: string;
  /** Whether the former release is at hand: without it nobody knows what changes. */
  readonly isKnown: boolean;
  /** Compared with the former release, or with the one that runs where none was stated; absent: nothing changes. */
  readonly upgrade?: Upgrade;
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
  const stated = { ...(from === undefined ? {} : { from }), to: release.id };
  const { expansion } = before ?? {};
  const isCarried = from === undefined || findRelease(catalogue, from) !== undefined;
  if (before === undefined || expansion === undefined || !isCarried) return { ...stated, isKnown: false };
  const upgrade = upgradeTo(before, expansion, { ...catalogue, current: release });
  return { ...stated, isKnown: true, ...(upgrade === undefined ? {} : { upgrade }) };
}
