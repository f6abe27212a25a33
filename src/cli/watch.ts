import { connect } from "../kube/connect.ts";
import { KubeError } from "../kube/error.ts";
import { splitLines } from "../kube/lines.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { ExitCode } from "./exit-code.ts";
import { interruption } from "./interrupt.ts";
import { type Decision, describeDecision, readDecision } from "./watch/decision.ts";

const MOST_LINE_BYTES = 64 * 1024;

const options = {
  kubeconfig: { kind: "text", help: "kubeconfig file (required, unless - is given)" },
  context: { kind: "text", help: "context of that file (required, unless - is given)" },
  namespace: { kind: "text", default: "foresail-system", help: "namespace Foresail runs in" },
  workspace: { kind: "text", help: "only this one: NAMESPACE/NAME, or NAMESPACE/ for all of a namespace" },
  refused: { kind: "switch", default: false, help: "refusals only" },
  dryRuns: { kind: "switch", default: false, help: "dry runs, too; refused ones are always told" },
  since: { kind: "integer", default: 0, help: "seconds of the past to tell first" },
  output: { kind: "choice", choices: ["text", "json"], default: "text", help: "for people, or one JSON object a line" },
} as const;

type WatchArguments = Arguments<typeof options>;

/** `foresail watch`: 0 at the end of the input or after Ctrl-C, 2 when the logs may not be read. */
export const run = command(
  {
    name: "watch",
    usage: "[-] [--kubeconfig FILE --context NAME] [OPTIONS]",
    about: [
      "Tells who was admitted, expanded or refused, and why, as the webhook decides it. Reads the logs of the webhook's pods",
      "(needs list and watch of pods and get of pods/log in Foresail's namespace, and changes nothing), or with - its log lines from standard input.",
      "",
      "Exit codes: 0 stopped by Ctrl-C, or input at its end; 2 arguments, or a cluster that cannot be used; 3 internal error.",
    ],
    options,
    letters: { o: "output", n: "namespace" },
    operands: true,
    examples: [
      "foresail watch --kubeconfig prod.kubeconfig --context prod --refused --since 3600",
      "tail -f LOGS/webhook.log | foresail watch -          # LOGS is what foresail up prints",
    ],
  },
  watch,
);

async function watch(given: WatchArguments): Promise<number> {
  const { values, operands } = given;
  const onLine = (line: string): void => {
    const decision = readDecision(line);
    if (decision === undefined || !isWanted(decision, values)) return;
    process.stdout.write(`${values.output === "json" ? JSON.stringify(decision) : describeDecision(decision)}\n`);
  };
  if (operands.length > 1 || (operands[0] ?? "-") !== "-") {
    throw new UsageError(`foresail watch takes "-" or a cluster, given ${JSON.stringify(operands.join(" "))}`);
  }
  if (operands[0] === "-") return await watchInput(onLine);
  return await watchCluster(values, onLine);
}

async function watchInput(onLine: (line: string) => void): Promise<number> {
  for await (const { lines } of splitLines(ended(process.stdin), MOST_LINE_BYTES)) lines.forEach(onLine);
  return ExitCode.clean;
}

/** The last line of a file may lack its line feed. */
async function* ended(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* input;
  yield Buffer.from("\n");
}

async function watchCluster(values: WatchArguments["values"], onLine: (line: string) => void): Promise<number> {
  const { kubeconfig, context, namespace, since } = values;
  if (kubeconfig === undefined || context === undefined) {
    throw new UsageError(
      "give --kubeconfig FILE and --context NAME, or - to read the webhook's log from standard input",
    );
  }
  const { followPodLogs } = await import("./watch/pod-logs.ts");
  const kube = await connect({ kubeconfig, context, userAgent: "foresail-watch" });
  console.error(`watching ${namespace} at ${kube.server}`);
  const onError = (message: string) => console.error(message);
  try {
    // The API server takes no zero: "now" is the last second.
    const sinceSeconds = Math.max(1, since);
    await followPodLogs({ kube, namespace, sinceSeconds, onLine, onError, signal: interruption() });
    return ExitCode.clean;
  } catch (error) {
    if (error instanceof KubeError) throw new UsageError(`${error.message}; pods and pods/log must be readable there`);
    throw error;
  } finally {
    await kube.close();
  }
}

function isWanted(decision: Decision, values: WatchArguments["values"]): boolean {
  const { workspace, refused, dryRuns } = values;
  if (workspace?.endsWith("/") === true && !decision.object.startsWith(workspace)) return false;
  if (workspace !== undefined && !workspace.endsWith("/") && decision.object !== workspace) return false;
  if (decision.verdict === "denied") return true;
  // /validate looks at what /mutate has told of already.
  return !refused && decision.phase !== "validate" && (dryRuns || !decision.dryRun);
}
