import { writeFileSync } from "node:fs";
import type { FormatOptions } from "../../core/report/options.ts";
import type { Report } from "../../core/report/report.ts";
import { UsageError } from "../../option.ts";
import { writeOut } from "../write-out.ts";
import type { Output } from "./outputs.ts";

/** Writes a report in every format that is asked for. Colours are for a terminal only. Throws UsageError for a file that cannot be written. */
export async function writeReports(report: Report, outputs: readonly Output[], options: FormatOptions): Promise<void> {
  for (const { format, file } of outputs) {
    if (file === undefined) {
      await writeOut(format.print(report, options));
      continue;
    }
    try {
      writeFileSync(file, format.print(report, { ...options, colour: false }));
    } catch (error) {
      throw new UsageError(`-o ${format.name}=${file}: ${error instanceof Error ? error.message : error}`);
    }
  }
}
