import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { program } from "./support/program.ts";

/** The launcher as an installed package has it, over a program that says what it was given. */
describe("the launcher in an installed package", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-launcher-"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "dist", "src", "cli"), { recursive: true });
    copyFileSync(program, join(folder, "bin", "foresail.js"));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    const main = "export async function main(args) { console.log(args.join()); return 0; }\n";
    writeFileSync(join(folder, "dist", "src", "cli", "main.js"), main);
  });
  after(() => rmSync(folder, { recursive: true }));

  const launch = (env: NodeJS.ProcessEnv): string =>
    execFileSync(process.execPath, [join(folder, "bin", "foresail.js"), "a", "b"], { env, encoding: "utf8" });

  it("keeps compiled code in the user's cache", () => {
    const cache = join(folder, "cache");
    expect(launch({ XDG_CACHE_HOME: cache })).to.equal("a,b\n");
    expect(readdirSync(join(cache, "foresail", "compiled"))).to.have.length(1);
    const home = join(folder, "home");
    expect(launch({ HOME: home })).to.equal("a,b\n");
    expect(existsSync(join(home, ".cache", "foresail", "compiled"))).to.equal(true);
  });

  it("runs without one, and where it cannot be written, and says nothing of it", () => {
    expect(launch({})).to.equal("a,b\n");
    expect(launch({ XDG_CACHE_HOME: "/dev/null/cache" })).to.equal("a,b\n");
  });
});
