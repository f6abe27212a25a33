import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { parse, stringify } from "yaml";
import { objectsAt } from "../../../src/core/capacity/fields.ts";
import { GPU_TAINT } from "../../../src/core/capacity/gpu-taint.ts";
import { untolerated } from "../../../src/core/capacity/requirements.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { byName } from "../../chart/helm.ts";
import { serving, waitForCondition } from "../e2e/workspaces.ts";
import { apply, describeWith, mustKubectl, namespace, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";

const A100 = "Standard_NC24ads_A100_v4";
const PLUGIN = "DaemonSet/foresail-nvidia-device-plugin";
const SELECTOR = "labelSelector=app.kubernetes.io%2Fname%3Dforesail-nvidia-device-plugin";
const SPOT_TAINT = { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" } as const;

interface Placed extends JsonObject {
  readonly metadata: { readonly name: string; readonly labels?: { readonly [key: string]: string } };
  readonly spec: { readonly nodeName?: string };
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "the component device-plugin", () => {
  let foresail: Foresail;
  let folder = "";
  let plugin: JsonObject = {};
  before(async () => {
    foresail = await startForesail();
    folder = mkdtempSync(join(tmpdir(), "foresail-device-plugin-"));
    cpSync(join(packageRoot(), "manifests"), folder, { recursive: true });
    plugin = (await built("karpenter", ["../../components/device-plugin"])).get(PLUGIN) ?? {};
  });
  after(async () => {
    await mustKubectl(["delete", "daemonset", "-n", "kube-system", PLUGIN.slice(10), "--ignore-not-found"]);
    await foresail.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function built(overlay: string, components: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
    const place = join(folder, "overlays", `${overlay}-of-test`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "kustomization.yaml"), stringify({ resources: [`../${overlay}`], components }));
    return byName(await mustKubectl(["kustomize", place]));
  }

  it("adds itself where it is named, and is in no overlay", async () => {
    const overlays = readdirSync(join(packageRoot(), "manifests/overlays"));
    for (const overlay of overlays) {
      const without = await built(overlay, []);
      expect(
        [...without.keys()].filter((id) => id.startsWith("DaemonSet/")),
        overlay,
      ).to.deep.equal([]);
    }
    const [plain, more] = [await built("aks", []), await built("aks", ["../../components/device-plugin"])];
    expect([...more.keys()].filter((id) => !plain.has(id))).to.deep.equal([PLUGIN]);
    for (const [id, object] of plain) expect(more.get(id), id).to.deep.equal(object);
  });

  it("tolerates what nodes of Workspaces are tainted with", () => {
    const tolerations = objectsAt(plugin, "spec", "template", "spec", "tolerations");
    expect(untolerated([GPU_TAINT, SPOT_TAINT], tolerations)).to.deep.equal([]);
    expect(untolerated([GPU_TAINT, SPOT_TAINT], [])).to.have.length(2);
  });

  it("runs on nodes that are bought for Workspaces, and on no others", async () => {
    const place = await namespace("devices");
    await mustKubectl(["create", "-f", "-"], stringify(otherNode(`other-${place}`)));
    await apply(plugin, { ...serving("m", "phi-4", A100), metadata: { name: "m", namespace: place } });
    await waitForCondition(place, "m", "Ready");
    const ours = async () =>
      (await readItems<Placed>("/api/v1/nodes")).filter(({ metadata }) => isOurs(metadata.labels));
    const placed = await waitFor("the plugin on every node that was bought", async () => {
      const pods = await readItems<Placed>(`/api/v1/namespaces/kube-system/pods?${SELECTOR}`);
      const on = pods.flatMap(({ spec }) => spec.nodeName ?? []);
      const wanted = (await ours()).map(({ metadata }) => metadata.name);
      return wanted.length > 0 && wanted.every((node) => on.includes(node)) ? on : undefined;
    });
    expect(placed).to.not.include(`other-${place}`);
    const daemonSet = parse(
      await mustKubectl(["get", "daemonset", PLUGIN.slice(10), "-n", "kube-system", "-o", "yaml"]),
    );
    expect(daemonSet.status.desiredNumberScheduled).to.equal((await ours()).length);
    await mustKubectl(["delete", "node", `other-${place}`]);
    await mustKubectl(["delete", "workspace", "m", "-n", place, "--timeout=60s"]);
  });
});

function isOurs(labels: Placed["metadata"]["labels"]): boolean {
  return labels?.["app.kubernetes.io/managed-by"] === "foresail";
}

/** A GPU node of somebody else's, simulated as ours are. */
function otherNode(name: string): JsonObject {
  const labels = { "kubernetes.io/os": "linux", "kubernetes.io/hostname": name };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels, annotations: { "kwok.x-k8s.io/node": "fake" } },
    spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
    status: { allocatable: { cpu: "4", memory: "16Gi", pods: "10", "nvidia.com/gpu": "1" } },
  };
}
