import { expect } from "chai";
import { after, before, it } from "mocha";
import { until } from "../../../src/local/until.ts";
import { describeWith } from "../support/cluster.ts";
import { aks } from "./aks.ts";
import { leftovers } from "./end-state.ts";
import { MODES, type Mode } from "./lane.ts";
import { namedFor } from "./named.ts";
import { karpenter } from "./provider.ts";
import { type Outcome, playAll, type Run, told } from "./run.ts";
import { sample } from "./sample.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { type Subject, startSubject } from "./subject.ts";

const FULL = process.env["FORESAIL_TEST_FULL"] === "1";
/** FORESAIL_TEST_SEED repeats a choice. */
const SEED = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);
// The shortest scenario has about so many calls.
const SAMPLED_CALLS = 14;
// At the same time: the machine is busy with starts of the process then.
const LANES = 8;
const EMPTY_TIMEOUT_MS = 30_000;
const WAVE_TIMEOUT_MS = 600_000;
const EVERY_TIMEOUT_MS = 2 * 60 * 60 * 1000;

for (const provider of [karpenter, aks]) {
  describeWith(
    ["scheduler", "controllerManager", "kwok", ...provider.needs],
    `the reconciler killed at its calls, provider ${provider.name}`,
    () => {
      let subject: Subject;
      before(async () => {
        subject = await startSubject(provider);
        await empty();
      });
      after(async () => {
        await subject.stop();
        const strangers = new Set(subject.gate.strangers());
        if (strangers.size > 0) console.log(`    calls that no run is known of: ${[...strangers].join(", ")}`);
      });

      const empty = async (): Promise<void> => {
        let left: readonly string[] = [];
        const isEmpty = async (): Promise<boolean> => {
          left = await leftovers(subject.provider);
          return left.length === 0;
        };
        await until("nothing to be left", EMPTY_TIMEOUT_MS, isEmpty).catch(() => {});
        expect(left).to.deep.equal([]);
      };
      const played = async (runs: readonly Run[]): Promise<readonly Outcome[]> => {
        const { outcomes, seconds } = await playAll(subject, runs);
        for (const outcome of outcomes) console.log(`    ${told(outcome)}`);
        const each = seconds.reduce((sum, one) => sum + one) / runs.length;
        console.log(`    ${runs.length} runs in ${seconds.join(" + ")} s, ${each.toFixed(1)} s each`);
        await empty();
        return outcomes;
      };

      const named = namedFor(provider.name);
      // Nobody else's kill may come between what arrives late and what its successor does about it.
      const alone = named.filter(({ strike }) => strike?.mode === "late");
      const together = named.filter((one) => !alone.includes(one));
      const wave = [...together, ...sample(SEED, SAMPLED_CALLS)];
      let outcomes: Promise<readonly Outcome[]> | undefined;
      /** The named kills and the sample at once: most of a run is waiting. */
      const sampled = async (): Promise<readonly Outcome[]> => {
        outcomes ??= played(wave);
        return await outcomes;
      };

      for (const one of named) {
        it(one.title, async () => {
          const outcome = alone.includes(one) ? (await played([one]))[0] : (await sampled())[together.indexOf(one)];
          expect(outcome?.faults).to.deep.equal([]);
          expect(outcome?.strike, "the call at which it dies").not.to.equal(undefined);
          expect(outcome?.created).to.equal(one.scenario.goal.mostCreated);
        }).timeout(WAVE_TIMEOUT_MS);
      }

      it(`some calls, before, after and late (seed ${SEED})`, async () => {
        const outcomes = (await sampled()).slice(-SCENARIOS.length);
        expect(outcomes.filter(({ faults }) => faults.length > 0).map(told)).to.deep.equal([]);
      }).timeout(WAVE_TIMEOUT_MS);

      if (!FULL) return;
      const listed = new Map<string, readonly string[]>();
      /** The calls of a scenario by name, from a run in which nothing is killed. */
      const callsOf = async (scenario: Scenario): Promise<readonly string[]> => {
        const known = listed.get(scenario.name);
        if (known !== undefined) return known;
        const [outcome] = await played([{ scenario }]);
        expect(outcome?.faults).to.deep.equal([]);
        const names = outcome?.calls.map(({ name }) => name) ?? [];
        for (const [i, name] of names.entries()) console.log(`    ${scenario.name} ${i + 1}: ${name}`);
        listed.set(scenario.name, names);
        return names;
      };
      const every = async (scenario: Scenario, mode: Mode): Promise<void> => {
        const names = await callsOf(scenario);
        const wrong: string[] = [];
        let left: readonly Run[] = names.map((at) => ({ scenario, strike: { mode, at } }));
        // Kills of other runs may spare a run the very call; alone in its wave it has it.
        for (let lanes = LANES; left.length > 0 && lanes > 0; lanes = lanes === 1 ? 0 : 1) {
          const missed: Run[] = [];
          for (let from = 0; from < left.length; from += lanes) {
            const runs = left.slice(from, from + lanes);
            const outcomes = await played(runs);
            wrong.push(...outcomes.filter(({ faults }) => faults.length > 0).map(told));
            missed.push(...runs.filter((_run, i) => outcomes[i]?.strike === undefined));
          }
          left = missed;
        }
        for (const { strike } of left) console.log(`    ${scenario.name}: not struck ${mode} ${strike?.at}`);
        expect(wrong).to.deep.equal([]);
      };
      for (const scenario of SCENARIOS) {
        for (const mode of MODES) {
          it(`every call of ${scenario.name}, ${mode}`, () => every(scenario, mode)).timeout(EVERY_TIMEOUT_MS);
        }
      }
    },
  );
}
