import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { objectAt, objectsAt, textAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { shareOfPresetPod } from "../../../src/core/preset-pod/preset-pod.ts";
import { packageRoot } from "../../../src/package-root.ts";
import {
  cluster,
  describeWith,
  kubectl,
  mustKubectl,
  namespace,
  read,
  readItems,
  waitFor,
} from "../support/cluster.ts";
import { conditionOf } from "../support/objects.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const A100 = "Standard_NC24ads_A100_v4";
const GATE = { name: "foresail.dev/expand" };

interface Template {
  readonly preset?: string;
  readonly annotations?: { readonly [name: string]: string };
  readonly gates?: readonly JsonObject[];
}

/** What a user writes: the label, a size perhaps, and a container that leaves the rest to the preset. */
function template({ preset = "phi-4", annotations = {}, gates = [GATE] }: Template = {}): JsonObject {
  return {
    metadata: { labels: { app: "m", "foresail.dev/preset": preset }, annotations },
    spec: { containers: [{ name: "model", image: "auto" }], schedulingGates: gates },
  };
}

function deployment(name: string, stated: Template = {}): JsonObject {
  const pod = template(stated);
  const spec = { replicas: 1, selector: { matchLabels: { app: "m" } }, template: pod };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec };
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "preset pods", () => {
  let webhook: WebhookProcess;
  let reconciler: ReconcilerProcess;
  before(async () => {
    webhook = await startWebhook();
    reconciler = await startReconciler({ args: ["--empty-node-grace=3"] });
  });
  after(async () => {
    await reconciler.stop();
    await webhook.uninstall();
  });

  const optedIn = async (): Promise<string> => {
    const name = await namespace("preset");
    await mustKubectl(["label", "namespace", name, "foresail.dev/preset-pods=enabled"]);
    return name;
  };
  const create = (space: string, object: JsonObject) =>
    mustKubectl(["apply", "-n", space, "-f", "-"], JSON.stringify(object));
  const pods = (space: string) => readItems<JsonObject>(`/api/v1/namespaces/${space}/pods`);
  const onePod = (space: string) => waitFor("a pod", async () => (await pods(space))[0]);
  const ready = (space: string) =>
    waitFor("a ready pod", async () => (await pods(space)).find((pod) => conditionOf(pod, "Ready") === "True"));
  const events = async (space: string): Promise<string> => {
    const all = await readItems<JsonObject>(`/apis/events.k8s.io/v1/namespaces/${space}/events`);
    return all.map((event) => `${textAt(event, "reason")}: ${textAt(event, "note")}`).join("\n");
  };
  const said = (space: string, pattern: RegExp) =>
    waitFor(`an event like ${pattern}`, async () => pattern.test(await events(space)));
  /** Claims of the owner of a pod. */
  const claims = (pod: JsonObject): Promise<readonly JsonObject[]> => {
    const share = shareOfPresetPod(pod, textAt(pod, "metadata", "namespace") ?? "");
    return readItems(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=foresail.dev/share=${share}`);
  };

  it("runs on a node of its own size, which goes when the pods are gone", async () => {
    const space = await optedIn();
    await create(space, deployment("m", { annotations: { "foresail.dev/instance-type": A100 } }));
    const pod = await ready(space);
    const [container] = objectsAt(pod, "spec", "containers");
    expect(container?.["image"]).to.match(/kaito-base:/);
    expect(objectAt(container, "resources", "limits")).to.deep.equal({ "nvidia.com/gpu": "1" });
    expect(objectAt(pod, "spec")).to.not.have.property("schedulingGates");
    // Karpenter writes the node's name onto the claim when it sees the node, which can be later than the scheduler.
    await waitFor("its node to be that of its claim", async () => {
      const nodes = (await claims(pod)).map((claim) => textAt(claim, "status", "nodeName"));
      return nodes.length === 1 && nodes[0] === textAt(pod, "spec", "nodeName");
    });
    await said(space, /WaitingForCapacity: asked for Standard_NC24ads_A100_v4/);
    await mustKubectl(["delete", "deployment", "m", "-n", space]);
    await waitFor("its claim to go", async () => (await claims(pod)).length === 0);
  });

  it("are what the example shows", async () => {
    await mustKubectl(["apply", "-f", join(packageRoot(), "examples/preset-pod")]);
    await ready("models");
    await mustKubectl(["delete", "-f", join(packageRoot(), "examples/preset-pod"), "--wait=false"]);
  });

  it("of one owner stay together under its price ceiling", async () => {
    const space = await optedIn();
    const annotations = { "foresail.dev/instance-type": A100, "foresail.dev/max-hourly-price": "4" };
    await create(space, deployment("m", { annotations }));
    const first = await ready(space);
    await mustKubectl(["scale", "deployment", "m", "--replicas=2", "-n", space]);
    await said(space, /TooExpensive: .*max-hourly-price is 4/);
    expect(await claims(first)).to.have.length(1);
  });

  it("that are wrong are refused, and their owner's events say why", async () => {
    const space = await optedIn();
    await create(space, deployment("m", { preset: "phi-44" }));
    await said(space, /FailedCreate: .*metadata\.labels\[foresail\.dev\/preset\] "phi-44" is not in catalogue/);
    expect(await pods(space)).to.have.length(0);
  });

  it("without the gate are expanded with a warning", async () => {
    const space = await optedIn();
    const bare = { apiVersion: "v1", kind: "Pod", ...template({ gates: [] }) };
    const named = { ...bare, metadata: { ...objectAt(bare, "metadata"), name: "bare" } };
    const { code, stderr } = await kubectl(["create", "-n", space, "-f", "-"], JSON.stringify(named));
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include("Warning: no scheduling gate foresail.dev/expand");
    const pod = await ready(space);
    expect(objectsAt(pod, "spec", "containers")[0]?.["image"]).to.match(/kaito-base:/);
    await mustKubectl(["delete", "pod", "bare", "-n", space, "--wait=false"]);
  });

  it("of a namespace that did not opt in wait, are told so, and buy nothing", async () => {
    const space = await namespace("foreign");
    await create(space, deployment("m"));
    await said(space, /PresetNotExpanded: .*foresail\.dev\/preset-pods=enabled/);
    const pod = await onePod(space);
    expect(objectsAt(pod, "spec", "schedulingGates")).to.deep.equal([GATE]);
    // Nor by what admission would have written.
    const forged = template({ annotations: { "foresail.dev/expanded": "2026.11.0" }, gates: [] });
    const containers = [
      { name: "model", image: "registry.example/a:1", resources: { limits: { "nvidia.com/gpu": "1" } } },
    ];
    const object = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...objectAt(forged, "metadata"), name: "forged" },
      spec: { containers },
    };
    await create(space, object);
    await said(space, /PresetNotExpanded: no node is created: label its namespace/);
    for (const one of await pods(space)) expect(await claims(one)).to.have.length(0);
  });

  it("made while the webhook is away never run; they are replaced when it is back, and no earlier", async () => {
    const space = await optedIn();
    await webhook.stop("SIGKILL");
    const [owned, bare] = [deployment("m", { annotations: { "foresail.dev/instance-type": A100 } }), template()];
    await create(space, owned);
    await create(space, {
      apiVersion: "v1",
      kind: "Pod",
      ...bare,
      metadata: { ...objectAt(bare, "metadata"), labels: { "foresail.dev/preset": "phi-4" }, name: "bare" },
    });
    await said(space, /PresetNotExpanded: .*webhook did not answer/);
    await said(space, /PresetNotExpanded: .*nothing makes it anew/);
    const waiting = (await pods(space)).find((pod) => textAt(pod, "metadata", "name") !== "bare");
    expect(conditionOf(waiting, "PodScheduled")).to.equal("False");
    expect(objectsAt(waiting, "spec", "containers")[0]?.["image"]).to.equal("auto");
    // Longer than the reconciler waits between two trials.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const later = (await pods(space)).map((pod) => textAt(pod, "metadata", "uid"));
    expect(later).to.include(textAt(waiting, "metadata", "uid"));
    await webhook.start();
    const running = await ready(space);
    expect(textAt(running, "metadata", "uid")).to.not.equal(textAt(waiting, "metadata", "uid"));
    expect((await pods(space)).map((pod) => textAt(pod, "metadata", "name"))).to.include("bare");
    const { metadata } =
      (await read<{ metadata: JsonObject }>(`/apis/apps/v1/namespaces/${space}/deployments/m`)) ?? {};
    expect(metadata?.["generation"], "nobody touched the Deployment").to.equal(1);
  });

  it("of a Workspace are left to their Workspace", async () => {
    const space = await optedIn();
    const pod = template();
    const labels = { "foresail.dev/preset": "phi-4", "kaito.sh/workspace": "m" };
    const body = { apiVersion: "v1", kind: "Pod", ...pod, metadata: { name: "of-workspace", labels } };
    const path = `/api/v1/namespaces/${space}/pods?dryRun=All`;
    const made = await cluster().api.must({ method: "POST", path, body });
    expect(objectsAt(made, "spec", "containers")[0]?.["image"]).to.equal("auto");
  });
});
