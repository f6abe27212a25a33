import { objectsAt } from "../../../src/core/capacity/fields.ts";
import type { CloudFacts, Facts } from "../../../src/core/doctor/facts.ts";
import type { Level } from "../../../src/core/doctor/finding.ts";
import { read } from "../../../src/core/doctor/reading.ts";
import type { FindingId } from "../../../src/core/doctor/texts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { customResourceDefinition } from "../../../src/core/kinds/kind.ts";
import { workspaceKind } from "../../../src/core/kinds/workspace.ts";
import { createAuthority } from "../../../webhook/certificates.ts";
import * as f from "./facts.ts";

/** One thing that differs from a cluster in which all is well, and what is said of it. */
export interface Scenario {
  readonly what: string;
  readonly change: Partial<Facts>;
  readonly id: FindingId;
  readonly level: Level;
  readonly seen: RegExp;
  /** What the remedy must name; absent: there is none. */
  readonly next?: RegExp;
}

const definition = customResourceDefinition(workspaceKind, "kaito.sh");
const marked = (metadata: JsonObject): JsonObject => ({
  ...definition,
  metadata: { name: "workspaces.kaito.sh", ...metadata },
});
const versions = (...all: readonly JsonObject[]): JsonObject => ({ ...definition, spec: { versions: all } });
const kaitos = versions({
  name: "v1beta1",
  schema: { openAPIV3Schema: { properties: { resource: { type: "object" } } } },
});
const older = versions({
  name: "v1beta1",
  schema: { openAPIV3Schema: { properties: { expansion: { type: "object" } } } },
});
const kaito = (replicas: number) =>
  f.deployment("kaito-workspace", { namespace: "kaito", labels: { "app.kubernetes.io/name": "workspace" }, replicas });
const addOn = f.deployment("kaito", { namespace: "kube-system", labels: { app: "ai-toolchain-operator" } });
const gpuProvisioner = f.deployment("kaito-gpu-provisioner", {
  namespace: "kube-system",
  image: "mcr.microsoft.com/aks/kaito/gpu-provisioner:0.4.3",
});
const foreign = {
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "validation.workspace.kaito.sh" },
  webhooks: [{ name: "a", rules: [{ apiGroups: ["kaito.sh"], resources: ["workspaces"] }] }],
};
const forOurs = {
  ...foreign,
  metadata: { name: "other" },
  webhooks: [{ name: "a", rules: [{ apiGroups: ["foresail.dev"], resources: ["workspaces"] }] }],
};
const everything = {
  ...foreign,
  metadata: { name: "engine" },
  webhooks: [{ name: "a", rules: [{ apiGroups: ["*"] }] }],
};
const webhooks = (caBundle: string | undefined) => read(f.configurationsWith(caBundle));
const [mutating = {}, validating = {}] = f.configurationsWith(f.CERTIFICATES.caBundle);
/** As manifests/components/trial has it. */
const ofTrial = (configuration: JsonObject): JsonObject => {
  const [first = {}, ...more] = objectsAt(configuration, "webhooks");
  const rules = objectsAt(first, "rules").map((rule): JsonObject => ({ ...rule, apiGroups: ["foresail.dev"] }));
  return { ...configuration, webhooks: [{ ...first, rules }, ...more] };
};
const silent = f.node("gpu-2", { labels: { "node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4" } });
const otherTaint = { key: "team", value: "a", effect: "NoSchedule" };
const policies = (...names: readonly string[]) => names.map((name) => ({ metadata: { name: `${name}.foresail.dev` } }));
const bindings = (...names: readonly string[]) =>
  names.map((name) => ({ spec: { policyName: `${name}.foresail.dev` } }));
const broken = {
  metadata: { name: "regions.foresail.dev" },
  status: { typeChecking: { expressionWarnings: [{ warning: "undefined field" }] } },
};
const quota = (limitCores: number) => ({ name: "standardNCADSA100v4Family", limitCores, usedCores: 20 });
const cloud = (machines: CloudFacts["machines"], cores?: number): CloudFacts => ({
  machines,
  quotas: read(new Map(cores === undefined ? [] : [["Standard_NC24ads_A100_v4", quota(cores)]])),
});
const denied = { kind: "forbidden", message: "may not" } as const;
const others = await createAuthority(f.NOW_MS);
const past = await createAuthority(f.NOW_MS - 20 * f.DAY_MS, f.DAY_MS);
const onlyProvider = (provider: string) => read([f.WEBHOOK, f.reconcilerWith(`--provider=${provider}`)]);
const withWebhook = (change: Parameters<typeof f.deployment>[1]) =>
  read([f.deployment("foresail-webhook", change), f.reconcilerWith(), f.KARPENTER]);

export const SCENARIOS: readonly Scenario[] = [
  {
    what: "an old API server",
    change: { serverVersion: read("v1.29.15-eks-1") },
    id: "server/version",
    level: "problem",
    seen: /v1\.29\.15-eks-1 is too old/,
    next: /1\.30/,
  },
  {
    what: "an API server that says no version",
    change: { serverVersion: read("dev") },
    id: "server/version",
    level: "warning",
    seen: /"dev"/,
    next: /kubectl version/,
  },
  {
    what: "the least version",
    change: { serverVersion: read("v1.30.0+k3s1") },
    id: "server/version",
    level: "ok",
    seen: /1\.30\.0/,
  },
  {
    what: "KAITO's chart",
    change: { deployments: read([kaito(1)]) },
    id: "kaito/controller",
    level: "problem",
    seen: /runs as Deployment kaito\/kaito-workspace$/,
    next: /^try Foresail beside it, as workspaces\.foresail\.dev .*; or scale it to 0: kubectl -n kaito scale deployment kaito-workspace --replicas=0$/,
  },
  {
    what: "KAITO beside a trial that is asked for",
    change: { deployments: read([kaito(1)]), trial: true },
    id: "kaito/controller",
    level: "note",
    seen: /its chart\) runs beside this trial: Deployment kaito\/kaito-workspace$/,
  },
  {
    what: "KAITO beside a reconciler that leaves its group alone",
    change: { deployments: read([kaito(1), f.WEBHOOK, f.reconcilerWith("--groups=foresail.dev")]) },
    id: "kaito/controller",
    level: "note",
    seen: /runs beside this trial/,
  },
  {
    what: "KAITO beside a reconciler that was told both groups",
    change: { deployments: read([kaito(1), f.reconcilerWith("--groups=foresail.dev", "--groups=kaito.sh")]) },
    id: "kaito/controller",
    level: "problem",
    seen: /runs as Deployment kaito\/kaito-workspace$/,
    next: /scale it to 0/,
  },
  {
    what: "the AKS add-on",
    change: { deployments: read([addOn]) },
    id: "kaito/controller",
    level: "problem",
    seen: /kube-system\/kaito$/,
    next: /turn the add-on off/,
  },
  {
    what: "KAITO scaled to 0",
    change: { deployments: read([kaito(0)]) },
    id: "kaito/controller",
    level: "note",
    seen: /scaled to 0: Deployment kaito\/kaito-workspace/,
  },
  {
    what: "KAITO's webhook",
    change: { webhooks: read([mutating, validating, foreign]) },
    id: "kaito/webhook",
    level: "problem",
    seen: /^ValidatingWebhookConfiguration validation\.workspace\.kaito\.sh is called for kaito\.sh$/,
    next: /kubectl delete validatingwebhookconfiguration validation\.workspace\.kaito\.sh/,
  },
  {
    what: "KAITO's webhook beside a trial",
    change: { webhooks: read([mutating, validating, foreign]), trial: true },
    id: "kaito/webhook",
    level: "note",
    seen: /is called for kaito\.sh, which this trial leaves to KAITO$/,
  },
  {
    what: "somebody else's webhook for our group, beside a trial, too",
    change: { webhooks: read([mutating, validating, forOurs]), trial: true },
    id: "kaito/webhook",
    level: "problem",
    seen: /^ValidatingWebhookConfiguration other is called for foresail\.dev$/,
    next: /kubectl delete validatingwebhookconfiguration other/,
  },
  {
    what: "a policy engine that asks for every group",
    change: { webhooks: read([mutating, validating, everything]) },
    id: "kaito/webhook",
    level: "ok",
    seen: /no other webhook/,
  },
  {
    what: "no definition",
    change: { definition: read(undefined) },
    id: "workspaces/definition",
    level: "note",
    seen: /there is no CustomResourceDefinition/,
    next: /foresail up/,
  },
  {
    what: "KAITO's definition",
    change: { definition: read(kaitos) },
    id: "workspaces/definition",
    level: "problem",
    seen: /is KAITO's, without the field expansion/,
    next: /docs\/from-kaito\.md/,
  },
  {
    what: "KAITO's definition beside a trial",
    change: { definition: read(kaitos), trial: true },
    id: "workspaces/definition",
    level: "note",
    seen: /workspaces\.kaito\.sh is KAITO's, and this trial leaves it so$/,
  },
  {
    what: "a trial without a definition of its group",
    change: { ownDefinition: read(undefined), trial: true },
    id: "workspaces/definition",
    level: "problem",
    seen: /there is no CustomResourceDefinition workspaces\.foresail\.dev/,
    next: /^kubectl apply --server-side -f manifests\/crds\/foresail\.dev\/workspaces\.foresail\.dev\.yaml$/,
  },
  {
    what: "a trial that is yet to be installed",
    change: { ownDefinition: read(undefined), deployments: read([]), trial: true },
    id: "workspaces/definition",
    level: "note",
    seen: /there is no CustomResourceDefinition workspaces\.foresail\.dev/,
    next: /workspaces\.foresail\.dev\.yaml$/,
  },
  {
    what: "a definition of our group that has no expansion",
    change: { ownDefinition: read(kaitos) },
    id: "workspaces/definition",
    level: "problem",
    seen: /workspaces\.foresail\.dev is not Foresail's/,
    next: /workspaces\.foresail\.dev\.yaml$/,
  },
  {
    what: "a definition of our group of another version",
    change: { ownDefinition: read(older) },
    id: "workspaces/schema",
    level: "warning",
    seen: /^the schema of workspaces\.foresail\.dev is another than that of this version/,
    next: /kubectl apply --server-side -f manifests\/crds\/foresail\.dev\/workspaces\.foresail\.dev\.yaml/,
  },
  {
    what: "configurations of a trial",
    change: { webhooks: read([mutating, validating].map(ofTrial)), trial: true },
    id: "webhook/configuration",
    level: "ok",
    seen: /as this version ships them/,
  },
  {
    what: "configurations that are called for KAITO's group in a trial",
    change: { trial: true },
    id: "webhook/configuration",
    level: "warning",
    seen: /mutate\.foresail\.dev of MutatingWebhookConfiguration foresail differs .* in rules$/,
    next: /on purpose/,
  },
  {
    what: "a definition of another version",
    change: { definition: read(older) },
    id: "workspaces/schema",
    level: "warning",
    seen: /another than that of this version/,
    next: /kubectl apply --server-side -f manifests\/crds/,
  },
  {
    what: "Flux and Helm",
    change: {
      definition: read(
        marked({
          labels: { "kustomize.toolkit.fluxcd.io/name": "a", "kustomize.toolkit.fluxcd.io/namespace": "b" },
          managedFields: [{ manager: "helm" }, { manager: "kube-apiserver", subresource: "status" }],
        }),
      ),
    },
    id: "workspaces/manager",
    level: "note",
    seen: /by Flux and Helm \(field managers helm\)$/,
  },
  {
    what: "kubectl",
    change: { definition: read(marked({ managedFields: [{ manager: "kubectl" }] })) },
    id: "workspaces/manager",
    level: "note",
    seen: /by hand or by a tool that is not known \(field managers kubectl\)/,
  },
  {
    what: "no definition of claims, with Karpenter",
    change: { claimDefinition: read(undefined) },
    id: "nodes/claim-definition",
    level: "problem",
    seen: /there is no CustomResourceDefinition nodeclaims/,
    next: /manifests\/crds\/nodeclaims/,
  },
  {
    what: "no definition of claims, own nodes",
    change: { claimDefinition: read(undefined), provider: "byo" },
    id: "nodes/claim-definition",
    level: "note",
    seen: /none is needed/,
  },
  {
    what: "no definition of claims, nothing installed",
    change: { claimDefinition: read(undefined), deployments: read([]) },
    id: "nodes/claim-definition",
    level: "note",
    seen: /no node can be bought/,
    next: /Karpenter/,
  },
  {
    what: "claims of Karpenter before 1.0",
    change: { claimDefinition: read(versions({ name: "v1beta1", served: true }, { name: "v1", served: false })) },
    id: "nodes/claim-definition",
    level: "problem",
    seen: /serves v1beta1, and not v1/,
    next: /1\.0/,
  },
  {
    what: "no Karpenter",
    change: { deployments: onlyProvider("karpenter") },
    id: "nodes/claim-server",
    level: "warning",
    seen: /no Deployment of Karpenter's is seen/,
    next: /outside of the cluster/,
  },
  {
    what: "no gpu-provisioner, which is the provider",
    change: { deployments: onlyProvider("gpu-provisioner") },
    id: "nodes/claim-server",
    level: "problem",
    seen: /none runs/,
    next: /--provider/,
  },
  {
    what: "gpu-provisioner as the provider",
    change: { deployments: read([gpuProvisioner]), provider: "gpu-provisioner" },
    id: "nodes/claim-server",
    level: "ok",
    seen: /kube-system\/kaito-gpu-provisioner/,
  },
  {
    what: "our own provider",
    change: { deployments: onlyProvider("aks") },
    id: "nodes/claim-server",
    level: "ok",
    seen: /agent pools of AKS/,
  },
  {
    what: "nobody and no provider",
    change: { deployments: read([]) },
    id: "nodes/claim-server",
    level: "note",
    seen: /no controller of NodeClaims/,
    next: /--provider/,
  },
  {
    what: "gpu-provisioner beside Karpenter",
    change: { deployments: read([f.WEBHOOK, f.reconcilerWith("--provider=karpenter"), f.KARPENTER, gpuProvisioner]) },
    id: "nodes/gpu-provisioner",
    level: "note",
    seen: /gpu-provisioner runs: Deployment kube-system\/kaito-gpu-provisioner/,
    next: /nothing to do/,
  },
  {
    what: "no device plugin and a GPU node",
    change: { daemonSets: read([]), nodes: read([silent]) },
    id: "gpu/device-plugin",
    level: "problem",
    seen: /node gpu-2 will offer no GPU/,
    next: /helm upgrade --install/,
  },
  {
    what: "no device plugin yet",
    change: { daemonSets: read([]), nodes: read([]) },
    id: "gpu/device-plugin",
    level: "warning",
    seen: /no GPU node yet/,
    next: /sku=gpu:NoSchedule/,
  },
  {
    what: "no device plugin, own nodes",
    change: { daemonSets: read([]), nodes: read([]), provider: "byo" },
    id: "gpu/device-plugin",
    level: "note",
    seen: /no GPU node yet/,
    next: /device plugin/,
  },
  {
    what: "GPUs without a DaemonSet",
    change: { daemonSets: read([]) },
    id: "gpu/device-plugin",
    level: "ok",
    seen: /without a DaemonSet that is known/,
  },
  {
    what: "a device plugin without our toleration",
    change: { daemonSets: read([f.devicePlugin([{ key: "nvidia.com/gpu", operator: "Exists" }])]) },
    id: "gpu/taint",
    level: "problem",
    seen: /no toleration for sku=gpu:NoSchedule/,
    next: /kubectl -n kube-system patch daemonset nvidia-device-plugin .*"nvidia\.com\/gpu".*"key":"sku","operator":"Equal","value":"gpu","effect":"NoSchedule"/,
  },
  {
    what: "a device plugin of the GPU operator",
    change: {
      daemonSets: read([f.devicePlugin([], { ownerReferences: [{ kind: "ClusterPolicy", name: "cluster-policy" }] })]),
    },
    id: "gpu/taint",
    level: "problem",
    seen: /no toleration/,
    next: /spec\.daemonsets\.tolerations of ClusterPolicy cluster-policy/,
  },
  {
    what: "a further taint of a claim of ours",
    change: {
      claims: read([
        { metadata: { labels: { "app.kubernetes.io/managed-by": "foresail" } }, spec: { taints: [otherTaint] } },
      ]),
    },
    id: "gpu/taint",
    level: "problem",
    seen: /no toleration for team=a:NoSchedule/,
    next: /"key":"team"/,
  },
  {
    what: "a node that no device plugin comes to",
    change: { nodes: read([f.node("gpu-3", { taints: [otherTaint], labels: { accelerator: "nvidia" } })]) },
    id: "gpu/node",
    level: "problem",
    seen: /node gpu-3 Ready and without GPUs: DaemonSet kube-system\/nvidia-device-plugin leaves it out/,
    next: /toleration for team=a:NoSchedule/,
  },
  {
    what: "a node whose GPUs are awaited",
    change: { nodes: read([silent]) },
    id: "gpu/node",
    level: "note",
    seen: /node gpu-2 .*has not registered them/,
    next: /look at the driver/,
  },
  {
    what: "two default StorageClasses",
    change: { storageClasses: read([f.storageClass("b", "x", true), f.storageClass("a", "y", true)]) },
    id: "storage/default",
    level: "warning",
    seen: /a, b/,
    next: /is-default-class=false/,
  },
  {
    what: "no default StorageClass",
    change: { storageClasses: read([f.storageClass("b", "x")]) },
    id: "storage/default",
    level: "note",
    seen: /no StorageClass is the default/,
    next: /weights-claim/,
  },
  {
    what: "a shared StorageClass",
    change: { storageClasses: read([f.storageClass("files", "file.csi.azure.com")]) },
    id: "storage/shared",
    level: "note",
    seen: /ReadWriteMany\): StorageClass files/,
  },
  {
    what: "a local StorageClass",
    change: { storageClasses: read([f.storageClass("nvme", "localdisk.csi.acstor.io")]) },
    id: "storage/local",
    level: "note",
    seen: /StorageClass nvme/,
  },
  {
    what: "nothing installed",
    change: { deployments: read([]) },
    id: "foresail/installed",
    level: "note",
    seen: /is not installed in namespace foresail-system/,
    next: /kubectl apply/,
  },
  {
    what: "foresail up",
    change: {
      deployments: read([]),
      webhooks: read([
        {
          ...mutating,
          metadata: { name: "foresail", annotations: { "foresail.dev/up-host": "laptop", "foresail.dev/up-pid": "7" } },
        },
        validating,
      ]),
    },
    id: "foresail/installed",
    level: "note",
    seen: /process 7 on laptop/,
  },
  {
    what: "one configuration missing",
    change: { webhooks: read([mutating]) },
    id: "webhook/configuration",
    level: "problem",
    seen: /there is no ValidatingWebhookConfiguration foresail/,
    next: /manifests\/webhook\/configurations\.yaml/,
  },
  {
    what: "a webhook missing",
    change: { webhooks: read([{ ...mutating, webhooks: [] }, validating]) },
    id: "webhook/configuration",
    level: "problem",
    seen: /has no webhook mutate\.foresail\.dev/,
    next: /kubectl apply/,
  },
  {
    what: "a webhook that was changed",
    change: {
      webhooks: read([
        mutating,
        {
          ...validating,
          webhooks: (validating["webhooks"] as readonly JsonObject[]).map((one) => ({
            ...one,
            failurePolicy: "Ignore",
            matchConditions: [],
          })),
        },
      ]),
    },
    id: "webhook/configuration",
    level: "warning",
    seen: /validate\.foresail\.dev .* in failurePolicy, matchConditions$/,
    next: /on purpose/,
  },
  {
    what: "no CA",
    change: { webhooks: webhooks(undefined) },
    id: "webhook/ca",
    level: "problem",
    seen: /mutate\.foresail\.dev of MutatingWebhookConfiguration: there is no CA/,
    next: /rollout restart deployment foresail-webhook/,
  },
  {
    what: "a CA that is no certificate",
    change: { webhooks: webhooks("nonsense") },
    id: "webhook/ca",
    level: "problem",
    seen: /cannot be read/,
    next: /rollout/,
  },
  {
    what: "an expired CA",
    change: { webhooks: webhooks(past.cert) },
    id: "webhook/ca",
    level: "problem",
    seen: /expired/,
    next: /rollout/,
  },
  {
    what: "another CA",
    change: { webhooks: webhooks(others.cert) },
    id: "webhook/ca",
    level: "problem",
    seen: /has not signed/,
    next: /rollout/,
  },
  {
    what: "another CA, where the certificate may not be read",
    change: { webhooks: webhooks(others.cert), servingCertificate: denied },
    id: "webhook/ca",
    level: "ok",
    seen: /valid now/,
  },
  {
    what: "a certificate that ends soon",
    change: { nowMs: f.NOW_MS + 75 * f.DAY_MS },
    id: "webhook/ca",
    level: "warning",
    seen: /: 15 days$/,
    next: /logs deployment\/foresail-webhook/,
  },
  {
    what: "a certificate that has ended",
    change: { nowMs: f.NOW_MS + 100 * f.DAY_MS },
    id: "webhook/ca",
    level: "problem",
    seen: /ended on 2027-02-27/,
    next: /rollout/,
  },
  {
    what: "half of the webhooks",
    change: { deployments: withWebhook({ ready: 1 }) },
    id: "webhook/replicas",
    level: "warning",
    seen: /1 of 2 ready/,
    next: /kubectl -n foresail-system describe/,
  },
  {
    what: "no webhook ready",
    change: { deployments: withWebhook({ ready: 0 }) },
    id: "webhook/replicas",
    level: "problem",
    seen: /0 of 2 ready: Workspaces cannot be written/,
    next: /describe/,
  },
  {
    what: "the webhook scaled to 0",
    change: { deployments: withWebhook({ replicas: 0 }) },
    id: "webhook/replicas",
    level: "problem",
    seen: /scaled to 0/,
    next: /--replicas=2/,
  },
  {
    what: "no reconciler",
    change: { deployments: read([f.WEBHOOK, f.KARPENTER]) },
    id: "reconciler/replicas",
    level: "problem",
    seen: /there is no Deployment foresail-system\/foresail-reconciler/,
    next: /kubectl apply/,
  },
  {
    what: "one reconciler of two",
    change: { deployments: read([f.WEBHOOK, f.deployment("foresail-reconciler", { ready: 1 }), f.KARPENTER]) },
    id: "reconciler/replicas",
    level: "warning",
    seen: /1 of 2/,
    next: /describe/,
  },
  {
    what: "an answer without an expansion",
    change: { probe: read({ kind: "unexpanded" }) },
    id: "webhook/answers",
    level: "problem",
    seen: /nobody was asked/,
    next: /kubectl apply/,
  },
  {
    what: "a webhook that cannot be called",
    change: { probe: read({ kind: "unreachable", message: "connection refused" }) },
    id: "webhook/answers",
    level: "problem",
    seen: /connection refused/,
    next: /8443/,
  },
  {
    what: "a policy in the way",
    change: { probe: read({ kind: "refused", message: "no" }) },
    id: "webhook/answers",
    level: "note",
    seen: /refused before/,
  },
  {
    what: "a refusal of ours",
    change: { probe: read({ kind: "denied", message: "no" }) },
    id: "webhook/answers",
    level: "ok",
    seen: /judged/,
  },
  {
    what: "no Lease",
    change: { lease: read(undefined) },
    id: "reconciler/leader",
    level: "problem",
    seen: /no reconciler has ever led/,
    next: /logs/,
  },
  {
    what: "a Lease nobody holds",
    change: { lease: read(f.lease("", 1)) },
    id: "reconciler/leader",
    level: "problem",
    seen: /nobody holds/,
    next: /logs/,
  },
  {
    what: "a Lease that was not renewed",
    change: { lease: read(f.lease("gone", 46)) },
    id: "reconciler/leader",
    level: "problem",
    seen: /gone holds .* renewed 46 s ago/,
    next: /logs/,
  },
  {
    what: "a clock that is ahead",
    change: { lease: read(f.lease("a", 44)) },
    id: "reconciler/leader",
    level: "ok",
    seen: /a leads/,
  },
  {
    what: "rights that are missing",
    change: {
      rights: read([
        { verb: "patch", group: "kaito.sh", resource: "workspaces/status", allowed: false },
        { verb: "get", group: "", resource: "pods", name: "a", namespace: "b", allowed: false },
      ]),
    },
    id: "reconciler/rights",
    level: "problem",
    seen: /may not patch workspaces\/status\.kaito\.sh, get pods a in b$/,
    next: /manifests\/rbac\/reconciler\.yaml/,
  },
  {
    what: "no bound of writers",
    change: { policies: read([]) },
    id: "policies/writers",
    level: "warning",
    seen: /there is no ValidatingAdmissionPolicy workspace-writers/,
    next: /workspace-writers\.yaml/,
  },
  {
    what: "a bound of writers that is not bound",
    change: { bindings: read([]) },
    id: "policies/writers",
    level: "warning",
    seen: /there is no ValidatingAdmissionPolicyBinding/,
    next: /workspace-writers\.yaml/,
  },
  {
    what: "policies",
    change: { policies: read(policies("regions", "licences")), bindings: read(bindings("regions", "licences")) },
    id: "policies/shipped",
    level: "note",
    seen: /installed: licences\.foresail\.dev, regions\.foresail\.dev/,
  },
  {
    what: "a policy without a binding",
    change: { policies: read(policies("regions", "licences")), bindings: read(bindings("regions")) },
    id: "policies/shipped",
    level: "warning",
    seen: /judge nothing: licences\.foresail\.dev/,
    next: /policies\//,
  },
  {
    what: "a policy with an error",
    change: { policies: read([broken]), bindings: read(bindings("regions")) },
    id: "policies/shipped",
    level: "warning",
    seen: /error in regions\.foresail\.dev: undefined field/,
    next: /policies/,
  },
  {
    what: "an identity without rights",
    change: { cloud: cloud(denied, 100) },
    id: "cloud/machines",
    level: "problem",
    seen: /may not/,
    next: /role\.json/,
  },
  {
    what: "a cluster that is not found",
    change: { cloud: cloud({ kind: "failed", message: "no cluster" }, 100) },
    id: "cloud/machines",
    level: "problem",
    seen: /no cluster/,
    next: /names given/,
  },
  {
    what: "cores for three nodes",
    change: { cloud: cloud(read(3), 100) },
    id: "cloud/quota",
    level: "note",
    seen: /Standard_NC24ads_A100_v4 \(3 nodes\)/,
  },
  {
    what: "cores for none",
    change: { cloud: cloud(read(3), 43) },
    id: "cloud/quota",
    level: "problem",
    seen: /no size with GPUs/,
    next: /ask for more cores/,
  },
  {
    what: "quotas that are not told",
    change: { cloud: cloud(read(3)) },
    id: "cloud/quota",
    level: "note",
    seen: /cannot be read/,
    next: /role-quotas\.json/,
  },
  {
    what: "a right that is missing",
    change: { deployments: denied },
    id: "doctor/unread",
    level: "note",
    seen: /Deployments may not be read: may not/,
    next: /list deployments\.apps/,
  },
  {
    what: "a server that fails",
    change: { nodes: { kind: "failed", message: "etcd is slow" } },
    id: "doctor/unread",
    level: "warning",
    seen: /Nodes could not be read: etcd is slow/,
    next: /run it again/,
  },
];
