import { order } from "../compare.ts";
import { CelError } from "../errors.ts";
import { fn, method, type Overload, orThrow } from "../overload.ts";
import type { Semver } from "../value.ts";

const NUMBER = "(0|[1-9]\\d*)";
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\\+([0-9A-Za-z.-]+))?$`);

/** blang/semver's Parse. */
function parse(text: string): Semver | undefined {
  const parts = VERSION.exec(text);
  if (parts === null) return undefined;
  const [, major = "", minor = "", patch = "", before, build] = parts;
  const pieces = before === undefined ? [] : before.split(".");
  const builds = build === undefined ? [] : build.split(".");
  // Empty pieces, and numbers with leading zeros before a release.
  if ([...pieces, ...builds].includes("") || pieces.some((piece) => /^0\d+$/.test(piece))) return undefined;
  return {
    kind: "kubernetes.Semver",
    numbers: [BigInt(major), BigInt(minor), BigInt(patch)],
    before: pieces.map((piece) => (/^\d+$/.test(piece) ? BigInt(piece) : piece)),
  };
}

/** Without `v`, with the parts that are missing, without leading zeros. */
function normalized(text: string): string {
  const [major = "", minor = "0", ...rest] = text.replace(/^v/, "").split(".");
  const parts = [major, minor, rest.length === 0 ? "0" : rest.join(".")];
  return parts.map((part) => part.replace(/^0+(?=\d)/, "")).join(".");
}

const read = (text: string, normalize: boolean): Semver | undefined => parse(normalize ? normalized(text) : text);

function semver(text: string, normalize: boolean): Semver {
  return orThrow(read(text, normalize), () => new CelError(`Invalid Semantic Version: ${text}`));
}

const compared = (a: Semver, b: Semver): bigint => BigInt(Math.sign(order(a, b) ?? 0));

/** Kubernetes' semver library. */
export const versions: readonly Overload[] = [
  fn("semver", ["string"], ([text]) => semver(text, false)),
  fn("semver", ["string", "bool"], ([text, normalize]) => semver(text, normalize)),
  fn("isSemver", ["string"], ([text]) => read(text, false) !== undefined),
  fn("isSemver", ["string", "bool"], ([text, normalize]) => read(text, normalize) !== undefined),
  method("major", ["kubernetes.Semver"], ([{ numbers }]) => numbers[0]),
  method("minor", ["kubernetes.Semver"], ([{ numbers }]) => numbers[1]),
  method("patch", ["kubernetes.Semver"], ([{ numbers }]) => numbers[2]),
  method("isGreaterThan", ["kubernetes.Semver", "kubernetes.Semver"], ([a, b]) => compared(a, b) > 0n),
  method("isLessThan", ["kubernetes.Semver", "kubernetes.Semver"], ([a, b]) => compared(a, b) < 0n),
  method("compareTo", ["kubernetes.Semver", "kubernetes.Semver"], ([a, b]) => compared(a, b)),
];
