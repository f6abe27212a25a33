/**
 * What one expansion costs, after warm-up and on one core, beside JSON.stringify of its result, in turns.
 *
 *   node bench/expand.ts [--rounds=15] [--expansions=400]
 *
 * Cases: a size that is stated; none stated, so that sizes are ranked; the largest model, none stated; a training; and the
 * second of these with a release that was never asked before, as after a new catalogue. Every Workspace has a name of its own. The last
 * line on stdout is one JSON object; figures of one machine say little, the ratio and the target are the result.
 */
import { parseArgs } from "node:util";
import type { Catalogue } from "../src/core/catalogue.ts";
import { expand } from "../src/core/expand.ts";
import type { Expansion, Workspace } from "../src/core/kinds/workspace.ts";
import { loadCatalogue } from "../src/load.ts";

const TARGET_US = 150;

interface Case {
  readonly name: string;
  readonly preset: string;
  readonly instanceType?: string;
  readonly tuning?: true;
  /** Whether every expansion gets a release of its own. */
  readonly newRelease: boolean;
}

interface Figures {
  readonly case: string;
  readonly expandUs: number;
  /** Of the round that was disturbed least: other programs share the processor. */
  readonly lowestUs: number;
  readonly stringifyUs: number;
  readonly ratio: number;
  readonly bytes: number;
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, expansions: { type: "string", default: "400" } },
});
const [rounds, count] = [Number(values.rounds), Number(values.expansions)];
const catalogue = loadCatalogue();
const largest = catalogue.current.models.toSorted((a, b) => b.weightsGiB - a.weightsGiB)[0]?.name ?? "";
const cases: readonly Case[] = [
  { name: "stated size", preset: "phi-4", instanceType: "Standard_NC24ads_A100_v4", newRelease: false },
  { name: "chosen size", preset: "phi-4", newRelease: false },
  { name: "largest model, chosen size", preset: largest, newRelease: false },
  { name: "training", preset: "phi-4", tuning: true, newRelease: false },
  { name: "chosen size, first time", preset: "phi-4", newRelease: true },
];

const figures = cases.map(measure);
for (const line of figures) console.log(JSON.stringify(line));
const held = figures.filter((line) => line.case !== "chosen size, first time");
const within = held.every(({ lowestUs }) => lowestUs < TARGET_US);
console.log(JSON.stringify({ benchmark: "expand", rounds, expansions: count, targetUs: TARGET_US, within, figures }));

function measure({ name, newRelease, ...stated }: Case): Figures {
  const workspaces = Array.from({ length: count }, (_, index) => workspace(`${index}`, stated));
  const catalogues = newRelease ? workspaces.map(fresh) : workspaces.map(() => catalogue);
  const results = expandAll(workspaces, catalogues);
  // Enough for the optimising compiler to have seen every path.
  for (let warm = 0; warm < 10; warm++) expandAll(workspaces, newRelease ? workspaces.map(fresh) : catalogues);
  const [expanding, stringifying]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const used = newRelease ? workspaces.map(fresh) : catalogues;
    expanding.push(microseconds(() => expandAll(workspaces, used)));
    stringifying.push(microseconds(() => results.map((result) => JSON.stringify(result))));
  }
  const [expandUs, stringifyUs] = [median(expanding), median(stringifying)];
  const bytes = Buffer.byteLength(JSON.stringify(results[0]));
  const lowestUs = round1(Math.min(...expanding));
  return { case: name, expandUs, lowestUs, stringifyUs, ratio: round1(expandUs / stringifyUs), bytes };
}

function expandAll(workspaces: readonly Workspace[], catalogues: readonly Catalogue[]): readonly Expansion[] {
  return workspaces.map((object, index) => {
    const { expansion, issues } = expand(object, catalogues[index] ?? catalogue);
    if (expansion === undefined) throw new Error(JSON.stringify(issues));
    return expansion;
  });
}

/** The same release under an identity that nothing is remembered of. */
function fresh(): Catalogue {
  const release = Object.freeze({ ...catalogue.current });
  return { current: release, releases: [release] };
}

type Stated = Pick<Case, "preset" | "instanceType" | "tuning">;

function workspace(suffix: string, { preset: name, instanceType, tuning }: Stated): Workspace {
  const preset = { name, presetOptions: { modelAccessSecret: "hf" } };
  const training = {
    preset,
    method: "qlora",
    input: { urls: ["https://example.com/train.parquet"] },
    output: { image: "registry.example/adapter:1", imagePushSecret: "push" },
  };
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: `model-${suffix}`, namespace: "team" },
    resource: {
      count: 1,
      labelSelector: { matchLabels: { app: `model-${suffix}` } },
      ...(instanceType === undefined ? {} : { instanceType }),
    },
    ...(tuning === true ? { tuning: training } : { inference: { preset } }),
  };
}

/** Microseconds for each expansion of a round. */
function microseconds(run: () => unknown): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1000 / count;
}

function median(numbers: readonly number[]): number {
  return round1(numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN);
}

function round1(number: number): number {
  return Math.round(number * 10) / 10;
}
