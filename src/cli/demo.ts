import { type ControlPlane, startControlPlane } from "../local/control-plane.ts";
import { type Report, streamReport } from "../local/report.ts";
import { prepareTools, type Tools } from "../local/tools.ts";
import { type Arguments, command } from "./arguments.ts";
import { catalogueWith } from "./catalogue.ts";
import { simulatedInstanceTypes } from "./demo/instance-types.ts";
import { showOffline } from "./demo/offline.ts";
import { play } from "./demo/play.ts";
import { createView, type View } from "./demo/view.ts";
import { ExitCode } from "./exit-code.ts";
import { aborted, INTERRUPTED, interruption } from "./interrupt.ts";

const options = {
  keep: { kind: "switch", default: false, help: "leave everything running at the end and say how to go on" },
  plain: { kind: "switch", default: false, help: "no colours and no line in place, as when the output is no terminal" },
} as const;

// About ten seconds on an idle machine with two cores; a loaded one gets many times that.
const READY_TIMEOUT_MS = 180_000;

/** `foresail demo`: 0 when every example is ready or there is nothing to run it on, 1 when one is not. */
export const run = command(
  {
    name: "demo",
    usage: "[OPTIONS]",
    about: [
      "Starts a real control plane on loopback with Karpenter and simulated GPU nodes, runs webhook and reconciler for it,",
      "applies the four manifests of examples/ and shows every step until they run. Ctrl-C removes everything.",
      "The first run builds the control plane with Go (some minutes); without Go it shows what it can offline.",
      "",
      "Exit codes: 0 all ran, or shown offline; 1 something did not run in time; 2 arguments; 3 internal error.",
    ],
    options,
    examples: ["foresail demo", "foresail demo --keep", "foresail demo --plain > demo.log"],
  },
  demo,
);

async function demo({ values }: Arguments<typeof options>): Promise<number> {
  const signal = interruption();
  const catalogue = catalogueWith([]);
  const live = process.stdout.isTTY === true && !values.plain;
  const view = createView({ report: streamReport(process.stdout), live, now: () => performance.now() });
  const progress = streamReport();
  const answer = await orInterrupted(prepareTools({ report: progress }), signal);
  const lacking = answer.kind === "unavailable" ? answer.reason : lackingParts(answer.tools);
  if (answer.kind === "unavailable" || lacking !== undefined) {
    console.error(lacking);
    showOffline(catalogue, view);
    return ExitCode.clean;
  }
  const instanceTypes = simulatedInstanceTypes(catalogue.current);
  const controlPlane = await orInterrupted(start(answer.tools, instanceTypes, progress), signal);
  return await onStage(controlPlane, view, { keep: values.keep, signal });
}

/** KUBEBUILDER_ASSETS alone give an API server, but nobody who schedules pods or makes nodes. */
function lackingParts({ capabilities }: Tools): string | undefined {
  const lacking = Object.entries(capabilities).filter(([, present]) => !present);
  if (lacking.length === 0) return undefined;
  return `no local control plane: ${lacking.map(([name]) => name).join(", ")} missing; install Go 1.26 or newer`;
}

function start(
  tools: Tools,
  instanceTypes: ReturnType<typeof simulatedInstanceTypes>,
  report: Report,
): Promise<ControlPlane> {
  return startControlPlane({ tools, instanceTypes, report });
}

/** Until there is something to clean up, Ctrl-C ends the process: what it started ends itself when it goes. */
function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([work, aborted(signal).then(() => process.exit(INTERRUPTED))]);
}

async function onStage(
  controlPlane: ControlPlane,
  view: View,
  { keep, signal }: { readonly keep: boolean; readonly signal: AbortSignal },
): Promise<number> {
  let kept = false;
  try {
    const { ready, release } = await play({ controlPlane, view, signal, timeoutMs: READY_TIMEOUT_MS });
    await release();
    if (ready && keep) {
      kept = true;
      await leaveRunning(controlPlane, view);
    } else if (ready) view.text("\nforesail demo --keep leaves all this running for you to go on by hand.");
    return ready ? ExitCode.clean : ExitCode.findings;
  } catch (error) {
    if (!signal.aborted) throw error;
    return INTERRUPTED;
  } finally {
    // Everything runs below the control plane's supervisor, webhook configurations go with etcd: one stop ends it all.
    if (!kept) await controlPlane.stop();
  }
}

async function leaveRunning(controlPlane: ControlPlane, view: View): Promise<void> {
  view.part("All of it keeps running. Go on by hand:");
  view.text(
    [
      `export KUBECONFIG=${controlPlane.kubeconfig}`,
      `export PATH=${controlPlane.workDir}:$PATH   # kubectl`,
      "kubectl get workspace,pod,nodeclaim,node -A",
      "kubectl describe workspace workspace-phi-3-mini",
      "kubectl annotate workspace workspace-phi-3-mini foresail.dev/replicas=2",
      "kubectl delete workspace --all",
      `kill ${controlPlane.supervisorPid}   # ends everything and removes ${controlPlane.workDir}`,
    ].join("\n"),
  );
  await controlPlane.detach();
}
