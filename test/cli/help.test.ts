import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { commands } from "../../src/cli/commands.ts";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";

const LEAST_EXAMPLES = 2;
const names = [...commands.map(({ name }) => name), "preset add"];

/** Flags as help lists them: a switch that is on by default is turned off by --no-. */
const flagsOf = (text: string): readonly string[] =>
  [...text.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag.replace("--no-", "--"));

async function helpOf(name: string): Promise<{ readonly before: string; readonly after: string }> {
  const { code, stdout } = await foresailHere([...name.split(" ").filter((word) => word !== ""), "--help"]);
  expect(code).to.equal(0);
  const [before = "", after = ""] = stdout.split("\nExamples:\n");
  return { before, after };
}

describe("the help", () => {
  for (const name of ["", ...names]) {
    const program = `foresail ${name}`.trim();
    it(`of ${program} names exit codes, has examples, and pages that are there`, async () => {
      const { before, after } = await helpOf(name);
      // 2 and 3 mean the same everywhere; what 0 means is said in words of the command.
      expect(before).to.match(/Exit codes: 0 [\s\S]*\b2 [\s\S]*\b3 /);
      const examples = after.split("\n").filter((line) => line.startsWith("  ") && line.includes(program));
      expect(examples.length).to.be.at.least(LEAST_EXAMPLES);
      const [, pages = ""] = /\nSee also: (.*)\n/.exec(after) ?? [];
      const missing = pages.split(", ").filter((page) => page !== "" && !existsSync(join(packageRoot(), page)));
      expect(missing).to.deep.equal([]);
    });
  }

  for (const name of names.filter((one) => one !== "preset")) {
    it(`of foresail ${name} has examples with options that are listed`, async () => {
      const { before, after } = await helpOf(name);
      const own = after.split(/\n|&&|[|#]/).filter((part) => part.includes(`foresail ${name}`));
      const unlisted = own.flatMap(flagsOf).filter((flag) => !flagsOf(before).includes(flag));
      expect(unlisted).to.deep.equal([]);
    });
  }
});
