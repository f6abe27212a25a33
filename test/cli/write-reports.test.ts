import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Output, readOutputs } from "../../src/cli/outputs.ts";
import { writeReports } from "../../src/cli/write-reports.ts";
import { UsageError } from "../../src/option.ts";
import { program } from "./support/program.ts";

interface Named {
  readonly name: string;
}

const formats: readonly [Named, ...Named[]] = [{ name: "one" }, { name: "two" }];
const CLEAN = join(import.meta.dirname, "../cases/check/clean/in");

describe("files of -o", () => {
  let directory = "";
  const at = (name: string): string => join(directory, name);
  const outputs = (...given: readonly string[]): readonly Output<Named>[] => readOutputs(given, formats);
  const write = (given: readonly Output<Named>[]): Promise<void> =>
    writeReports(given, ({ name }) => `${name} is new\n`);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-outputs-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("are replaced at once, with their mode, and leave nothing beside them", async () => {
    writeFileSync(at("old"), "old");
    chmodSync(at("old"), 0o640);
    const before = statSync(at("old")).ino;
    await write(outputs(`one=${at("old")}`, `two=${at("fresh")}`));
    expect([readFileSync(at("old"), "utf8"), readFileSync(at("fresh"), "utf8")]).to.deep.equal([
      "one is new\n",
      "two is new\n",
    ]);
    expect(statSync(at("old")).mode & 0o777).to.equal(0o640);
    expect(statSync(at("fresh")).mode & 0o777).to.equal(0o666 & ~process.umask());
    // Whoever reads the old file goes on reading all of it.
    expect(statSync(at("old")).ino).to.not.equal(before);
    expect(readdirSync(directory).sort()).to.deep.equal(["fresh", "old"]);
  });

  it("stay whole, all of them, when one cannot be written or a format fails", async () => {
    writeFileSync(at("old"), "old");
    const failing = async (run: Promise<void>): Promise<unknown> => await run.catch((error: unknown) => error);
    const refused = await failing(write(outputs(`one=${at("old")}`, `two=${at("none/x")}`)));
    expect(refused)
      .to.be.instanceOf(UsageError)
      .with.property("message")
      .that.includes("none/x cannot be written: ENOENT");
    const thrown = await failing(
      writeReports(outputs(`one=${at("old")}`, `two=${at("new")}`), ({ name }) => {
        if (name === "two") throw new Error("a fault");
        return name;
      }),
    );
    expect(thrown).to.have.property("message", "a fault");
    expect([readFileSync(at("old"), "utf8"), readdirSync(directory)]).to.deep.equal(["old", ["old"]]);
  });

  it("that are links stay links", async () => {
    mkdirSync(at("real"));
    writeFileSync(at("real/file"), "old");
    symlinkSync(at("real/file"), at("link"));
    symlinkSync(at("real/later"), at("dangling"));
    await write(outputs(`one=${at("link")}`, `two=${at("dangling")}`));
    expect([lstatSync(at("link")).isSymbolicLink(), lstatSync(at("dangling")).isSymbolicLink()]).to.deep.equal([
      true,
      true,
    ]);
    expect([readFileSync(at("real/file"), "utf8"), readFileSync(at("real/later"), "utf8")]).to.deep.equal([
      "one is new\n",
      "two is new\n",
    ]);
  });

  it("may be pipes, and standard output by its names", () => {
    const shell = (script: string): string => {
      const { stdout, stderr, status } = spawnSync("sh", ["-c", script, program], { cwd: directory, encoding: "utf8" });
      expect([status, stderr], script).to.deep.equal([0, ""]);
      return stdout;
    };
    const check = `"${process.execPath}" "$0" check ${CLEAN} -o`;
    expect(JSON.parse(shell(`${check} json=/dev/stdout`)).schemaVersion).to.equal(1);
    expect(shell(`mkfifo pipe; ${check} text=pipe & cat pipe; wait $!; rm pipe`)).to.include("catalogue");
    // Standard output is a file here, of which both texts are parts.
    expect(shell(`(echo first; ${check} text=/dev/fd/1) > all; cat all`)).to.match(/^first\n[\s\S]*catalogue/);
    expect(readdirSync(directory)).to.deep.equal(["all"]);
  });
});
