/**
 * A lane of the test runner: starts a control plane, runs each file that its parent names over the channel, answers with how
 * it ended, and stops when the channel closes.
 */
import { prepareTools } from "../../src/local/tools.ts";
import { load, type Outcome, runMocha } from "./mocha-run.ts";
import { clusterMocha, provide } from "./run-cluster.ts";
import { tidy } from "./tidy.ts";

const grepAt = process.argv.indexOf("--grep");
const grep = grepAt < 0 ? undefined : process.argv[grepAt + 1];

const answer = await prepareTools();
if (answer.kind === "unavailable") throw new Error(answer.reason);
const stop = await provide({ kind: "local" }, answer.tools);
// One file at a time: the parent waits for the answer.
process.on("message", ({ file }: { readonly file: string }) => {
  void run(file).then((outcome) => process.send?.(outcome));
});
process.once("disconnect", () => void stop().finally(() => process.exit()));

async function run(file: string): Promise<Outcome> {
  const mocha = clusterMocha(grep === undefined ? {} : { grep });
  await load(mocha, [file]);
  const outcome = await runMocha(mocha);
  const left = await tidy().catch((error: unknown) => [String(error)]);
  if (left.length > 0) console.error(`${file} left behind: ${left.join(", ")}`);
  return outcome;
}
