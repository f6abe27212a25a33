/**
 * What `foresail check` takes as people start it: a process for each run, cold in memory, its compiled code kept as always.
 *
 *   node bench/check.ts [--rounds=5] [--files=1000] [--workspaces=300] [--overlays=100] [--program=bin/foresail.js]
 *
 * Cases: one file; a repository of files of which some are Workspaces, a third of these below kustomizations, the others
 * Deployments and ConfigMaps; overlays of one base. The baseline of the same round is `foresail --version`, which is the start
 * of the program and nothing else. The last line on stdout is one JSON object. Needs GNU time for the peak of memory (`/usr/bin/time`).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/package-root.ts";
import { writeOverlays, writeRepository } from "./check/tree.ts";

// Issue 7: one file in 400 ms, a repository in 3 s on two cores, 256 MiB.
const GOALS: { readonly [name: string]: number } = { "one file": 400, repository: 3000, overlays: 3000 };
const MOST_MIB = 256;

interface Run {
  readonly ms: number;
  readonly mib: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    files: { type: "string", default: "1000" },
    workspaces: { type: "string", default: "300" },
    overlays: { type: "string", default: "100" },
    program: { type: "string", default: join(packageRoot(), "bin/foresail.js") },
  },
});
const program = resolve(values.program);
const folder = mkdtempSync(join(tmpdir(), "foresail-bench-"));
try {
  const repository = join(folder, "repository");
  const one = writeRepository(repository, Number(values.files), Number(values.workspaces));
  const overlays = join(folder, "overlays");
  writeOverlays(overlays, Number(values.overlays));
  const cases: readonly (readonly [name: string, args: readonly string[]])[] = [
    ["baseline", ["--version"]],
    ["one file", ["check", one]],
    ["repository", ["check", repository]],
    ["overlays", ["check", overlays]],
  ];
  const runs = new Map<string, Run[]>(cases.map(([name]) => [name, []]));
  // The first round fills caches of the disk and of compiled code, and is not counted.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [name, args] of cases) {
      const run = measure(args);
      if (round > 0) runs.get(name)?.push(run);
    }
  }
  const baseline = median((runs.get("baseline") ?? []).map(({ ms }) => ms));
  const figures = cases.map(([name]) => {
    const all = runs.get(name) ?? [];
    const ms = median(all.map((run) => run.ms));
    const mib = Math.max(...all.map((run) => run.mib));
    const goalMs = GOALS[name];
    const within = goalMs === undefined ? {} : { goalMs, within: ms < goalMs && mib < MOST_MIB };
    const lowestMs = Math.min(...all.map((run) => run.ms));
    return { case: name, ms, lowestMs, ofBaseline: Number((ms / baseline).toFixed(2)), mib, ...within };
  });
  for (const line of figures) console.log(JSON.stringify(line));
  console.log(JSON.stringify({ benchmark: "check", ...values, program: undefined, mostMib: MOST_MIB, figures }));
} finally {
  rmSync(folder, { recursive: true });
}

/** Wall time of one process, and the most memory it ever had resident. */
function measure(args: readonly string[]): Run {
  const startMs = performance.now();
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%M", process.execPath, program, ...args], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const ms = Math.round(performance.now() - startMs);
  if (status !== 0) throw new Error(`foresail ${args.join(" ")} ended with ${status}: ${stderr.slice(0, 500)}`);
  const kib = Number(stderr.trim().split("\n").at(-1));
  return { ms, mib: Math.ceil(kib / 1024) };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
