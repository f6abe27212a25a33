import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { commands } from "../../src/cli/commands.ts";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";
import { foresail, program } from "./support/program.ts";

describe("the program", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string };
    expect(await foresail(["--version"])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("lists every command in its help, and ends with 2 without one", async () => {
    const help = await foresail(["--help"]);
    expect(help.code).to.equal(0);
    const rows = help.stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
    for (const { name, summary } of commands) expect(rows).to.deep.include([name, summary]);
    expect(await foresail([])).to.deep.equal({ code: 2, stdout: "", stderr: help.stdout });
  });

  it("offers the nearest command for one it does not have", async () => {
    const { code, stdout, stderr } = await foresailHere(["rendr"]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    expect(stderr).to.equal('foresail has no command "rendr"; did you mean render? See foresail --help.\n');
  });

  for (const { name } of commands) {
    it(`explains ${name}`, async () => {
      const { code, stdout, stderr } = await foresailHere([name, "--help"]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.contain(`foresail ${name}`);
    });
  }

  it("names the nearest flag", async () => {
    const { code, stderr } = await foresailHere(["render", "--formt", "json"]);
    expect(code).to.equal(2);
    expect(stderr).to.equal("foresail render: Unknown option '--formt'; did you mean --format or --context?\n");
  });

  it("tells a crash in one line with 3, and the stack on request", async () => {
    const args = ["--input-type=module", "-e", CRASH];
    const crash = (env: NodeJS.ProcessEnv) => run(args, { PATH: process.env["PATH"], ...env });
    const plain = await crash({});
    expect(plain.code).to.equal(3);
    expect(plain.stderr).to.equal("foresail: internal error: boom (set FORESAIL_DEBUG=1 for the stack)\n");
    const debug = await crash({ FORESAIL_DEBUG: "1" });
    expect(debug.code).to.equal(3);
    expect(debug.stderr).to.match(/^Error: boom\n +at /);
  });

  it("ends quietly when the reader of its output goes away", async () => {
    const child = spawn(process.execPath, [program, "render", "examples", "--objects"], { cwd: packageRoot() });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(0);
    expect(stderr).not.to.contain("EPIPE");
  });
});

const CRASH = `
  import { commands } from ${JSON.stringify(join(packageRoot(), "src/cli/commands.ts"))};
  import { main } from ${JSON.stringify(join(packageRoot(), "src/cli/main.ts"))};
  commands.push({ name: "crash", summary: "", load: async () => ({ run: () => Promise.reject(new Error("boom")) }) });
  process.exitCode = await main(["crash"]);
`;

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, args, { env });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, stderr };
}
