/** `counts · y ≤ most`, with `most` not negative. */
export interface Limit {
  readonly counts: readonly number[];
  readonly most: number;
}

export interface Solution {
  readonly value: number;
  readonly y: readonly number[];
  /** By how much the value would grow with the limit, for each of them: the solution of the problem this is the dual of. */
  readonly x: readonly number[];
}

// The largest gain first is fast; if it runs in a circle Bland's rule ends it.
const STEPS_BEFORE_BLAND = 5000;
const EPSILON = 1e-9;

/** max Σ value·y within all limits and y ≥ 0, by the simplex method; 0 is a start. The limits must leave it an end. */
export function maximum(values: readonly number[], limits: readonly Limit[]): Solution {
  const width = values.length;
  // One column for each variable that is 0 at the moment: below `width` a y, from there on the slack of a limit.
  const columns = [...values.keys()];
  const basics = limits.map((_, r) => width + r);
  const table = limits.map(({ counts, most }) => Float64Array.from([...counts, most]));
  const goal = Float64Array.from([...values.map((value) => -value), 0]);
  for (let step = 0; ; step++) {
    const enter = step < STEPS_BEFORE_BLAND ? steepest(goal) : lowest(goal, columns);
    if (enter === -1) break;
    const leave = leaving(table, basics, enter);
    if (leave === -1) throw new Error("the linear program has no end");
    pivot(table, goal, leave, enter);
    const entered = columns[enter] ?? 0;
    columns[enter] = basics[leave] ?? 0;
    basics[leave] = entered;
  }
  const y = values.map(() => 0);
  const x = limits.map(() => 0);
  basics.forEach((one, r) => {
    if (one < width) y[one] = Math.max(0, table[r]?.[width] ?? 0);
  });
  columns.forEach((one, c) => {
    if (one >= width) x[one - width] = Math.max(0, goal[c] ?? 0);
  });
  return { value: goal[width] ?? 0, y, x };
}

function steepest(goal: Float64Array): number {
  let found = -1;
  let least = -EPSILON;
  for (let c = 0; c < goal.length - 1; c++) {
    if ((goal[c] ?? 0) >= least) continue;
    least = goal[c] ?? 0;
    found = c;
  }
  return found;
}

function lowest(goal: Float64Array, columns: readonly number[]): number {
  let found = -1;
  for (let c = 0; c < goal.length - 1; c++) {
    if ((goal[c] ?? 0) < -EPSILON && (columns[c] ?? 0) < (columns[found] ?? Infinity)) found = c;
  }
  return found;
}

function leaving(table: readonly Float64Array[], basics: readonly number[], enter: number): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  table.forEach((row, r) => {
    const by = row[enter] ?? 0;
    if (by <= EPSILON) return;
    const ratio = (row.at(-1) ?? 0) / by;
    if (ratio < least - 1e-12 || (ratio <= least + 1e-12 && (basics[r] ?? 0) < (basics[found] ?? Infinity))) {
      least = Math.min(least, ratio);
      found = r;
    }
  });
  return found;
}

function pivot(table: readonly Float64Array[], goal: Float64Array, leave: number, enter: number): void {
  const row = table[leave] as Float64Array;
  const by = row[enter] ?? 1;
  row[enter] = 1;
  for (let c = 0; c < row.length; c++) row[c] = (row[c] ?? 0) / by;
  for (const other of [...table, goal]) if (other !== row) eliminate(other, row, enter);
}

function eliminate(other: Float64Array, row: Float64Array, enter: number): void {
  const factor = other[enter] ?? 0;
  if (factor === 0) return;
  other[enter] = 0;
  for (let c = 0; c < row.length; c++) other[c] = (other[c] ?? 0) - factor * (row[c] ?? 0);
}
