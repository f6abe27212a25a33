const KIB = 1024;
const UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

/** `200 KiB`, `3.13 MiB`: at most two decimals. */
export function shownBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  return `${shownNumber(value)} ${UNITS[unit]}`;
}

/** At most two decimals, thousands parted by commas whatever the locale: `131,072`, `27.86`. */
export function shownNumber(value: number): string {
  const [whole = "", decimals] = String(Math.round(value * 100) / 100).split(".");
  const parted = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? parted : `${parted}.${decimals}`;
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, word: string): string {
  return `${shownNumber(count)} ${word}${count === 1 ? "" : "s"}`;
}
