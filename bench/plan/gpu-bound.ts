import { podRequests } from "../../src/core/capacity/resources.ts";
import type { Row } from "../../src/core/capacity/scheduling/problem.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import { type BoundItem, type Bounds, bounds } from "./bound.ts";

// GPUs first: they bind.
const RESOURCES = ["nvidia.com/gpu", "cpu", "memory"] as const;

/**
 * What these pods cost at least on nodes of these rows.
 * @param knownUsd what they cost by some plan, in USD per hour
 */
export function boundsOf(waiting: readonly JsonObject[], rows: readonly Row[], knownUsd: number): Bounds {
  const kinds = rows.map(({ room, hourlyPriceUsd = 0 }) => ({
    room: RESOURCES.map((name) => room.get(name) ?? 0),
    hourlyPriceUsd,
  }));
  return bounds(items(waiting, rows), kinds, knownUsd);
}

/** Equal pods as the bound takes them. */
function items(waiting: readonly JsonObject[], rows: readonly Row[]): readonly BoundItem[] {
  const found = new Map<string, { requests: readonly number[]; count: number; kinds: ReadonlySet<number> }>();
  for (const { spec } of waiting) {
    if (!isObject(spec)) continue;
    const asked = podRequests(spec);
    const selector = isObject(spec["nodeSelector"]) ? Object.entries(spec["nodeSelector"]) : [];
    const requests = RESOURCES.map((name) => asked.get(name) ?? 0);
    const kinds = new Set([...rows.keys()].filter((row) => suits(rows[row], selector)));
    const name = JSON.stringify([requests, selector]);
    const known = found.get(name);
    if (known === undefined) found.set(name, { requests, count: 1, kinds });
    else known.count++;
  }
  return [...found.values()];
}

function suits(row: Row | undefined, selector: readonly (readonly [string, unknown])[]): boolean {
  return selector.every(([key, value]) => row?.labels.get(key) === value);
}
