import { nearest } from "../../core/nearest.ts";
import { type Format, formatOf, formats } from "../../core/report/formats.ts";
import { UsageError } from "../../option.ts";

/** Where one output goes. */
export interface Output {
  readonly format: Format;
  /** Absent: standard output. */
  readonly file?: string;
}

/**
 * What the values of `-o` ask for, `FORMAT` or `FORMAT=FILE`; text where none is given.
 * Throws UsageError for a format that does not exist, and where two outputs would mix in one place.
 */
export function outputsOf(values: readonly string[]): readonly Output[] {
  const outputs = (values.length === 0 ? ["text"] : values).map(outputOf);
  const places = outputs.map(({ file }) => file ?? "standard output");
  const twice = places.find((place, i) => places.indexOf(place) !== i);
  if (twice !== undefined) throw new UsageError(`-o: two outputs go to ${twice}; give one a file: -o FORMAT=FILE`);
  return outputs;
}

function outputOf(value: string): Output {
  const [, name = "", file] = /^([^=]*)(?:=(.*))?$/s.exec(value) ?? [];
  const format = formatOf(name);
  if (format === undefined) throw new UsageError(`-o ${value}: ${unknownFormat(name)}`);
  if (file === undefined) return { format };
  if (file === "") throw new UsageError(`-o ${value}: name the file after =`);
  return { format, file };
}

function unknownFormat(name: string): string {
  const names = formats.map((format) => format.name);
  const near = nearest(name, names);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `formats are ${names.join(", ")}`;
  return `there is no format ${JSON.stringify(name.slice(0, 80))}; ${hint}`;
}
