/** Field manager of everything we apply: see design, children. */
export const MANAGER = "foresail";
