import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";
import { type Ended, foresail, program } from "./support/program.ts";

const MOST_KIB = 256 * 1024;
const noSockets = pathToFileURL(join(import.meta.dirname, "support", "no-sockets.ts")).href;

function workspace(name: string): string {
  return [
    "apiVersion: kaito.sh/v1beta1",
    "kind: Workspace",
    `metadata: {name: ${name}}`,
    "resource: {labelSelector: {matchLabels: {apps: m}}}",
    "inference: {preset: {name: phi-4}}",
    "",
  ].join("\n");
}

const laughs = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`);
const bomb = `${workspace("bomb")}l0: &l0 [ha]\n${laughs.join("\n")}\n`;

const merges = `m0: &m0 {k0: 1}\n${Array.from({ length: 1500 }, (_, i) => `m${i + 1}: &m${i + 1} {<<: *m${i}, k${i + 1}: 1}\n`).join("")}`;
const steps = Array.from({ length: 440 }, (_, i) => `${" ".repeat(i + 1)}a:`).join("\n");
const keys = Array.from({ length: 12_000 }, (_, i) => ` k${i}:`).join("\n");
const TOO_DEEP = /in\.yaml:\d+: nested more than 256 levels deep/m;

/** Each file that is at fault, and what is said of it; absent: nothing is wrong with it. */
const texts: readonly { readonly what: string; readonly text: string; readonly says?: RegExp }[] = [
  { what: "aliases of aliases", text: bomb, says: /in\.yaml.*alias/m },
  { what: "100 KB of brackets", text: `${workspace("deep")}x: ${"[".repeat(100_000)}\n`, says: TOO_DEEP },
  { what: "100 KB of braces", text: `${workspace("deep")}x: ${"{a: ".repeat(25_000)}\n`, says: TOO_DEEP },
  { what: "100 KB of dashes", text: `${workspace("deep")}x:\n ${"- ".repeat(50_000)}\n`, says: TOO_DEEP },
  { what: "100 KB of indentation", text: `${workspace("deep")}x:\n${steps}\n`, says: TOO_DEEP },
  { what: "100 KB of closing brackets", text: `${workspace("m")}x: ${"]".repeat(100_000)}\n`, says: /in\.yaml:6: /m },
  { what: "merge keys of merge keys", text: `${workspace("m")}${merges}`, says: /in\.yaml:\d+: aliases stand for/m },
  { what: "an alias of what it stands in", text: `${workspace("m")}x: &x [*x]\n`, says: /in\.yaml:6: alias \*x/m },
  { what: "12,000 keys", text: `${workspace("m")}x:\n${keys}\n` },
  { what: "a line of 15 MiB", text: `${workspace("m")}x: ${"y".repeat(15 << 20)}\n` },
  { what: "a file above 16 MiB", text: `${workspace("big")}#${"x".repeat(17 << 20)}\n`, says: /in\.yaml: 18 MiB/m },
  { what: "a NUL", text: workspace("a\u0000b") },
  { what: "a BOM", text: `\ufeff${workspace("m")}` },
  { what: "CRLF", text: workspace("m").replaceAll("\n", "\r\n") },
  { what: "1,000 documents", text: Array.from({ length: 1000 }, (_, i) => workspace(`m${i}`)).join("---\n") },
  {
    what: "30,000 documents",
    text: `${workspace("m")}${"---\n{}\n".repeat(30_000)}`,
    says: /in\.yaml: more than 20000 documents/m,
  },
  {
    what: "2,000,000 documents",
    text: `${workspace("m")}${"---\n{}\n".repeat(2_000_000)}`,
    says: /in\.yaml: more than 20000 documents/m,
  },
];

describe("input at fault", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-inputs-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function put(path: string, text: string): string {
    const file = join(folder, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  for (const { what, text, says } of texts) {
    it(`C1: ${what}, by check, render and diff`, async () => {
      const file = put("c1/in.yaml", text);
      put("c1-before/c1/in.yaml", workspace("m"));
      for (const args of [
        ["check", file, "--fail-on=never"],
        ["render", file],
        ["diff", "--base-dir", "c1-before", "c1"],
      ]) {
        const { code, stderr } = await foresailHere(args, { cwd: folder });
        if (says === undefined) expect(code, args[0]).to.be.oneOf([0, 1]);
        else {
          expect(stderr, args[0]).to.match(says);
          expect(code, args[0]).to.equal(2);
        }
      }
    });
  }

  for (const { what, text } of texts) {
    it(`C1: ${what} takes less than 256 MiB`, () => {
      const file = put("c1/in.yaml", text);
      const told = "process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS))";
      const { stderr } = spawnSync(
        process.execPath,
        [`--import=data:text/javascript,${encodeURIComponent(told)}`, program, "check", file],
        { encoding: "utf8", maxBuffer: 64 << 20 },
      );
      expect(Number(/peak (\d+)$/.exec(stderr)?.[1]))
        .to.be.greaterThan(0)
        .and.lessThan(MOST_KIB);
    });
  }

  it("C2: what lies outside a named directory is not reached by links or kustomizations", async () => {
    put("c2-outside/ws.yaml", workspace("outside"));
    put("c2/ws.yaml", workspace("inside"));
    symlinkSync(join(folder, "c2-outside"), join(folder, "c2", "link"));
    symlinkSync("/dev/zero", join(folder, "c2", "endless.yaml"));
    const { stdout } = await foresailHere(["check", join(folder, "c2"), "--fail-on=never"]);
    expect(stdout).to.contain("default/inside").and.not.contain("default/outside");
    put("c2-kustomization/kustomization.yaml", `resources: [${join(folder, "c2-outside", "ws.yaml")}]\n`);
    const reached = await foresailHere(["check", join(folder, "c2-kustomization"), "--kustomize=built-in"]);
    expect(reached.stdout).not.to.contain("default/outside");
  });

  it("C2: odd names are read, what cannot be read is named", async () => {
    put("c2-odd/-n.yaml", workspace("dash"));
    put("c2-odd/a b\u202e;$(id).yaml", workspace("odd"));
    const odd = await foresailHere(["check", join(folder, "c2-odd"), "--fail-on=never"]);
    expect(odd.stdout).to.contain("default/dash").and.contain("default/odd");
    const gone = await foresailHere(["check", join(folder, "nowhere.yaml")]);
    expect([gone.code, gone.stderr]).to.deep.equal([2, `${join(folder, "nowhere.yaml")}: no such file or directory\n`]);
    const closed = put("c2-closed/ws.yaml", workspace("closed"));
    chmodSync(closed, 0);
    // To root nothing is closed.
    if (process.getuid?.() !== 0) expect((await foresailHere(["check", closed])).code).to.equal(2);
  });

  const offline = (): readonly (readonly string[])[] => {
    const file = put("c3/ws.yaml", workspace("m"));
    return [
      ["check", file, "--policy=shipped"],
      ["render", file, "--objects"],
      ["diff", "--base-dir", folder, file],
      ["cost", file],
      ["images", file],
      ["explain", file],
    ];
  };
  const HOME = "/proc";
  const PATH = process.env["PATH"];

  it("C3: nothing asks for the network, with a HOME that cannot be written and no terminal", async () => {
    for (const args of offline()) {
      const NODE_OPTIONS = `--import=${noSockets}`;
      expect(await foresail(args, { env: { PATH, HOME, NODE_OPTIONS } }), args[0]).to.deep.equal(await foresail(args));
    }
  });

  it("C3: what asks for the network is found out", () => {
    const asking = [
      "await fetch('http://127.0.0.1:99/')",
      "(await import('node:net')).connect(9, '127.0.0.1')",
      "(await import('node:tls')).connect(9, '127.0.0.1')",
      "import { lookup } from 'node:dns/promises'; await lookup('localhost')",
      "import { resolve4 } from 'node:dns'; resolve4('localhost', () => {})",
      "(await import('node:dgram')).createSocket('udp4').send('x', 9, '127.0.0.1')",
      "(await import('node:http')).createServer().listen(0)",
    ];
    for (const source of asking) {
      const { status, stderr } = spawnSync(
        process.execPath,
        [`--import=${noSockets}`, "--input-type=module", "--eval", source],
        { encoding: "utf8" },
      );
      expect([status, stderr.includes("asked for the network")], source).to.deep.equal([1, true]);
    }
  });

  it("C3: the same where there is no network", async function () {
    if (spawnSync("unshare", ["-rn", "true"]).status !== 0) this.skip();
    for (const args of offline()) {
      const { status, stdout, stderr } = spawnSync("unshare", ["-rn", process.execPath, program, ...args], {
        encoding: "utf8",
        env: { PATH, HOME },
      });
      expect({ code: status, stdout, stderr }, args[0]).to.deep.equal(await foresail(args));
    }
  });

  it("C3: an interrupt ends check within a second, with 130 and no half of a file", async () => {
    const many = Array.from({ length: 4000 }, (_, i) => workspace(`w${i}`)).join("---\n");
    const input = put("c3-many/in.yaml", many);
    const out = join(folder, "c3-out");
    mkdirSync(out);
    const child = spawn(process.execPath, [program, "check", input, `--output=json=${join(out, "report.json")}`], {
      stdio: "ignore",
    });
    const ended = new Promise<number | string | null>((resolve) =>
      child.once("close", (code, signal) => resolve(code ?? signal)),
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    const startMs = performance.now();
    child.kill("SIGINT");
    // As a shell tells of a process that a signal ended: 128 and its number.
    expect(await ended).to.be.oneOf([130, "SIGINT"]);
    expect(performance.now() - startMs).to.be.lessThan(1000);
    expect(readdirSync(out)).to.deep.equal([]);
  });

  it("C3: who closes the pipe early gets what was printed, and no complaint", () => {
    const file = put("c3-many/in.yaml", Array.from({ length: 1000 }, (_, i) => workspace(`w${i}`)).join("---\n"));
    const command = `"${process.execPath}" "${program}" check "${file}" | head -n 1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    expect([stdout.split("\n").length, stderr]).to.deep.equal([2, ""]);
  });

  it("C4: the same bytes in any locale, time zone, directory and environment", async () => {
    const examples = join(packageRoot(), "examples");
    const path = process.env["PATH"];
    for (const command of [
      ["check", examples],
      ["render", examples],
      ["diff", "--base-dir", packageRoot(), "examples"],
      ["check", examples, "-o", "json"],
    ]) {
      const args = command[0] === "check" ? [...command, "--today=2026-11-29"] : command;
      const ran = (env: NodeJS.ProcessEnv, cwd = packageRoot()): Promise<Ended> =>
        foresail(args, { cwd, env: { PATH: path, ...env } });
      const plain = await ran({});
      expect(plain.code).to.be.oneOf([0, 1]);
      expect(await ran({ LC_ALL: "C", TZ: "Asia/Kolkata" })).to.deep.equal(plain);
      expect(await ran({ LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", NO_COLOR: "1" }, packageRoot())).to.deep.equal(
        plain,
      );
      expect(await ran({ TZ: "Pacific/Kiritimati", KUBECONFIG: "/nonexistent" })).to.deep.equal(plain);
    }
  });
});
