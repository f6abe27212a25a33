/** A member's name, or the position of a list's item. */
export type Key = string | number;

/** `inference.adapters[0].source` → its keys; what stands in brackets is one key, dots and all. */
export function keysOf(path: string): readonly Key[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, plain]) => {
    const key = inBrackets ?? plain ?? "";
    return inBrackets !== undefined && /^\d+$/.test(key) ? Number(key) : key;
  });
}

/** The JSON Pointer (RFC 6901) to a field whose path is written as issues write it. */
export function pointerOf(path: string): string {
  return pointerTo(keysOf(path));
}

/** The JSON Pointer that these keys are. */
export function pointerTo(keys: readonly Key[]): string {
  return keys.map((key) => `/${pointerToken(key)}`).join("");
}

/** A key as a token of a JSON Pointer. */
export function pointerToken(key: Key): string {
  return String(key).replaceAll("~", "~0").replaceAll("/", "~1");
}
