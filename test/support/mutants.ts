/**
 * Shows that tests can fail: every patch in test/mutants breaks one rule, and the tests it names must go red on it. The
 * header of a patch says `Rule:`, `Tests:` (files), where one file holds many `Grep:`, and `Fault:` where they must say so.
 *
 *   node test/support/mutants.ts [--cluster] [NAME…]
 *
 * One for each core at a time. Those whose tests need a control plane run when they are named, or all with --cluster, one
 * after the other on one for all of them; but the rules of docs/gitops.md are test/support/mutants-gitops.ts's.
 */
import { availableParallelism } from "node:os";
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
  type TestRun,
  unplant,
  withTree,
} from "./mutant.ts";

const inCluster = process.argv.includes("--cluster");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const mutants = readMutants().filter((mutant) =>
  wanted.length === 0 ? needsCluster(mutant) === inCluster && !isGitOpsRule(mutant) : wanted.includes(mutant.name),
);

const controlPlane = mutants.some(sharesCluster) ? await started() : undefined;
try {
  process.exitCode = await run(controlPlane);
} finally {
  await controlPlane?.stop();
}

async function started(): Promise<ControlPlane> {
  const answer = await prepareTools();
  if (answer.kind === "unavailable") throw new Error(answer.reason);
  const { tools } = answer;
  return await startControlPlane({ tools, instanceTypes: CLUSTER_INSTANCE_TYPES, report: streamReport() });
}

async function run(cluster: ControlPlane | undefined): Promise<number> {
  const shared =
    cluster === undefined ? {} : { FORESAIL_KUBECONFIG: cluster.kubeconfig, FORESAIL_CONTEXT: cluster.context };
  const queue = mutants.values();
  const sound = new Map<string, Promise<TestRun>>();
  let survivors = 0;
  await withTree(async (soundTree) => {
    // Tests of a cluster have it for themselves: a test that goes red because of another's fault proves nothing.
    const jobs = mutants.some(needsCluster) ? 1 : Math.min(availableParallelism(), mutants.length);
    await Promise.all(Array.from({ length: jobs }, () => withTree((tree) => work(soundTree, tree))));
  });
  console.log(`${mutants.length - survivors} killed, ${survivors} survived`);
  return survivors > 0 || mutants.length === 0 ? 1 : 0;

  async function work(soundTree: string, tree: string): Promise<void> {
    for (const mutant of queue) {
      const env = sharesCluster(mutant) ? shared : {};
      const key = JSON.stringify([mutant.tests, mutant.grep]);
      const before = sound.get(key) ?? runTests(soundTree, mutant, env);
      sound.set(key, before);
      const fault = survival(await before, await brokenBy(tree, mutant, env), mutant);
      console.log(`${fault === undefined ? "killed  " : "SURVIVED"} ${mutant.name}: ${fault ?? mutant.rule}`);
      if (fault !== undefined) survivors++;
    }
  }
}

/** How its tests end with the fault, or the reason where it cannot be planted. */
async function brokenBy(tree: string, mutant: Mutant, env: NodeJS.ProcessEnv): Promise<TestRun | string> {
  const refused = plant(tree, mutant);
  if (refused !== undefined) return refused;
  try {
    return await runTests(tree, mutant, env);
  } finally {
    unplant(tree, mutant);
  }
}

/** The reason where its tests are not green before and red after. */
function survival(sound: TestRun, broken: TestRun | string, { fault }: Mutant): string | undefined {
  if (sound.status !== 0) return `its tests are red without the patch: ${sound.stdout.trim().split("\n").at(-1)}`;
  if (typeof broken === "string") return broken;
  if (broken.status === 0) return "its tests stay green: the rule is not tested";
  if (fault === undefined || broken.stdout.includes(fault)) return undefined;
  return `its tests go red, but do not say "${fault}"`;
}
