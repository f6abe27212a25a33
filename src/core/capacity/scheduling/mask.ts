/** Sets of rows as bits: an intersection is a handful of machine words however many sizes a cloud sells. */
export type Mask = Uint32Array;

export function emptyMask(rows: number): Mask {
  return new Uint32Array((rows + 31) >>> 5);
}

export function fullMask(rows: number): Mask {
  const mask = emptyMask(rows);
  for (let row = 0; row < rows; row++) add(mask, row);
  return mask;
}

export function add(mask: Mask, row: number): void {
  mask[row >>> 5] = (mask[row >>> 5] ?? 0) | (1 << (row & 31));
}

export function single(rows: number, row: number): Mask {
  const mask = emptyMask(rows);
  add(mask, row);
  return mask;
}

export function has(mask: Mask, row: number): boolean {
  return ((mask[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
}

/** What is in both: `a` itself where all of it is, since most masks of a plan are the same few. A mask that was given is not added to. */
export function both(a: Mask, b: Mask): Mask {
  if (within(a, b)) return a;
  const result = new Uint32Array(a.length);
  for (let word = 0; word < a.length; word++) result[word] = (a[word] ?? 0) & (b[word] ?? 0);
  return result;
}

function within(a: Mask, b: Mask): boolean {
  for (let word = 0; word < a.length; word++) if (((a[word] ?? 0) & ~(b[word] ?? 0)) !== 0) return false;
  return true;
}

export function either(a: Mask, b: Mask): Mask {
  const result = new Uint32Array(a.length);
  for (let word = 0; word < a.length; word++) result[word] = (a[word] ?? 0) | (b[word] ?? 0);
  return result;
}

export function meets(a: Mask, b: Mask): boolean {
  for (let word = 0; word < a.length; word++) if (((a[word] ?? 0) & (b[word] ?? 0)) !== 0) return true;
  return false;
}

export function isEmpty(mask: Mask): boolean {
  for (let word = 0; word < mask.length; word++) if (mask[word] !== 0) return false;
  return true;
}

/** The first row of the set at or after `from`; -1 where there is none. */
export function nextRow(mask: Mask, from: number): number {
  let word = from >>> 5;
  let bits = (mask[word] ?? 0) & (-1 << (from & 31));
  while (bits === 0) {
    word++;
    if (word >= mask.length) return -1;
    bits = mask[word] ?? 0;
  }
  return (word << 5) + 31 - Math.clz32(bits & -bits);
}

/** The last row of the set; -1 where it is empty. */
export function lastRow(mask: Mask): number {
  for (let word = mask.length - 1; word >= 0; word--) {
    const bits = mask[word] ?? 0;
    if (bits !== 0) return (word << 5) + 31 - Math.clz32(bits);
  }
  return -1;
}

export function rowsOf(mask: Mask): readonly number[] {
  const rows: number[] = [];
  for (let row = nextRow(mask, 0); row !== -1; row = nextRow(mask, row + 1)) rows.push(row);
  return rows;
}
