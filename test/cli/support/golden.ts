import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
export function expectGolden(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}
