/**
 * Shows that tests can fail: every patch in test/mutants breaks one rule, and the tests it names must go red on it. The
 * header of a patch says `Rule:`, `Tests:` (files), where one file holds many `Grep:`, and `Fault:` where they must say so.
 *
 *   node test/support/mutants.ts [--cluster] [NAME…]
 *
 * Those whose tests need a control plane run when they are named, or all with --cluster, on one for all of them; but the
 * rules of docs/gitops.md are test/support/mutants-gitops.ts's.
 */
import { type ControlPlane, startControlPlane } from "../../src/local/control-plane.ts";
import { streamReport } from "../../src/local/report.ts";
import { prepareTools } from "../../src/local/tools.ts";
import { CLUSTER_INSTANCE_TYPES } from "../cluster/support/instance-types.ts";
import {
  isGitOpsRule,
  type Mutant,
  needsCluster,
  plant,
  readMutants,
  runTests,
  sharesCluster,
  withTree,
} from "./mutant.ts";

const inCluster = process.argv.includes("--cluster");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const mutants = readMutants().filter((mutant) =>
  wanted.length === 0 ? needsCluster(mutant) === inCluster && !isGitOpsRule(mutant) : wanted.includes(mutant.name),
);

const controlPlane = mutants.some(sharesCluster) ? await started() : undefined;
try {
  process.exitCode = run(controlPlane);
} finally {
  await controlPlane?.stop();
}

async function started(): Promise<ControlPlane> {
  const answer = await prepareTools();
  if (answer.kind === "unavailable") throw new Error(answer.reason);
  const { tools } = answer;
  return await startControlPlane({ tools, instanceTypes: CLUSTER_INSTANCE_TYPES, report: streamReport() });
}

function run(cluster: ControlPlane | undefined): number {
  const shared =
    cluster === undefined ? {} : { FORESAIL_KUBECONFIG: cluster.kubeconfig, FORESAIL_CONTEXT: cluster.context };
  let survivors = 0;
  for (const mutant of mutants) {
    const fault = survival(mutant, sharesCluster(mutant) ? shared : {});
    console.log(`${fault === undefined ? "killed  " : "SURVIVED"} ${mutant.name}: ${fault ?? mutant.rule}`);
    if (fault !== undefined) survivors++;
  }
  console.log(`${mutants.length - survivors} killed, ${survivors} survived`);
  return survivors > 0 || mutants.length === 0 ? 1 : 0;
}

/** The reason where its tests are not green before and red after. */
function survival(mutant: Mutant, env: NodeJS.ProcessEnv): string | undefined {
  return withTree((tree) => {
    const sound = runTests(tree, mutant, env);
    if (sound.status !== 0) return `its tests are red without the patch: ${sound.stdout.trim().split("\n").at(-1)}`;
    const refused = plant(tree, mutant);
    if (refused !== undefined) return refused;
    const broken = runTests(tree, mutant, env);
    if (broken.status === 0) return "its tests stay green: the rule is not tested";
    if (mutant.fault === undefined || broken.stdout.includes(mutant.fault)) return undefined;
    return `its tests go red, but do not say "${mutant.fault}"`;
  });
}
