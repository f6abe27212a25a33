/**
 * Shows that tests can fail: every patch in test/mutants breaks one rule, and the tests it names must go red on it. The
 * header of a patch says `Rule:`, `Tests:` (files) and, where one file holds many, `Grep:`.
 *
 *   node test/support/mutants.ts [NAME…]
 *
 * Those whose tests need a control plane are test/support/mutants-gitops.ts's.
 */
import { type Mutant, needsCluster, plant, readMutants, runTests, withTree } from "./mutant.ts";

/** The reason where its tests are not green before and red after. */
function survival(mutant: Mutant): string | undefined {
  return withTree((tree) => {
    if (runTests(tree, mutant).status !== 0) return "its tests are red without the patch";
    const refused = plant(tree, mutant);
    if (refused !== undefined) return refused;
    return runTests(tree, mutant).status === 0 ? "its tests stay green: the rule is not tested" : undefined;
  });
}

const wanted = process.argv.slice(2);
const mutants = readMutants().filter((mutant) =>
  wanted.length === 0 ? !needsCluster(mutant) : wanted.includes(mutant.name),
);
let survivors = 0;
for (const mutant of mutants) {
  const fault = survival(mutant);
  console.log(`${fault === undefined ? "killed  " : "SURVIVED"} ${mutant.name}: ${fault ?? mutant.rule}`);
  if (fault !== undefined) survivors++;
}
console.log(`${mutants.length - survivors} killed, ${survivors} survived`);
process.exitCode = survivors > 0 || mutants.length === 0 ? 1 : 0;
