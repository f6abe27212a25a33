import type { Facts } from "../../../src/core/doctor/facts.ts";
import { read } from "../../../src/core/doctor/reading.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { customResourceDefinition } from "../../../src/core/kinds/kind.ts";
import { nodeClaimKind } from "../../../src/core/kinds/node-claim.ts";
import { workspaceKind } from "../../../src/core/kinds/workspace.ts";
import { webhookConfigurations } from "../../../src/core/webhook-configuration.ts";
import { writersPolicy } from "../../../src/core/writers-policy.ts";
import { createCertificateSet } from "../../../webhook/certificate-set.ts";

export const NOW_MS = Date.parse("2026-11-29T12:00:00Z");
export const DAY_MS = 86_400_000;
export const SYSTEM = "foresail-system";

/** Real certificates: made once, a fifth of a second each. */
export const CERTIFICATES = await createCertificateSet(["foresail-webhook.foresail-system.svc"], NOW_MS);

export function deployment(
  name: string,
  {
    namespace = SYSTEM,
    labels = {},
    replicas = 2,
    ready = replicas,
    image = "ghcr.io/foresail/foresail:0.1.0",
    args = [],
  }: {
    readonly namespace?: string;
    readonly labels?: { readonly [label: string]: string };
    readonly replicas?: number;
    readonly ready?: number;
    readonly image?: string;
    readonly args?: readonly string[];
  } = {},
): JsonObject {
  return {
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: { replicas, template: { spec: { containers: [{ image, args }] } } },
    status: ready === 0 ? {} : { readyReplicas: ready },
  };
}

export const WEBHOOK = deployment("foresail-webhook");
export const reconcilerWith = (...args: readonly string[]): JsonObject => deployment("foresail-reconciler", { args });
export const KARPENTER = deployment("karpenter", {
  namespace: "kube-system",
  image: "mirror:5000/karpenter/controller:1",
});

export function devicePlugin(tolerations: readonly JsonObject[], metadata: JsonObject = {}): JsonObject {
  return {
    kind: "DaemonSet",
    metadata: { name: "nvidia-device-plugin", namespace: "kube-system", ...metadata },
    spec: {
      template: {
        spec: {
          tolerations,
          containers: [{ image: "nvcr.io/nvidia/k8s-device-plugin:v0.18.2" }],
          volumes: [{ hostPath: { path: "/var/lib/kubelet/device-plugins" } }],
        },
      },
    },
  };
}
export const TOLERATES = { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" };

export function node(
  name: string,
  {
    gpus = 0,
    labels = {},
    taints = [],
  }: { readonly gpus?: number; readonly labels?: JsonObject; readonly taints?: readonly JsonObject[] } = {},
): JsonObject {
  return {
    kind: "Node",
    metadata: { name, labels },
    spec: { taints },
    status: {
      allocatable: gpus > 0 ? { "nvidia.com/gpu": String(gpus) } : {},
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

export function storageClass(name: string, provisioner: string, isDefault = false): JsonObject {
  const annotations = isDefault ? { "storageclass.kubernetes.io/is-default-class": "true" } : {};
  return { kind: "StorageClass", metadata: { name, annotations }, provisioner };
}

export function configurationsWith(caBundle: string | undefined, name = "foresail"): readonly JsonObject[] {
  return webhookConfigurations({
    name,
    address: { kind: "service", namespace: SYSTEM, name: "foresail-webhook", port: 443 },
    failurePolicy: "Fail",
    excludedNamespaces: [SYSTEM, "kube-system"],
    ...(caBundle === undefined ? {} : { caBundle }),
  });
}

export function lease(holderIdentity: string, renewedSecondsAgo: number): JsonObject {
  const renewTime = new Date(NOW_MS - renewedSecondsAgo * 1000).toISOString();
  return { kind: "Lease", spec: { holderIdentity, leaseDurationSeconds: 15, renewTime } };
}

const [policy, binding] = writersPolicy();

/** A cluster in which all is well. */
export const HEALTHY: Facts = {
  nowMs: NOW_MS,
  namespace: SYSTEM,
  gpuSizes: [
    { name: "Standard_NC24ads_A100_v4", vcpus: 24 },
    { name: "Standard_NC40ads_H100_v5", vcpus: 40 },
  ],
  serverVersion: read("v1.36.1"),
  definition: read(customResourceDefinition(workspaceKind, "kaito.sh")),
  ownDefinition: read(undefined),
  claimDefinition: read(customResourceDefinition(nodeClaimKind, "karpenter.sh")),
  webhooks: read(configurationsWith(CERTIFICATES.caBundle)),
  deployments: read([WEBHOOK, reconcilerWith("--provider=karpenter"), KARPENTER]),
  daemonSets: read([devicePlugin([TOLERATES])]),
  nodes: read([node("cpu-1"), node("gpu-1", { gpus: 1, taints: [{ ...TOLERATES }] })]),
  claims: read([]),
  storageClasses: read([storageClass("managed", "disk.csi.azure.com", true)]),
  policies: read([policy]),
  bindings: read([binding]),
  lease: read(lease("foresail-reconciler-1", 2)),
  servingCertificate: read(CERTIFICATES.serving.cert),
  rights: read([{ verb: "get", group: "kaito.sh", resource: "workspaces", allowed: true }]),
  probe: read({ kind: "expanded" }),
};
