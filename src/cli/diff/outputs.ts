import { writeFileSync } from "node:fs";
import { nearest } from "../../core/nearest.ts";
import { UsageError } from "../../option.ts";
import { writeOut } from "../write-out.ts";

/** Where one format goes. */
export interface Output<F extends string> {
  readonly format: F;
  /** Absent: standard output. */
  readonly file?: string;
}

/** Reads `FORMAT[=FILE]`. Throws UsageError for an unknown format, and for two that go to standard output. */
export function readOutputs<F extends string>(
  given: readonly string[],
  formats: readonly F[],
  usual: F,
): readonly Output<F>[] {
  if (given.length === 0) return [{ format: usual }];
  const outputs = given.map((one): Output<F> => {
    const [name = "", ...rest] = one.split("=");
    const format = formats.find((known) => known === name);
    if (format === undefined) {
      const near = nearest(name, formats)[0];
      throw new UsageError(
        `--output ${name} is no format: ${near === undefined ? formats.join(", ") : `did you mean ${near}?`}`,
      );
    }
    if (rest.length === 0) return { format };
    const file = rest.join("=");
    if (file === "") throw new UsageError(`--output ${one} names no file`);
    return { format, file };
  });
  if (outputs.filter(({ file }) => file === undefined).length > 1) {
    throw new UsageError(
      "--output: only one format goes to standard output; name files for the others, as in json=diff.json",
    );
  }
  return outputs;
}

/** Writes a text to its place. Throws UsageError where the file cannot be written. */
export async function writeOutput({ file }: Output<string>, text: string): Promise<void> {
  if (file === undefined) return await writeOut(text);
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`--output ${file}: ${error instanceof Error ? error.message : error}`);
  }
}
