import { expect } from "chai";
import { after, before, it } from "mocha";
import { describeWith } from "../support/cluster.ts";
import { type Call, MODES, type Strike } from "./gate.ts";
import { karpenter } from "./provider.ts";
import { emptied, type Outcome, play, told } from "./run.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { isClaimCreation, type Subject, startSubject } from "./subject.ts";

const FULL = process.env["FORESAIL_TEST_FULL"] === "1";
/** FORESAIL_TEST_SEED repeats a choice. */
const SEED = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);
const SAMPLE_MS = 40_000;
// One run of a sample may last as long as a scenario may.
const SAMPLE_TIMEOUT_MS = 400_000;
const FULL_TIMEOUT_MS = 4 * 60 * 60 * 1000;

for (const provider of [karpenter]) {
  describeWith(
    ["scheduler", "controllerManager", "kwok", "karpenter"],
    `the reconciler killed at its calls, provider ${provider.name}`,
    () => {
      let subject: Subject;
      before(async () => {
        subject = await startSubject(provider);
        await emptied();
      });
      after(() => subject.stop());

      const struck = async (name: string, strike: Strike): Promise<Outcome> => {
        const outcome = await play(subject, scenarioOf(name), strike);
        console.log(`    ${told(outcome)}`);
        expect(outcome.faults).to.deep.equal([]);
        expect(outcome.strike, "the call at which it dies").not.to.equal(undefined);
        return outcome;
      };

      it("N1: a claim whose creation was not answered is adopted, not made again", async () => {
        const { created } = await struck("create", { mode: "after", at: isClaimCreation });
        expect(created).to.equal(1);
      }).timeout(SAMPLE_TIMEOUT_MS);

      it("N1: a creation that arrives when a successor asks for the same is adopted", async () => {
        const { created } = await struck("create", { mode: "late", at: isClaimCreation });
        expect(created).to.equal(1);
      }).timeout(SAMPLE_TIMEOUT_MS);

      it("N3: killed between the deletion of the claim and the end of the finalizer", async () => {
        await struck("delete", { mode: "after", at: isClaimDeletion });
        await struck("delete", { mode: "before", at: isWorkspacePatch });
      }).timeout(SAMPLE_TIMEOUT_MS);

      it(`${FULL ? "every call of every scenario" : "some calls"}, before, after and late (seed ${SEED})`, async () => {
        const next = random(SEED);
        const endMs = Date.now() + (FULL ? FULL_TIMEOUT_MS : SAMPLE_MS);
        const wrong: string[] = [];
        const note = (outcome: Outcome): Outcome => {
          console.log(`    ${told(outcome)}`);
          if (outcome.faults.length > 0) wrong.push(told(outcome));
          return outcome;
        };
        for (const scenario of shuffled(SCENARIOS, next)) {
          if (Date.now() > endMs) break;
          const { calls } = note(await play(subject, scenario));
          const strikes = calls.flatMap((_call, i) => MODES.map((mode): Strike => ({ mode, at: i + 1 })));
          const chosen = FULL ? strikes : shuffled(strikes, next).slice(0, 2);
          for (const strike of chosen) {
            if (Date.now() < endMs) note(await play(subject, scenario, strike));
          }
        }
        expect(wrong).to.deep.equal([]);
      }).timeout(FULL ? FULL_TIMEOUT_MS : SAMPLE_TIMEOUT_MS);
    },
  );
}

function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario is called ${name}`);
  return found;
}

function isClaimDeletion({ verb, path }: Call): boolean {
  return verb === "DELETE" && path.startsWith("/apis/karpenter.sh/v1/nodeclaims/");
}

/** Not of its status: the finalizer. */
function isWorkspacePatch({ verb, path }: Call): boolean {
  return verb === "PATCH" && /\/workspaces\/[^/]+$/.test(path);
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): readonly T[] {
  return items
    .map((item) => ({ item, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
