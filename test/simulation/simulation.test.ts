import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";

// `make simulate` runs as long as one likes.
const SECONDS = process.env["FORESAIL_TEST_FULL"] === "1" ? 600 : 45;

/** In a process of its own: it takes over every clock and timer. */
function simulated(...args: readonly string[]) {
  const program = join(packageRoot(), "test", "simulation", "main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  const last: string = stdout.trim().split("\n").at(-1) ?? "";
  return { status, stdout, stderr, report: JSON.parse(last.startsWith("{") ? last : "{}") };
}

describe("simulated clusters", () => {
  it("come to rest with every node that is needed and none that is not", function () {
    this.timeout((SECONDS + 240) * 1000);
    const { status, stdout, stderr, report } = simulated(
      `--seconds=${SECONDS}`,
      ...(process.env["FORESAIL_TEST_SEED"] === undefined ? [] : [`--seed=${process.env["FORESAIL_TEST_SEED"]}`]),
    );
    console.error(stdout.trim().split("\n").at(-2));
    expect(status, `${stdout}\n${stderr}`).to.equal(0);
    expect(report).to.include({ failed: 0 });
    // A world in which nothing happens would come to rest as well.
    expect(report.changes, "changes by users").to.be.greaterThan(report.worlds * 10);
    expect(report.crashes, "crashes").to.be.greaterThan(report.worlds);
    expect(report.claims, "nodes asked for").to.be.greaterThan(report.worlds * 10);
  });

  it("are the same for the same seed", function () {
    this.timeout(240_000);
    const [one, other] = [1, 2].map(() =>
      simulated("--seed=7", "--worlds=1", "--trace").stdout.split("\n").slice(0, -3),
    );
    expect(one?.length).to.be.greaterThan(100);
    expect(one).to.deep.equal(other);
  });
});
