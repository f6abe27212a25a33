import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "./credentials.ts";
import type { ProcessSpec } from "./supervisor-protocol.ts";
import type { Command, Tools } from "./tools.ts";

/** What the command lines of all components are made of. */
export interface Layout {
  readonly workDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
}

function component(name: string, command: Command, args: readonly string[], layout: Layout): ProcessSpec {
  return { name, command: [...command, ...args], env: layout.env };
}

export function etcd(tools: Tools, clientPort: number, peerPort: number, layout: Layout): ProcessSpec {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const args = [
    `--data-dir=${join(layout.workDir, `etcd-${clientPort}`)}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // The data is thrown away, whatever happens; syncing it costs a third of the start-up time.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
  return component("etcd", tools.etcd, args, layout);
}

export const SERVICE_IP_RANGE = "10.0.0.0/16";

export function apiServer(tools: Tools, port: number, etcdPort: number, layout: Layout): ProcessSpec {
  const { credentials } = layout;
  const args = [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--cert-dir=${join(layout.workDir, `certs-${port}`)}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    // A loopback address is no valid endpoint of the service "kubernetes"; without this the log fills with refusals.
    "--endpoint-reconciler-type=none",
    `--service-cluster-ip-range=${SERVICE_IP_RANGE}`,
    `--token-auth-file=${credentials.tokensFile}`,
    "--authorization-mode=RBAC",
    `--service-account-key-file=${credentials.publicKeyFile}`,
    `--service-account-signing-key-file=${credentials.signingKeyFile}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--allow-privileged=true",
    "--profiling=false",
    // Without a controller manager no ServiceAccount "default" would ever appear and no pod could be created.
    ...(tools.controllerManager === undefined ? ["--disable-admission-plugins=ServiceAccount"] : []),
  ];
  return component("kube-apiserver", tools.apiServer, args, layout);
}

/** Where the API server of that port keeps its self-signed certificate, which is its own authority. */
export function apiServerCertificate(workDir: string, port: number): string {
  return join(workDir, `certs-${port}`, "apiserver.crt");
}

// By default they hold themselves to 20 and 50 calls a second: ten thousand pods would take them the better part of an hour.
const HURRY = ["--kube-api-qps=500", "--kube-api-burst=1000"];

export function controllerManager(command: Command, kubeconfig: string, caFile: string, layout: Layout): ProcessSpec {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    `--service-account-private-key-file=${layout.credentials.signingKeyFile}`,
    `--root-ca-file=${caFile}`,
    "--secure-port=0",
    "--profiling=false",
    ...HURRY,
  ];
  return component("kube-controller-manager", command, args, layout);
}

export function scheduler(command: Command, kubeconfig: string, layout: Layout): ProcessSpec {
  const args = [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0", "--profiling=false", ...HURRY];
  return component("kube-scheduler", command, args, layout);
}

export function kwok(tools: NonNullable<Tools["kwok"]>, kubeconfig: string, layout: Layout): ProcessSpec {
  const stages = readdirSync(tools.stagesDir).filter((file) => file.endsWith(".yaml"));
  const args = [
    `--kubeconfig=${kubeconfig}`,
    // What Karpenter's kwok provider writes on its nodes.
    "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
    "--node-lease-duration-seconds=40",
    // Its default pod range overlaps the service range above.
    "--cidr=10.244.0.1/16",
    "--node-ip=10.224.0.4",
    ...stages.sort().map((file) => `--config=${join(tools.stagesDir, file)}`),
  ];
  return component("kwok", tools.command, args, layout);
}

export interface KarpenterSettings {
  readonly command: Command;
  readonly kubeconfig: string;
  readonly instanceTypesFile: string;
  readonly metricsPort: number;
  readonly healthPort: number;
}

export function karpenter(settings: KarpenterSettings, layout: Layout): ProcessSpec {
  const args = [
    "-disable-leader-election=true",
    `-instance-types-file-path=${settings.instanceTypesFile}`,
    `-metrics-port=${settings.metricsPort}`,
    `-health-probe-port=${settings.healthPort}`,
    // For NodePools of a test's own; claims made by hand are not batched.
    "-batch-idle-duration=200ms",
    "-batch-max-duration=1s",
  ];
  const env = { ...layout.env, KUBECONFIG: settings.kubeconfig, SYSTEM_NAMESPACE: "kube-system" };
  return component("karpenter", settings.command, args, { ...layout, env });
}
