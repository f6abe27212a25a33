import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Node, Pod } from "kubernetes-types/core/v1.js";
import { describe, it } from "mocha";
import { allocatable } from "../../src/core/capacity/reservation.ts";
import { attachControlPlane } from "../../src/local/attach.ts";
import { chooseCluster } from "../../src/local/choose-cluster.ts";
import { kubectl as kubectlOf } from "../../src/local/kubectl.ts";
import { isAlive } from "../../src/local/lock.ts";
import { serviceAccountKubeconfig } from "../../src/local/service-account.ts";
import { apply, cluster, describeWith, kubectl, mustKubectl, namespace, read, waitFor } from "./support/cluster.ts";
import { nodeClaim, pod } from "./support/objects.ts";

describe("the local control plane", () => {
  it("is Kubernetes v1.36.3 on loopback", async () => {
    const { serverVersion } = JSON.parse(await mustKubectl(["version", "-o", "json"]));
    expect(serverVersion.gitVersion).to.equal("v1.36.3");
    expect(cluster().url).to.match(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  it("keeps its secrets to its user and refuses strangers", async () => {
    const { workDir } = cluster();
    for (const file of ["admin.kubeconfig", "tokens.csv", "service-account.key"]) {
      expect(statSync(join(workDir, file)).mode & 0o777, file).to.equal(0o600);
    }
    expect(statSync(workDir).mode & 0o777).to.equal(0o700);
    const nobody = await kubectl(["--token", "wrong", "get", "nodes"]);
    expect(nobody.code).to.not.equal(0);
  });

  it("gives service accounts a kubeconfig with exactly their own rights", async () => {
    const place = await namespace("tokens");
    await mustKubectl(["create", "serviceaccount", "reader", "-n", place]);
    await mustKubectl(["create", "role", "reads", "-n", place, "--verb=get,list", "--resource=configmaps"]);
    await mustKubectl([
      "create",
      "rolebinding",
      "reads",
      "-n",
      place,
      "--role=reads",
      `--serviceaccount=${place}:reader`,
    ]);
    const path = join(cluster().workDir, `${place}.kubeconfig`);
    await serviceAccountKubeconfig(cluster(), { namespace: place, name: "reader", path });
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const as = (...args: string[]) => kubectlOf({ command: [cluster().kubectlPath], kubeconfig: path }, args);
    const who = await as("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
    expect(who.stdout).to.equal(`system:serviceaccount:${place}:reader`);
    expect((await as("get", "configmaps")).code).to.equal(0);
    expect((await as("get", "secrets")).stderr).to.match(/Forbidden/);
  });

  it("can be attached to by kubeconfig and context, and stays when let go", async () => {
    const { kubeconfig, context, kubectlPath, url } = cluster();
    const choice = chooseCluster({ kubeconfig, context, disposable: false });
    if (choice.kind !== "existing") throw new Error(JSON.stringify(choice));
    const attached = await attachControlPlane(choice, [kubectlPath]);
    const env = { PATH: process.env.PATH ?? "" };
    const pid = await attached.startProcess({ name: "sleeper", command: ["sleep", "1000"], env });
    try {
      expect(attached.url).to.equal(url);
      expect((await attached.kubectl(["get", "namespace", "default", "-o", "name"])).stdout).to.equal(
        "namespace/default\n",
      );
      expect((await attached.api.call({ path: "/api/v1/namespaces/default" })).status).to.equal(200);
      await mustKubectl(["create", "serviceaccount", "attached", "-n", "default"]);
      const path = join(attached.workDir, "attached.kubeconfig");
      await serviceAccountKubeconfig(attached, { namespace: "default", name: "attached", path });
      const who = await kubectlOf({ command: [kubectlPath], kubeconfig: path }, ["auth", "whoami"]);
      expect(who.stdout).to.match(/system:serviceaccount:default:attached/);
    } finally {
      await attached.stop();
    }
    expect(isAlive(pid)).to.equal(false);
    expect((await cluster().api.call({ path: "/readyz" })).status).to.equal(200);
  });
});

const EVERYTHING = ["scheduler", "controllerManager", "kwok", "karpenter"] as const;

describeWith(EVERYTHING, "the local control plane with nodes", () => {
  it("says Unschedulable of a GPU pod without a node, and runs it once a claim brought one", async () => {
    const place = await namespace("gpu");
    const requests = { cpu: "16", memory: "154Gi", "nvidia.com/gpu": "1" };
    await apply(pod({ name: "p", namespace: place, nodeSelector: { for: place }, requests }));
    const path = `/api/v1/namespaces/${place}/pods/p`;
    await waitFor("the pod to be Unschedulable", async () => {
      const found = await read<Pod>(path);
      return found?.status?.conditions?.some((one) => one.type === "PodScheduled" && one.reason === "Unschedulable");
    });
    await apply(nodeClaim({ name: place, instanceType: "Standard_NC24ads_A100_v4", labels: { for: place } }));
    const running = await waitFor("the pod to run", async () => {
      const found = await read<Pod>(path);
      return found?.status?.phase === "Running" && found;
    });
    const node = await read<Node>(`/api/v1/nodes/${running.spec?.nodeName}`);
    const left = allocatable(24, 220);
    expect(node?.status?.allocatable).to.include({
      cpu: `${left.cpuMilli}m`,
      memory: `${left.memoryMiB}Mi`,
      "nvidia.com/gpu": "1",
    });
    expect(node?.status?.capacity).to.include({ cpu: "24", memory: "220Gi", "nvidia.com/gpu": "1" });
    expect(node?.spec?.taints).to.deep.equal([{ key: "sku", value: "gpu", effect: "NoSchedule" }]);
    expect(running.status?.podIP).to.match(/^10\.244\./);
    await mustKubectl(["delete", "nodeclaim", place, "--timeout=60s"]);
    await waitFor(
      "the node to go with its claim",
      async () => (await read(`/api/v1/nodes/${running.spec?.nodeName}`)) === undefined,
    );
  });

  it("stops and restarts a component on its own", async () => {
    const { processes, stopProcess, startProcess } = cluster();
    const before = processes().get("karpenter");
    expect(before).to.be.a("number");
    await stopProcess("karpenter");
    expect(processes().has("karpenter")).to.equal(false);
    const place = await namespace("restart");
    await apply(nodeClaim({ name: place, instanceType: "Standard_NC6s_v3" }));
    expect(await startProcess("karpenter")).to.not.equal(before);
    await mustKubectl(["wait", `nodeclaim/${place}`, "--for=condition=Ready", "--timeout=60s"]);
    await mustKubectl(["delete", "nodeclaim", place, "--timeout=60s"]);
  });
});
