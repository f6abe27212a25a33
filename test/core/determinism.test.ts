import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { before, describe, it } from "mocha";
import { type Expanded, expand } from "../../src/core/expand.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { digest } from "./determinism/digest.ts";
import { faults } from "./determinism/faults.ts";
import { shuffled } from "./determinism/shuffle.ts";
import { workspaces } from "./determinism/workspaces.ts";
import { catalogue, serving } from "./support/workspaces.ts";

/** `make test-full` takes ten times as many. FORESAIL_TEST_SEED repeats a run. */
const count = process.env["FORESAIL_TEST_FULL"] === "1" ? 10_000 : 1000;
const seed = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);

interface Case {
  readonly workspace: Workspace;
  readonly result: Expanded;
}

/** The Workspaces of the cases for which `holds` is false, told so that a run can be repeated. */
function failing(cases: readonly Case[], holds: (one: Case, index: number) => boolean): readonly string[] {
  return cases
    .filter((one, index) => !holds(one, index))
    .slice(0, 3)
    .map(({ workspace }) => `seed ${seed}: ${JSON.stringify(workspace)}`);
}

function inAnotherProcess(lines: readonly string[]): Promise<readonly string[]> {
  const program = fileURLToPath(new URL("determinism/expand-lines.ts", import.meta.url));
  const child = spawn(process.execPath, [program], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { LANG: "tr_TR.UTF-8" },
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stdin.end(lines.join("\n"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve(Buffer.concat(output).toString().trim().split("\n")));
  });
}

describe("expansion of any Workspace", function () {
  this.timeout(300_000);
  let cases: readonly Case[] = [];
  let expanded: readonly Case[] = [];
  before(() => {
    cases = fc
      .sample(workspaces(catalogue.current), { numRuns: count, seed })
      .map((workspace) => ({ workspace, result: expand(workspace, catalogue) }));
    expanded = cases.filter(({ result }) => result.expansion !== undefined);
    process.stdout.write(`      ${count} Workspaces of seed ${seed}, ${expanded.length} expand\n`);
  });

  it("mostly succeeds, so that the rest of this file says something", () => {
    expect(expanded.length).to.be.greaterThan(count * 0.4);
  });

  it("gives the same bytes in another process, asked in another order", async () => {
    const digests = await inAnotherProcess(cases.map(({ workspace }) => JSON.stringify(workspace)));
    expect(digests).to.have.length(count);
    expect(failing(cases, ({ result }, index) => digest(result) === digests[index])).to.deep.equal([]);
  });

  it("gives the same bytes whatever the order of keys", () => {
    const same = ({ workspace, result }: Case, index: number): boolean =>
      digest(expand(shuffled(workspace, seed + index), catalogue)) === digest(result);
    expect(failing(cases, same)).to.deep.equal([]);
  });

  it("gives the same expansion to what carries one already", () => {
    const same = ({ workspace, result }: Case): boolean => {
      const again = expand({ ...workspace, expansion: result.expansion ?? {} } as Workspace, catalogue);
      return digest({ ...again, issues: result.issues }) === digest(result);
    };
    expect(failing(expanded, same)).to.deep.equal([]);
  });

  it("holds nothing null, empty or undefined but what was stated so, is in order, survives JSON, and stays below 64 KiB", () => {
    const found = expanded.flatMap(({ workspace, result }) =>
      result.expansion === undefined
        ? []
        : faults(workspace, result.expansion).map((fault) => `${fault} (seed ${seed}): ${JSON.stringify(workspace)}`),
    );
    expect(found.slice(0, 3)).to.deep.equal([]);
  });

  it("stays below 64 KiB with ten adapters and every helper, for any preset", () => {
    const list = Array.from({ length: 10 }, (_, index) => ({
      source: {
        name: `adapter-${index}`,
        image: `registry.example/${"team/".repeat(10)}adapter-${index}:1`,
        imagePullSecrets: ["pull"],
      },
      strength: "0.5",
    }));
    for (const { name } of catalogue.current.models) {
      const stated = serving(name, undefined, {
        "foresail.dev/chat-api": "true",
        "foresail.dev/api-key-secret": "key",
      });
      const { expansion } = expand({ ...stated, inference: { ...stated.inference, adapters: list } }, catalogue);
      if (expansion !== undefined) expect(faults(stated, expansion), name).to.deep.equal([]);
    }
  });

  it("leaves the Workspace as it was", () => {
    const frozen = cases.slice(0, 200).map(({ workspace }) => [workspace, JSON.stringify(workspace)] as const);
    for (const [workspace, text] of frozen) {
      expand(workspace, catalogue);
      expect(JSON.stringify(workspace)).to.equal(text);
    }
  });
});
