import { expect } from "chai";
import type { Pod } from "kubernetes-types/core/v1.js";
import { after, before, it } from "mocha";
import { apply, cluster, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "./support/cluster.ts";
import { conditionOf, nodeClaim, pod, podSpec, settings } from "./support/objects.ts";

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "simulated pods", () => {
  let place: string;
  before(async () => {
    place = await namespace("pods");
    await apply(nodeClaim({ name: place, instanceType: "Standard_NC64as_T4_v3", gpus: 4, labels: { for: place } }));
    await mustKubectl(["wait", `nodeclaim/${place}`, "--for=condition=Ready", "--timeout=60s"]);
  });
  after(async () => {
    await mustKubectl(["delete", "nodeclaim", place, "--wait=false"]);
  });

  const start = async (name: string, values: Readonly<Record<string, string>> = {}) => {
    await apply(pod({ name, namespace: place, nodeSelector: { for: place }, settings: values }));
  };
  const get = async (name: string) => await read<Pod>(`/api/v1/namespaces/${place}/pods/${name}`);
  const container = async (name: string) => (await get(name))?.status?.containerStatuses?.[0];
  const until = (what: string, name: string, test: (found: Pod) => boolean | undefined) =>
    waitFor(`${name} to be ${what}`, async () => {
      const found = await get(name);
      return found !== undefined && test(found) && found;
    });

  it("wait for a slow image", async () => {
    await start("slow", { "image-pull": "3s" });
    const pulling = await until(
      "pulling",
      "slow",
      (one) => one.status?.containerStatuses?.[0]?.state?.waiting !== undefined,
    );
    expect(pulling.status).to.include({ phase: "Pending" });
    expect(pulling.status?.containerStatuses?.[0]?.state?.waiting?.reason).to.equal("ContainerCreating");
    const running = await until("Running", "slow", (one) => one.status?.phase === "Running");
    const waitedMs =
      Date.parse(String(running.status?.containerStatuses?.[0]?.state?.running?.startedAt)) -
      Date.parse(String(running.status?.startTime));
    expect(waitedMs).to.be.at.least(2000);
  });

  it("wait for ever for an image that does not exist", async () => {
    await start("lost", { "image-pull": "fail" });
    await waitFor("the back-off", async () => (await container("lost"))?.state?.waiting?.reason === "ImagePullBackOff");
    expect((await get("lost"))?.status?.phase).to.equal("Pending");
  });

  it("crash, back off and crash again, OOMKilled", async () => {
    await start("oom", { crash: "OOMKilled", "crash-after": "300ms", "crash-backoff": "500ms" });
    const crashed = await until(
      "crashing",
      "oom",
      (one) => (one.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2,
    );
    const last = crashed.status?.containerStatuses?.[0]?.lastState?.terminated;
    expect(last).to.include({ reason: "OOMKilled", exitCode: 137 });
    expect(conditionOf(crashed, "Ready")).to.equal("False");
    await waitFor(
      "CrashLoopBackOff",
      async () => (await container("oom"))?.state?.waiting?.reason === "CrashLoopBackOff",
    );
  });

  it("take settings from the node affinity that a Workspace's labelSelector becomes", async () => {
    const affinity = (key: string, value: string) => ({ key, operator: "In", values: [value] });
    const spec = podSpec({});
    const matchExpressions = [affinity("for", place), affinity("sim.foresail.dev/image-pull", "fail")];
    await mustKubectl(["label", "node", "-l", `for=${place}`, "sim.foresail.dev/image-pull=fail"]);
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "by-affinity", namespace: place },
      spec: {
        ...spec,
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
          },
        },
      },
    });
    await waitFor(
      "the back-off",
      async () => (await container("by-affinity"))?.state?.waiting?.reason === "ImagePullBackOff",
    );
  });

  it("have completed init containers, running sidecars and readiness gates", async () => {
    const spec = podSpec({ for: place });
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "whole", namespace: place },
      spec: {
        ...spec,
        readinessGates: [{ conditionType: "example.com/gate" }],
        initContainers: [
          { name: "fetch", image: "registry.example/fetch:1" },
          { name: "sidecar", image: "registry.example/sidecar:1", restartPolicy: "Always" },
        ],
      },
    });
    const running = await until("Ready", "whole", (one) => conditionOf(one, "Ready") === "True");
    expect(conditionOf(running, "example.com/gate")).to.equal("True");
    const [fetch, sidecar] = running.status?.initContainerStatuses ?? [];
    expect(fetch?.state?.terminated).to.include({ reason: "Completed", exitCode: 0 });
    expect(sidecar?.state).to.have.property("running");
  });

  it("are deleted gracefully, by deletion and by eviction", async () => {
    const names = ["deleted", "evicted"];
    for (const name of names) await start(name, { termination: "1s" });
    for (const name of names) await until("Running", name, (one) => one.status?.phase === "Running");
    await mustKubectl(["delete", "pod", "deleted", "-n", place, "--wait=false"]);
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "evicted", namespace: place } };
    const path = `/api/v1/namespaces/${place}/pods/evicted/eviction`;
    await cluster().api.must({ method: "POST", path, body: eviction });
    for (const name of names) expect((await get(name))?.metadata?.deletionTimestamp, name).to.be.a("string");
    await waitFor("both to be gone", async () => !(await get("deleted")) && !(await get("evicted")));
  });

  const job = (name: string, values: Readonly<Record<string, string>>) => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: place },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations: settings(values) },
        spec: { ...podSpec({ for: place }), restartPolicy: "Never" },
      },
    },
  });

  it("of Jobs complete, or fail when they crash, and leave nothing when deleted half-way", async () => {
    await apply(
      job("good", { "job-duration": "500ms" }),
      job("bad", { crash: "Error" }),
      job("endless", { "job-duration": "10h" }),
    );
    await mustKubectl(["wait", "job/good", "-n", place, "--for=condition=Complete", "--timeout=60s"]);
    await mustKubectl(["wait", "job/bad", "-n", place, "--for=condition=Failed", "--timeout=60s"]);
    await mustKubectl(["wait", "pod", "-n", place, "-l", "job-name=endless", "--for=condition=Ready", "--timeout=60s"]);
    await mustKubectl(["delete", "job", "good", "bad", "endless", "-n", place, "--timeout=60s"]);
    await waitFor("their pods to go", async () => {
      return (await readItems<Pod>(`/api/v1/namespaces/${place}/pods?labelSelector=job-name`)).length === 0;
    });
  });

  it("of Deployments run for ever and roll", async () => {
    const labels = { app: "d" };
    const deployment = (image: string) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", namespace: place },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...podSpec({ for: place }),
            containers: [{ name: "c", image, readinessProbe: { httpGet: { path: "/", port: 80 } } }],
          },
        },
      },
    });
    await apply(deployment("one"));
    await mustKubectl(["rollout", "status", "deployment/d", "-n", place, "--timeout=60s"]);
    await apply(deployment("two"));
    await mustKubectl(["rollout", "status", "deployment/d", "-n", place, "--timeout=60s"]);
    const images = await mustKubectl([
      "get",
      "pods",
      "-n",
      place,
      "-l",
      "app=d",
      "--field-selector=status.phase=Running",
      "-o",
      "jsonpath={..containerStatuses[*].image}",
    ]);
    expect(images).to.equal("two two");
  });
});
