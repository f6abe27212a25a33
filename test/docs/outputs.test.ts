import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { foresailHere } from "../cli/support/here.ts";
import { type Page, pages, savedFile } from "./support/pages.ts";
import { shellCommands } from "./support/shell.ts";

/** Pages that a newcomer goes through command by command. */
const WALKED = ["docs/first-hour.md", "docs/install-aks.md", "docs/install-eks.md"];

/** A terminal as most have it. */
const ENVIRONMENT = { PATH: process.env["PATH"], LANG: "C.UTF-8" };

interface Shown {
  readonly where: string;
  readonly args: readonly string[];
  readonly output: readonly string[];
}

/** Commands of ours that are shown with what they print: `$ npx foresail …`, then the output. */
function shownBy({ path, blocks }: Page): readonly Shown[] {
  return blocks.flatMap(({ lines: [first, ...rest] }) => {
    const typed = /^\$ npx foresail (.*)$/.exec(first?.text ?? "")?.[1];
    if (typed === undefined) return [];
    const [args = []] = shellCommands(typed);
    return [{ where: `${path}:${first?.line}`, args, output: rest.map(({ text }) => text.trim()) }];
  });
}

/** A line `…` stands for any lines, within a line for any text; indentation is the page's. */
function patternOf(output: readonly string[]): RegExp {
  const source = output.map((text) =>
    text === "…" ? "[^]*" : text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*"),
  );
  return new RegExp(`^${source.join("\n")}$`);
}

const trimmed = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim();

describe("what a newcomer is shown", () => {
  for (const path of WALKED) {
    const page = pages.find((one) => one.path === path);
    const shown = page === undefined ? [] : shownBy(page);
    let folder = "";

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "foresail-docs-"));
      for (const { name, text } of page?.blocks.flatMap((block) => savedFile(block) ?? []) ?? []) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it(`${path} shows commands with their output`, () => expect(shown.length).to.be.greaterThan(0));
    for (const { where, args, output } of shown) {
      it(`${where} foresail ${args.join(" ")}: this is what it prints`, async () => {
        const { stdout } = await foresailHere(args, { cwd: folder, env: ENVIRONMENT });
        const last = output.findLastIndex((text) => text !== "");
        expect(trimmed(stdout)).to.match(patternOf(output.slice(0, last + 1)));
      });
    }
  }
});
