/**
 * Shows that each rule of docs/gitops.md is tested: for every patch test/mutants/gitops-NN-*.patch the tests of rule NN go
 * red, and with --exactly the tests of all other rules stay green (but those its header names as `Also:`). One control plane
 * serves all of them.
 *
 *   node test/support/mutants-gitops.ts [--exactly] [NAME…]
 */
import { type ControlPlane, startControlPlane } from "../../src/local/control-plane.ts";
import { streamReport } from "../../src/local/report.ts";
import { prepareTools } from "../../src/local/tools.ts";
import { packageRoot } from "../../src/package-root.ts";
import { CLUSTER_INSTANCE_TYPES } from "../cluster/support/instance-types.ts";
import { isGitOpsRule, type Mutant, plant, readMutants, runTests, withTree } from "./mutant.ts";

const RULES = { tests: ["test/cluster/gitops"], grep: "rule " };
const exactly = process.argv.includes("--exactly");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

const answer = await prepareTools();
if (answer.kind === "unavailable") throw new Error(answer.reason);
const controlPlane = await startControlPlane({
  tools: answer.tools,
  instanceTypes: CLUSTER_INSTANCE_TYPES,
  report: streamReport(),
});
try {
  process.exitCode = await run(controlPlane);
} finally {
  await controlPlane.stop();
}

async function run({ kubeconfig, context }: ControlPlane): Promise<number> {
  const env = { FORESAIL_KUBECONFIG: kubeconfig, FORESAIL_CONTEXT: context };
  const sound = rulesIn((await runTests(packageRoot(), RULES, env)).stdout);
  console.log(`without a fault: ${sound.green.size} rules green, ${sound.red.size} red (${[...sound.red].join(", ")})`);
  const mutants = readMutants().filter(
    (mutant) => isGitOpsRule(mutant) && (wanted.length === 0 || wanted.includes(mutant.name)),
  );
  let survivors = 0;
  for (const mutant of mutants) {
    const fault = sound.green.has(ruleOf(mutant))
      ? await survival(mutant, env, sound.green)
      : "its tests are red without the patch";
    console.log(`${fault === undefined ? "killed  " : "SURVIVED"} ${mutant.name}: ${fault ?? mutant.rule}`);
    if (fault !== undefined) survivors++;
  }
  console.log(`${mutants.length - survivors} killed, ${survivors} survived`);
  const untested = [...sound.green].filter((rule) => !readMutants().some((mutant) => ruleOf(mutant) === rule));
  if (untested.length > 0) console.log(`rules without a fault: ${untested.join(", ")}`);
  return survivors > 0 || mutants.length === 0 || untested.length > 0 || sound.red.size > 0 ? 1 : 0;
}

/** The reason where the tests of its rule stay green, or those of another are not green any more. */
async function survival(
  mutant: Mutant,
  env: NodeJS.ProcessEnv,
  sound: ReadonlySet<string>,
): Promise<string | undefined> {
  return await withTree(async (tree) => {
    const refused = plant(tree, mutant);
    if (refused !== undefined) return refused;
    const { red, green } = rulesIn((await runTests(tree, exactly ? RULES : mutant, env)).stdout);
    const rule = ruleOf(mutant);
    if (!red.has(rule)) return `rule ${rule} stays green: it is not tested`;
    if (!exactly) return undefined;
    // Not green rather than red: what a failed set-up kept from running is broken, too. What a red test leaves behind is not.
    const others = [...sound].filter((one) => one !== rule && !green.has(one) && !mutant.also.includes(one));
    return others.length > 0 ? `breaks rule ${others.join(" and ")} as well` : undefined;
  });
}

/** Number of the rule a patch breaks: `gitops-07-…` breaks 7. */
function ruleOf({ name }: Mutant): string {
  return /^gitops-0*(\d+)-/.exec(name)?.[1] ?? "";
}

interface Outcome {
  readonly green: ReadonlySet<string>;
  readonly red: ReadonlySet<string>;
}

/** What mocha's spec reporter says of the tests whose titles begin with `rule N: `. */
function rulesIn(report: string): Outcome {
  const numbers = (pattern: RegExp): ReadonlySet<string> =>
    new Set([...report.matchAll(pattern)].map((match) => match[1] ?? ""));
  return { green: numbers(/^\s+✔ rule (\d+): /gm), red: numbers(/^\s+\d+\) rule (\d+): /gm) };
}
