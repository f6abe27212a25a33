import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { DISTURBANCES } from "./disturbances.ts";

// `make simulate` runs as long as one likes.
const SECONDS = process.env["FORESAIL_TEST_FULL"] === "1" ? 600 : 30;
// A world takes some ten seconds of one core; a loaded machine gets fifty times that.
const PATIENCE_MS = 1_200_000;

interface Ran {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
  /** What the last line says. */
  readonly report: { readonly [name: string]: number } & { readonly disturbances: { readonly [what: string]: number } };
}

/** In a process of its own: it takes over every clock and timer. */
async function simulated(...args: readonly string[]): Promise<Ran> {
  const program = join(packageRoot(), "test", "simulation", "main.ts");
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const lines = stdout.trim().split("\n");
  const last = lines.at(-1) ?? "";
  return { status, lines, stderr, report: JSON.parse(last.startsWith("{") ? last : '{"disturbances":{}}') };
}

describe("simulated clusters", () => {
  it("of known seeds come to rest with either provider, twice alike, and nothing was spared them", async function () {
    this.timeout(PATIENCE_MS);
    const [one, other] = await Promise.all(
      [1, 2].map(() => simulated("--seed=7", "--worlds=2", "--turmoil=6", "--trace")),
    );
    expect(one?.status, one?.lines.concat(one.stderr).join("\n")).to.equal(0);
    const providers = one?.lines.flatMap((line) => /^seed \d+ \((\w+)\)/.exec(line)?.[1] ?? []);
    expect(providers).to.have.members(["aks", "karpenter"]);
    const spared = DISTURBANCES.filter((what) => !((one?.report.disturbances[what] ?? 0) > 0));
    expect(spared).to.deep.equal([]);
    // The last two lines say how long it took.
    expect(one?.lines.length).to.be.greaterThan(100);
    expect(one?.lines.slice(0, -2)).to.deep.equal(other?.lines.slice(0, -2));
  });

  it("that once showed a fault come to rest", async function () {
    this.timeout(PATIENCE_MS);
    const all = await Promise.all([
      // A leader killed right after it made a claim; the next one's watch was late, and it made one more than the limit allows.
      simulated("--seed=940767056", "--worlds=1", "--turmoil=4"),
      // A machine that would never have joined was deleted in the portal: that is no failure after which there is a pause.
      simulated("--seed=2003", "--worlds=1", "--turmoil=12"),
      // A pod left over from the roll-out before the last got a node beside that of the next template.
      simulated("--seed=31028", "--worlds=1", "--turmoil=4"),
    ]);
    for (const { status, lines, stderr } of all) expect(status, `${lines.join("\n")}\n${stderr}`).to.equal(0);
  });

  it("in which a ceiling, a clock set back and a pause matter come to rest", async function () {
    this.timeout(PATIENCE_MS);
    const all = await Promise.all([
      // What goes wrong when a ceiling is ignored shows here,
      simulated("--seed=10", "--worlds=1", "--turmoil=6"),
      // emptiness counted by dates here,
      simulated("--seed=103", "--worlds=1", "--turmoil=12"),
      // and a pause after failed nodes that does not grow here.
      simulated("--seed=5012", "--worlds=1", "--turmoil=12"),
    ]);
    for (const { status, lines, stderr } of all) expect(status, `${lines.join("\n")}\n${stderr}`).to.equal(0);
  });

  it("of random seeds come to rest with every node that is needed and none that is not", async function () {
    this.timeout(SECONDS * 1000 + PATIENCE_MS);
    const seed = process.env["FORESAIL_TEST_SEED"];
    const given = seed === undefined ? [] : [`--seed=${seed}`];
    const { status, lines, stderr, report } = await simulated(`--seconds=${SECONDS}`, ...given);
    console.error(lines.at(-2));
    expect(status, `${lines.join("\n")}\n${stderr}`).to.equal(0);
    expect(report).to.include({ failed: 0 });
    // A world in which nothing happens would come to rest as well.
    expect(report["changes"], "changes by users").to.be.greaterThan((report["worlds"] ?? 0) * 10);
    expect(report["claims"], "nodes asked for").to.be.greaterThan((report["worlds"] ?? 0) * 5);
  });
});
