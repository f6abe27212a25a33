import type { JsonObject } from "../../json.ts";
import { allows, NODE_NAME_FIELD, type Requirement, type Terms, tolerated, untolerated } from "../requirements.ts";
import type { Resources } from "../resources.ts";
import { add, both, either, emptyMask, fullMask, type Mask } from "./mask.ts";
import type { Row } from "./problem.ts";

/** Values of one label over all rows. */
export interface Domains {
  readonly values: readonly string[];
  /** Index of each row's value; -1: the row lacks the label. */
  readonly ofRow: Int32Array;
  readonly masks: readonly Mask[];
}

/** The rows by column, so that a requirement is judged once for each value of its label, not once for each row. */
export interface RowTable {
  readonly rows: readonly Row[];
  readonly existing: Mask;
  readonly buyable: Mask;
  /** Whether a row has a taint that only asks to be avoided. */
  readonly softTaints: boolean;
  domains(key: string): Domains;
  terms(terms: Terms): Mask;
  tolerating(tolerations: readonly JsonObject[]): Mask;
  /** Rows without a PreferNoSchedule taint that is not tolerated. */
  undisturbed(tolerations: readonly JsonObject[]): Mask;
}

export function rowTable(rows: readonly Row[]): RowTable {
  const columns = new Map<string, Domains>();
  const requirements = new Map<string, Mask>();
  // Asked for every pod on every node: no closure is made here, nor in what else is asked so often.
  const domains = (key: string): Domains => {
    const known = columns.get(key);
    if (known !== undefined) return known;
    const made = column(rows, key);
    columns.set(key, made);
    return made;
  };
  const requirementMask = (one: Requirement): Mask =>
    remembered(requirements, JSON.stringify([one.key, one.operator, one.values]), () =>
      maskOf(rows, domains(one.key), one),
    );
  const termMasks = new Map<string, Mask>();
  const masks = new Map<string, Mask>();
  const tainted = rows.map((row) => row.taints);
  const maskWhere = (holds: (taints: readonly JsonObject[]) => boolean): Mask => {
    const known = new Map<string, boolean>();
    const mask = emptyMask(rows.length);
    tainted.forEach((taints, row) => {
      if (remembered(known, JSON.stringify(taints), () => holds(taints))) add(mask, row);
    });
    return mask;
  };
  const exists = emptyMask(rows.length);
  const buyable = emptyMask(rows.length);
  rows.forEach((row, index) => {
    add(row.exists ? exists : buyable, index);
  });
  return {
    rows,
    existing: exists,
    buyable,
    softTaints: tainted.some((taints) => taints.some((taint) => taint["effect"] === "PreferNoSchedule")),
    domains,
    terms: (terms) =>
      remembered(termMasks, JSON.stringify(terms), () =>
        terms
          .map((term) => term.map(requirementMask).reduce(both, fullMask(rows.length)))
          .reduce(either, emptyMask(rows.length)),
      ),
    tolerating: (tolerations) =>
      remembered(masks, `hard${JSON.stringify(tolerations)}`, () =>
        maskWhere((taints) => untolerated(taints, tolerations).length === 0),
      ),
    undisturbed: (tolerations) =>
      remembered(masks, `soft${JSON.stringify(tolerations)}`, () =>
        maskWhere((taints) =>
          taints.every((taint) => taint["effect"] !== "PreferNoSchedule" || tolerated(taint, tolerations)),
        ),
      ),
  };
}

function column(rows: readonly Row[], key: string): Domains {
  const index = new Map<string, number>();
  const ofRow = Int32Array.from(rows, (row) => {
    const value = key === NODE_NAME_FIELD ? row.node : row.labels.get(key);
    return value === undefined ? -1 : remembered(index, value, () => index.size);
  });
  const masks = [...index].map(() => emptyMask(rows.length));
  ofRow.forEach((domain, row) => {
    const mask = masks[domain];
    if (mask !== undefined) add(mask, row);
  });
  return { values: [...index.keys()], ofRow, masks };
}

function maskOf(rows: readonly Row[], { values, ofRow }: Domains, one: Requirement): Mask {
  const allowed = values.map((value) => allows(one, value));
  const absent = allows(one, undefined);
  const mask = emptyMask(rows.length);
  ofRow.forEach((domain, row) => {
    if (domain === -1 ? absent : allowed[domain]) add(mask, row);
  });
  return mask;
}

/** Room of all rows as numbers: row after row, one for each resource that some pod asks for. */
export function roomTable(rows: readonly Row[], resources: readonly string[]): Float64Array {
  const room = new Float64Array(rows.length * resources.length);
  rows.forEach((row, index) => {
    resources.forEach((name, at) => {
      const known = row.known === undefined || row.known.has(name);
      // What an estimate does not speak of is judged when the node is there.
      room[index * resources.length + at] = known ? (row.room.get(name) ?? 0) : Number.POSITIVE_INFINITY;
    });
  });
  return room;
}

export function vectorOf(requests: Resources, resources: readonly string[]): Float64Array {
  return Float64Array.from(resources, (name) => requests.get(name) ?? 0);
}

export function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
