import { resolve } from "node:path";
import { nearest } from "../core/nearest.ts";
import { UsageError } from "../option.ts";

/** Where one output goes. */
export interface Output<F> {
  readonly format: F;
  /** Absent: standard output. */
  readonly file?: string;
}

// Opened anew by these names, a file would lose what was written before, and a socket cannot be opened at all.
const STANDARD_OUTPUT: readonly string[] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** The help of an option that takes such values. */
export function outputHelp(formats: readonly [{ readonly name: string }, ...{ readonly name: string }[]]): string {
  return `FORMAT[=FILE]: ${formats.map(({ name }) => name).join(", ")} (default ${formats[0].name})`;
}

/**
 * What the values of `-o` ask for, `FORMAT` or `FORMAT=FILE`; the first of the formats where none is given.
 * Throws UsageError for a format that does not exist, and where two outputs would mix in one place.
 */
export function readOutputs<F extends { readonly name: string }>(
  given: readonly string[],
  formats: readonly [F, ...F[]],
): readonly Output<F>[] {
  if (given.length === 0) return [{ format: formats[0] }];
  const outputs = given.map((value) => outputOf(value, formats));
  const places = outputs.map(({ file }) => (file === undefined ? "" : resolve(file)));
  const twice = outputs.find((_, i) => places.indexOf(places[i] ?? "") !== i);
  if (twice === undefined) return outputs;
  throw new UsageError(`-o: two outputs go to ${twice.file ?? "standard output"}; give one a file: -o FORMAT=FILE`);
}

function outputOf<F extends { readonly name: string }>(value: string, formats: readonly F[]): Output<F> {
  const [, name = "", file] = /^([^=]*)(?:=(.*))?$/s.exec(value) ?? [];
  const format = formats.find((one) => one.name === name);
  if (format === undefined) {
    const names = formats.map((one) => one.name);
    throw new UsageError(`-o ${value}: ${unknownFormat(name, names)}`);
  }
  if (file === undefined || STANDARD_OUTPUT.includes(file)) return { format };
  if (file === "") throw new UsageError(`-o ${value}: name the file after =`);
  return { format, file };
}

function unknownFormat(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `formats are ${names.join(", ")}`;
  return `there is no format ${JSON.stringify(name.slice(0, 80))}; ${hint}`;
}
