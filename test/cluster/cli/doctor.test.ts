import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { serviceAccountKubeconfig } from "../../../src/local/service-account.ts";
import { createAuthority } from "../../../webhook/certificates.ts";
import { startFakeArm } from "../../support/arm/fake-arm.ts";
import { aksArguments } from "../support/aks.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { manifest } from "../support/install.ts";
import { installOwnGroup, removeOwnGroup } from "../support/own-group.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { deployment, devicePlugin, examined } from "./doctor.ts";

const SYSTEM = "foresail-system";
const TOLERANT = devicePlugin("nvidia-device-plugin", [
  { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" },
]);
const STORAGE_CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "doctor", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "disk.csi.azure.com",
};
const KARPENTER = deployment(
  { namespace: "kube-system", name: "karpenter", image: "public.ecr.aws/karpenter/controller:1.8.1" },
  { "app.kubernetes.io/name": "karpenter" },
);
const KAITO = deployment(
  { namespace: "kube-system", name: "kaito-workspace", image: "mcr.microsoft.com/aks/kaito/workspace:0.12.0" },
  { "app.kubernetes.io/name": "workspace" },
);
/** Where the pods of Foresail's own Deployments run: kwok plays the kubelet. */
const PLAIN_NODE = {
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: "doctor",
    annotations: { "kwok.x-k8s.io/node": "fake" },
    labels: { "kubernetes.io/os": "linux", "kubernetes.io/hostname": "doctor" },
  },
  status: {
    allocatable: { cpu: "8", memory: "32Gi", pods: "110" },
    capacity: { cpu: "8", memory: "32Gi", pods: "110" },
  },
};

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "foresail doctor", function () {
  this.timeout(240_000);
  let webhook: WebhookProcess;
  let reconciler: ReconcilerProcess;
  const made: JsonObject[] = [];
  const put = async (...objects: readonly JsonObject[]): Promise<void> => {
    made.push(...objects);
    await apply(...objects);
  };
  const gone = async (...objects: readonly JsonObject[]): Promise<void> => {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await mustKubectl(["delete", "--ignore-not-found", "-f", "-"], JSON.stringify(list));
  };

  before(async () => {
    // What the test breaks must not be mended before it is looked at.
    webhook = await startWebhook({ args: ["--certificate-check-seconds=3600"] });
    reconciler = await startReconciler();
    const shipped = ["webhook/deployment.yaml", "reconciler/deployment.yaml"].flatMap(manifest);
    await put(PLAIN_NODE, STORAGE_CLASS, KARPENTER, TOLERANT, ...shipped);
    await mustKubectl(["wait", "-n", SYSTEM, "deployment", "--all", "--for=condition=Available", "--timeout=120s"]);
  });
  afterEach(async () => await put(TOLERANT));
  after(async () => {
    await gone(...made);
    await reconciler?.stop();
    await webhook?.uninstall();
  });

  it("finds a whole installation well: every id that has a level for it is ok, and nothing is to be mended", async () => {
    const { code, report, at } = await examined();
    expect(report.findings.filter(({ level }) => level === "problem" || level === "warning")).to.deep.equal([]);
    expect(code).to.equal(0);
    expect(at("ok")).to.have.members([
      "server/version",
      "kaito/controller",
      "kaito/webhook",
      "workspaces/definition",
      "workspaces/schema",
      "nodes/claim-definition",
      "nodes/claim-server",
      "gpu/device-plugin",
      "gpu/taint",
      "storage/default",
      "foresail/installed",
      "webhook/configuration",
      "webhook/ca",
      "webhook/replicas",
      "webhook/answers",
      "reconciler/replicas",
      "reconciler/leader",
      "reconciler/rights",
      "policies/writers",
    ]);
    expect(report.summary).to.include({ problem: 0, warning: 0, ok: at("ok").length });
  });

  it("names KAITO's controller and how to end it; scaled to 0 it is only noted", async () => {
    await put(KAITO);
    const running = await examined();
    expect(running.code).to.equal(1);
    expect(running.of("kaito/controller")).to.deep.equal([
      "problem: KAITO's controller runs as Deployment kube-system/kaito-workspace",
    ]);
    await installOwnGroup();
    const beside = await examined(cluster(), "--trial");
    await removeOwnGroup();
    expect(beside.of("kaito/controller")).to.deep.equal([
      "note: KAITO's controller (its chart) runs beside this trial: Deployment kube-system/kaito-workspace",
    ]);
    expect(beside.at("ok"), "one of our group is tried").to.include("webhook/answers");
    expect(beside.of("webhook/configuration").join(), "called for KAITO's group, too").to.contain("differs");
    await mustKubectl((/kubectl (.*)/.exec(running.next("kaito/controller"))?.[1] ?? "").split(" "));
    const scaled = await examined();
    expect(scaled.code).to.equal(0);
    expect(scaled.at("note")).to.include("kaito/controller");
    await gone(KAITO);
  });

  it("names the taint that a device plugin does not tolerate, and its command mends that", async () => {
    await put(devicePlugin("nvidia-device-plugin", [{ key: "nvidia.com/gpu", operator: "Exists" }]));
    const broken = await examined();
    expect(broken.code).to.equal(1);
    expect(broken.of("gpu/taint")).to.deep.equal([
      "problem: DaemonSet kube-system/nvidia-device-plugin has no toleration for sku=gpu:NoSchedule, which nodes that are bought carry",
    ]);
    const [, args = "", patch = ""] = /^kubectl (.*) -p '(.*)'/.exec(broken.next("gpu/taint")) ?? [];
    await mustKubectl([...args.split(" "), "-p", patch]);
    expect((await examined()).at("ok")).to.include("gpu/taint");
  });

  it("sees a CA that does not hold, and by a create that is only tried that nobody is reached", async () => {
    const DAY_MS = 86_400_000;
    const expired = await createAuthority(Date.now() - 10 * DAY_MS, DAY_MS);
    const value = Buffer.from(expired.cert).toString("base64");
    const patch = [0, 1].map((i) => ({ op: "replace", path: `/webhooks/${i}/clientConfig/caBundle`, value }));
    await mustKubectl([
      ...["patch", "mutatingwebhookconfiguration", "foresail", "--type=json", "-p"],
      JSON.stringify(patch),
    ]);
    const broken = await waitFor("the API server to read it", async () => {
      const one = await examined();
      return one.at("problem").includes("webhook/answers") && one;
    });
    expect(broken.code).to.equal(1);
    expect(broken.of("webhook/ca").join()).to.match(
      /^problem: mutate\.foresail\.dev of MutatingWebhookConfiguration: its CA has expired/,
    );
    expect(broken.of("webhook/answers").join()).to.match(/cannot call the webhook: .*certificate/);
    // What the finding says to do: a start writes the CA anew.
    await webhook.stop();
    await webhook.start();
    expect((await examined()).at("ok")).to.include.members(["webhook/ca", "webhook/answers"]);
  });

  it("sees a right that is missing, and processes that do not run", async () => {
    await mustKubectl(["delete", "clusterrolebinding", "foresail-reconciler"]);
    await mustKubectl(["-n", SYSTEM, "scale", "deployment", "foresail-webhook", "--replicas=0"]);
    const broken = await examined();
    expect(broken.of("reconciler/rights").join()).to.match(
      /^problem: the reconciler may not get workspaces\.kaito\.sh, .* and \d+ more$/,
    );
    expect(broken.of("webhook/replicas").join()).to.contain("is scaled to 0: Workspaces cannot be written");
    await apply(...manifest("rbac/reconciler.yaml"), ...manifest("webhook/deployment.yaml"));
    await mustKubectl(["-n", SYSTEM, "scale", "deployment", "foresail-webhook", "--replicas=2"]);
  });

  it("tells an editor of a namespace what admission answers there, and what they may not see", async () => {
    const place = await namespace("doctor");
    await apply(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "editor", namespace: place } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "editor", namespace: place },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
        subjects: [{ kind: "ServiceAccount", name: "editor", namespace: place }],
      },
    );
    const path = join(cluster().workDir, `${place}.kubeconfig`);
    const kubeconfig = await serviceAccountKubeconfig(cluster(), { namespace: place, name: "editor", path });
    const { context } = cluster();
    const { code, at, of } = await examined({ kubeconfig, context }, "-n", place);
    expect(code).to.equal(0);
    expect(at("ok")).to.include.members(["server/version", "webhook/answers"]);
    expect(new Set(at("note"))).to.deep.equal(new Set(["doctor/unread"]));
    expect(of("doctor/unread").join("\n")).to.match(/Deployments may not be read: .*forbidden/);
    const elsewhere = await examined({ kubeconfig, context }, "-n", "default");
    expect(elsewhere.of("doctor/unread").join("\n")).to.match(
      /what admission answers may not be read: .*cannot create/,
    );
  });

  it("asks Azure with the provider's own calls: what may be listed, and sizes with room", async () => {
    const arm = await startFakeArm({ quotas: [{ name: "StandardNCADSA100v4Family", limit: 100, used: 40 }] });
    try {
      const allowed = await examined(undefined, ...aksArguments(arm));
      expect(allowed.of("cloud/machines")).to.deep.equal(["ok: the identity may read the cluster's agent pools: 1"]);
      expect(allowed.of("cloud/quota")).to.deep.equal([
        "note: room for Standard_NC24ads_A100_v4 (2 nodes), Standard_NC48ads_A100_v4 (1 node); sizes of one family share it",
      ]);
      const refusal = {
        kind: "answer",
        status: 403,
        error: { code: "AuthorizationFailed", message: "no right" },
      } as const;
      arm.script({ match: { call: ["list", "usages"] }, effect: refusal });
      const denied = await examined(undefined, ...aksArguments(arm));
      expect(denied.code).to.equal(1);
      expect(denied.of("cloud/machines").join()).to.match(/^problem: the identity may not read .*no right/);
      expect(denied.of("cloud/quota")).to.deep.equal(["note: quotas of cores cannot be read"]);
      expect(arm.calls().every(({ method }) => method === "GET")).to.equal(true);
    } finally {
      await arm.close();
    }
  });

  it("is what the reconciler logs of itself when it starts", async () => {
    await put(devicePlugin("nvidia-device-plugin", []));
    await reconciler.stop();
    await reconciler.start();
    await reconciler.said("looked around");
    const told = reconciler.log().filter((line) => line["finding"] !== undefined);
    expect(told.map(({ finding, level }) => `${level} ${finding}`)).to.include("problem gpu/taint");
    expect(JSON.stringify(told)).to.not.contain("reconciler/rights");
  });
});
