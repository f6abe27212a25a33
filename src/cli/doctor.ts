import type { Provider } from "../core/capacity/owner.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { diagnose } from "../core/doctor/diagnose.ts";
import type { CloudFacts, Facts } from "../core/doctor/facts.ts";
import { LEVELS } from "../core/doctor/finding.ts";
import { gpuSizesOf } from "../core/doctor/gpu-sizes.ts";
import { type DoctorReport, doctorJson, doctorReport, doctorText } from "../core/doctor/report.ts";
import type { TakenOver } from "../core/take-over/report.ts";
import { cloudFacts } from "../doctor/cloud.ts";
import { EVERYTHING, gather } from "../doctor/gather.ts";
import { connect } from "../kube/connect.ts";
import { KubeError } from "../kube/error.ts";
import type { Kube } from "../kube/kube.ts";
import { UsageError } from "../option.ts";
import { packageVersion } from "../package-root.ts";
import { aksCloud, aksFlags } from "./aks-flags.ts";
import { type Arguments, command } from "./arguments.ts";
import { catalogueWith } from "./catalogue.ts";
import { takeOverOf } from "./doctor/take-over.ts";
import { ExitCode } from "./exit-code.ts";
import { PROVIDERS } from "./node-class.ts";
import { writeOut } from "./write-out.ts";

const options = {
  kubeconfig: { kind: "text", help: "kubeconfig file (required)" },
  context: { kind: "text", help: "context of that file (required)" },
  output: { kind: "choice", choices: ["text", "json"], default: "text", help: "json: schemas/doctor.schema.json" },
  failOn: {
    kind: "choice",
    choices: ["problem", "warning", "never"],
    default: "problem",
    help: "least level that ends with exit code 1",
  },
  namespace: { kind: "text", default: "default", help: "namespace in which a Workspace is tried (dry run)" },
  systemNamespace: { kind: "text", default: "foresail-system", help: "namespace Foresail is installed in" },
  provider: {
    kind: "choice",
    choices: ["auto", ...PROVIDERS],
    default: "auto",
    help: "who turns claims into nodes; auto: as the reconciler in the cluster was told",
  },
  trial: {
    kind: "switch",
    default: false,
    help: "look for what a trial beside a running KAITO needs, as workspaces.foresail.dev (default: as the reconciler was told)",
  },
  takeOver: {
    kind: "switch",
    default: false,
    help: "also say of each Workspace what taking over from KAITO changes, and what Foresail refuses of it",
  },
  timeoutSeconds: { kind: "number", default: 10, min: 0.1, max: 300, help: "longest a single call may take" },
  ...aksFlags,
  catalog: { kind: "list", help: "directory or file of catalogue data, over what ships" },
} as const;

type DoctorArguments = Arguments<typeof options>;

// All calls go at once but for the ninety small ones about rights.
const LONGEST_IN_CALLS = 6;
const SECOND_MS = 1000;

/** `foresail doctor`: 0 nothing to mend, 1 findings of the level of --fail-on, 2 when the cluster cannot be looked at. */
export const run = command(
  {
    name: "doctor",
    usage: "--kubeconfig FILE --context NAME [OPTIONS]",
    about: [
      "Says what in a cluster helps or hinders Foresail, and what to do: KAITO and others that write Workspaces, definitions, who",
      "makes nodes, device plugins, storage, and how Foresail's own parts are. Writes nothing: a Workspace is created as a dry run,",
      "which asks admission and stores nothing. What may not be read is said, too. docs/doctor.md lists every finding.",
      "With --provider aks and its options it asks Azure for agent pools and quotas as well.",
      "",
      "Exit codes: 0 nothing to mend; 1 a problem is found (--fail-on); 2 arguments, or a cluster that cannot be reached; 3 internal error.",
    ],
    options,
    letters: { n: "namespace", o: "output" },
    examples: [
      "foresail doctor --kubeconfig prod.kubeconfig --context prod",
      "foresail doctor --kubeconfig prod.kubeconfig --context prod -o json --fail-on warning > doctor.json",
      "foresail doctor --kubeconfig prod.kubeconfig --context team-a -n team-a --fail-on never",
      "foresail doctor --kubeconfig prod.kubeconfig --context prod --trial",
      "foresail doctor --kubeconfig prod.kubeconfig --context prod --take-over",
      "foresail doctor … --provider aks --subscription ID --resource-group GROUP --cluster-name NAME --region eastus",
    ],
  },
  doctor,
);

async function doctor({ values }: DoctorArguments): Promise<number> {
  const { kubeconfig, context } = values;
  if (kubeconfig === undefined || context === undefined) {
    throw new UsageError("give --kubeconfig and --context: the ambient kubeconfig is never used");
  }
  const cloud = values.provider === "aks" ? aksCloud(values) : undefined;
  if (typeof cloud === "string") throw new UsageError(cloud);
  const catalogue = catalogueWith(values.catalog);
  const signal = AbortSignal.timeout(values.timeoutSeconds * LONGEST_IN_CALLS * SECOND_MS);
  const kube = await opened(kubeconfig, context);
  try {
    const [facts, told] = await Promise.all([clusterFacts(kube, values, catalogue, signal), cloudTold(cloud, signal)]);
    // Whoever cannot be asked the simplest thing cannot be asked anything.
    if (facts.serverVersion?.kind === "failed") {
      throw new UsageError(`the cluster cannot be looked at: ${facts.serverVersion.message}`);
    }
    const findings = diagnose({ ...facts, ...(told && { cloud: told }) });
    const takeOver = values.takeOver ? { takeOver: await takenOver(kube, catalogue, signal) } : {};
    const tool = { version: packageVersion(), server: kube.server, context };
    const report = { ...doctorReport(findings, tool), ...takeOver };
    await writeOut(values.output === "json" ? doctorJson(report) : doctorText(report));
    return exitCode(report, values.failOn);
  } finally {
    await kube.close();
  }
}

/** What was asked for by name is not a finding where it may not be read. */
async function takenOver(kube: Kube, catalogue: Catalogue, signal: AbortSignal): Promise<readonly TakenOver[]> {
  try {
    return await takeOverOf(kube, catalogue, signal);
  } catch (error) {
    throw error instanceof KubeError ? new UsageError(`--take-over: ${error.message}`) : error;
  }
}

/** A file or context that cannot be used is a mistake of whoever typed it. */
async function opened(kubeconfig: string, context: string): Promise<Kube> {
  try {
    return await connect({ kubeconfig, context, userAgent: "foresail-doctor" });
  } catch (error) {
    throw new UsageError(`--kubeconfig ${kubeconfig}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function clusterFacts(
  kube: Kube,
  values: DoctorArguments["values"],
  catalogue: Catalogue,
  signal: AbortSignal,
): Promise<Facts> {
  const { provider, namespace: probeNamespace, systemNamespace: namespace, timeoutSeconds } = values;
  return await gather(kube, {
    questions: EVERYTHING,
    ...(provider === "auto" ? {} : { provider: provider satisfies Provider }),
    ...(values.trial ? { trial: true } : {}),
    ...{ namespace, probeNamespace, signal },
    gpuSizes: gpuSizesOf(catalogue.current),
    callMs: timeoutSeconds * SECOND_MS,
  });
}

async function cloudTold(
  factory: Exclude<ReturnType<typeof aksCloud>, string> | undefined,
  signal: AbortSignal,
): Promise<CloudFacts | undefined> {
  if (factory === undefined) return undefined;
  // Nothing is made, so nothing is stamped.
  const cloud = factory("doctor", () => undefined);
  try {
    return await cloudFacts(cloud, signal);
  } finally {
    cloud.close();
  }
}

function exitCode({ findings, takeOver = [] }: DoctorReport, failOn: "problem" | "warning" | "never"): number {
  if (failOn === "never") return ExitCode.clean;
  if (takeOver.some(({ refused }) => refused.length > 0)) return ExitCode.findings;
  const failing = LEVELS.slice(0, LEVELS.indexOf(failOn) + 1);
  return findings.some(({ level }) => failing.includes(level)) ? ExitCode.findings : ExitCode.clean;
}
