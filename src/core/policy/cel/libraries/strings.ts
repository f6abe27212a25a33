import { CelError } from "../errors.ts";
import { goQuoted, trimSpace } from "../go-text.ts";
import { fn, type Meter, method, type Overload, orThrow } from "../overload.ts";
import { formatted } from "../print.ts";
import { compiled, matches } from "../regular-expressions.ts";
import type { CelList } from "../value.ts";

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`);

/** Code points, because Go counts runes and JavaScript units of UTF-16. */
const runes = (text: string): readonly string[] => [...text];

function charAt(text: string, index: bigint): string {
  const all = runes(text);
  if (index < 0n || index > BigInt(all.length)) throw outOfRange(index);
  return all[Number(index)] ?? "";
}

function indexOf(text: string, part: string, from: bigint): bigint {
  if (part === "") return from;
  if (from < 0n) throw outOfRange(from);
  const before = runes(text).slice(0, Number(from)).join("").length;
  const found = text.indexOf(part, before);
  return found < 0 ? -1n : BigInt(runes(text.slice(0, found)).length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = runes(text);
  if (part === "") return from ?? BigInt(all.length);
  if (from !== undefined && from < 0n) throw outOfRange(from);
  if (from !== undefined && from >= BigInt(all.length)) return -1n;
  const upTo = from === undefined ? Infinity : all.slice(0, Number(from)).join("").length;
  const found = text.lastIndexOf(part, upTo);
  return found < 0 ? -1n : BigInt(runes(text.slice(0, found)).length);
}

function substring(text: string, start: bigint, end?: bigint): string {
  const all = runes(text);
  const length = BigInt(all.length);
  if (end !== undefined && start > end) {
    throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  }
  if (start < 0n || start > length) throw outOfRange(start);
  if (end !== undefined && end > length) throw outOfRange(end);
  return all.slice(Number(start), end === undefined ? undefined : Number(end)).join("");
}

/** strings.Split and SplitN: an empty separator splits into runes; a negative limit is none. */
function split(text: string, separator: string, limit = -1n): readonly string[] {
  if (limit === 0n) return [];
  const parts = separator === "" ? runes(text) : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

/** strings.Replace: an empty part stands before every rune and at the end. */
function replace(text: string, part: string, by: string, limit: bigint, meter: Meter): string {
  const pieces = part === "" ? ["", ...runes(text), ""] : text.split(part);
  // "" between runes: as many places as pieces - 1.
  const count = limit < 0n || limit > BigInt(pieces.length - 1) ? pieces.length - 1 : Number(limit);
  meter.charge((text.length + count * by.length) / 10);
  const joined = pieces.slice(0, count + 1).join(by);
  return count + 1 < pieces.length ? joined + part + pieces.slice(count + 1).join(part) : joined;
}

function join(list: CelList, separator: string): string {
  const wrong = list.find((item) => typeof item !== "string");
  if (wrong !== undefined) throw new CelError(`join: invalid input: ${String(wrong)}`);
  return list.join(separator);
}

const ascii = (text: string, letters: RegExp, to: (letter: string) => string): string => text.replace(letters, to);

function find(text: string, pattern: string, most: number | undefined): readonly string[] {
  const expression = orThrow(compiled(pattern), () => new CelError(`Illegal regex: ${pattern}`));
  return matches(expression, text, most);
}

/** Strings of the language, of cel-go's strings library (version 2) and of Kubernetes' regex library. */
export const strings: readonly Overload[] = [
  fn("size", ["string"], ([text]) => BigInt(runes(text).length)),
  method("size", ["string"], ([text]) => BigInt(runes(text).length)),
  method("contains", ["string", "string"], ([text, part]) => text.includes(part)),
  method("startsWith", ["string", "string"], ([text, part]) => text.startsWith(part)),
  method("endsWith", ["string", "string"], ([text, part]) => text.endsWith(part)),
  method("matches", ["string", "string"], ([text, pattern]) => matchesPattern(text, pattern)),
  fn("matches", ["string", "string"], ([text, pattern]) => matchesPattern(text, pattern)),
  method("charAt", ["string", "int"], ([text, index]) => charAt(text, index)),
  method("indexOf", ["string", "string"], ([text, part]) => indexOf(text, part, 0n)),
  method("indexOf", ["string", "string", "int"], ([text, part, from]) => indexOf(text, part, from)),
  method("lastIndexOf", ["string", "string"], ([text, part]) => lastIndexOf(text, part)),
  method("lastIndexOf", ["string", "string", "int"], ([text, part, from]) => lastIndexOf(text, part, from)),
  method("lowerAscii", ["string"], ([text]) => ascii(text, /[A-Z]+/g, (letters) => letters.toLowerCase())),
  method("upperAscii", ["string"], ([text]) => ascii(text, /[a-z]+/g, (letters) => letters.toUpperCase())),
  method("replace", ["string", "string", "string"], ([text, part, by], meter) => replace(text, part, by, -1n, meter)),
  method("replace", ["string", "string", "string", "int"], ([text, part, by, limit], meter) =>
    replace(text, part, by, limit, meter),
  ),
  method("split", ["string", "string"], ([text, separator]) => split(text, separator)),
  method("split", ["string", "string", "int"], ([text, separator, limit]) => split(text, separator, limit)),
  method("substring", ["string", "int"], ([text, start]) => substring(text, start)),
  method("substring", ["string", "int", "int"], ([text, start, end]) => substring(text, start, end)),
  method("trim", ["string"], ([text]) => trimSpace(text)),
  method("join", ["list"], ([list]) => join(list, "")),
  method("join", ["list", "string"], ([list, separator], meter) => {
    meter.charge((list.length * separator.length) / 10);
    return join(list, separator);
  }),
  method("format", ["string", "list"], ([text, values]) => formatted(text, values)),
  fn("strings.quote", ["string"], ([text]) => goQuoted(text)),
  method("find", ["string", "string"], ([text, pattern]) => find(text, pattern, 1)[0] ?? ""),
  method("findAll", ["string", "string"], ([text, pattern]) => find(text, pattern, undefined)),
  method("findAll", ["string", "string", "int"], ([text, pattern, most]) =>
    find(text, pattern, most < 0n ? undefined : Number(most)),
  ),
];

function matchesPattern(text: string, pattern: string): boolean {
  const expression = orThrow(compiled(pattern), () => new CelError(`error parsing regexp: ${pattern}`));
  return expression.matcher(text).find();
}
