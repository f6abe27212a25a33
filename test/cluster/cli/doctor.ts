import type { Level } from "../../../src/core/doctor/finding.ts";
import type { DoctorReport } from "../../../src/core/doctor/report.ts";
import type { FindingId } from "../../../src/core/doctor/texts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { cluster } from "../support/cluster.ts";
import { start } from "./process.ts";

/** One run of `foresail doctor -o json`. */
export interface Examined {
  readonly code: number | string;
  readonly report: DoctorReport;
  /** Findings of this id as `level: what was seen`. */
  of(id: FindingId): readonly string[];
  /** The steps that findings of this id name. */
  next(id: FindingId): string;
  /** Ids of what has this level. */
  at(level: Level): readonly FindingId[];
}

/** `foresail doctor` as a user's process; default as administrator of the control plane of this run. */
export async function examined(
  { kubeconfig, context }: { readonly kubeconfig: string; readonly context: string } = cluster(),
  ...args: readonly string[]
): Promise<Examined> {
  const program = start(["doctor", "--kubeconfig", kubeconfig, "--context", context, "-o", "json", ...args]);
  const code = await program.ended;
  if (program.stdout() === "") throw new Error(`foresail doctor ended with ${code}: ${program.stderr()}`);
  const report = JSON.parse(program.stdout()) as DoctorReport;
  const found = (id: FindingId) => report.findings.filter((one) => one.id === id);
  return {
    code,
    report,
    of: (id) => found(id).map(({ level, seen }) => `${level}: ${seen}`),
    next: (id) =>
      found(id)
        .flatMap(({ next }) => next ?? [])
        .join("\n"),
    at: (level) => report.findings.flatMap((one) => (one.level === level ? [one.id] : [])),
  };
}

/** NVIDIA's device plugin as its manifest has it, on the nodes whose taints it tolerates. */
export function devicePlugin(name: string, tolerations: readonly JsonObject[]): JsonObject {
  const labels = { name };
  const sockets = { name: "sockets", hostPath: { path: "/var/lib/kubelet/device-plugins" } };
  const container = {
    name: "plugin",
    image: "nvcr.io/nvidia/k8s-device-plugin:v0.18.2",
    volumeMounts: [{ name: "sockets", mountPath: "/var/lib/kubelet/device-plugins" }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: "kube-system" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { tolerations, containers: [container], volumes: [sockets] } },
    },
  };
}

/** A Deployment that only has to be there, as an installation of somebody else's is. */
export function deployment(
  { namespace, name, image }: { readonly namespace: string; readonly name: string; readonly image: string },
  labels: { readonly [label: string]: string },
): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: { name } },
      template: { metadata: { labels: { name, ...labels } }, spec: { containers: [{ name: "manager", image }] } },
    },
  };
}
