import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../src/core/json.ts";
import { createCache } from "../../src/kube/cache.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { daemonSetCache, mountFailureCache, slimDaemonSet } from "../../src/reconciler/causes.ts";
import { imageBytes } from "../../src/reconciler/image-sizes.ts";

let version = 0;

function object(kind: string, metadata: JsonObject, rest: JsonObject = {}): KubeObject {
  return {
    kind,
    apiVersion: "v1",
    metadata: { namespace: "a", name: "x", uid: kind, ...metadata, resourceVersion: String(++version) },
    ...rest,
  } as KubeObject;
}

describe("what is watched to say why", () => {
  it("of a DaemonSet only its name and what of its template tells which nodes it serves and what it takes of them", () => {
    const resources = { requests: { cpu: "100m" } };
    const spec = {
      tolerations: [{ operator: "Exists" }],
      nodeSelector: { gpu: "yes" },
      volumes: [{ name: "s", hostPath: { path: "/x" } }],
      containers: [{ name: "c", image: "i:1", resources, env: [{ name: "SECRET", value: "s" }], args: ["--token=t"] }],
      initContainers: [{ name: "i", image: "i:2", restartPolicy: "Always", command: ["sh"] }],
      overhead: { cpu: "10m" },
      resources: { requests: { cpu: "1" } },
      hostNetwork: true,
    };
    const made = object(
      "DaemonSet",
      { annotations: { big: "x" }, labels: { a: "b" } },
      { spec: { template: { spec } }, status: {} },
    );
    const kept = slimDaemonSet(made);
    expect(Object.keys(kept.metadata).sort()).to.deep.equal(["name", "namespace", "resourceVersion", "uid"]);
    const { hostNetwork: _, ...serves } = spec;
    expect({ ...kept }).to.have.deep.property("spec", {
      template: {
        spec: {
          ...serves,
          containers: [{ name: "c", image: "i:1", resources }],
          initContainers: [{ name: "i", image: "i:2", restartPolicy: "Always" }],
        },
      },
    });
    expect(kept).not.to.have.property("status");
  });

  it("a DaemonSet that changes wakes the Workspaces that wait for GPUs; its counters wake nobody", () => {
    const woken: string[] = [];
    const waiting = (name: string, reason: string): KubeObject =>
      object("Workspace", { name }, { status: { conditions: [{ type: "Ready", status: "Unknown", reason }] } });
    const workspaces = [waiting("gpu", "GpuNotReady"), waiting("image", "PullingImage")];
    const cache = daemonSetCache(
      () => workspaces,
      (keys) => woken.push(...keys),
    );
    const put = (tolerations: JsonObject[]): void =>
      cache.wrote(slimDaemonSet(object("DaemonSet", {}, { spec: { template: { spec: { tolerations } } } })));
    put([]);
    put([]);
    expect(woken).to.deep.equal(["a/gpu"]);
    put([{ operator: "Exists" }]);
    expect(woken).to.deep.equal(["a/gpu", "a/gpu"]);
  });

  it("a mount that fails wakes the Workspace of the pod", () => {
    const woken: string[] = [];
    const pods = createCache();
    pods.wrote(object("Pod", { name: "p", labels: { "kaito.sh/workspace": "phi" } }));
    const cache = mountFailureCache(pods.get, (keys) => woken.push(...keys));
    const event = (name: string, kind: string): KubeObject =>
      object(
        "Event",
        { name: `${kind}.${name}`, uid: `${kind}.${name}` },
        { regarding: { kind, namespace: "a", name }, reason: "FailedMount" },
      );
    for (const one of [event("p", "Pod"), event("q", "Pod"), event("p", "Node")]) cache.wrote(one);
    expect(woken).to.deep.equal(["a/phi"]);
    expect(cache.byIndex("owner", "a/phi")).to.have.length(1);
  });

  it("the size of images that pods on a node wait for, where any node has them", () => {
    const pod = (phase: string, image: string, nodeName?: string): KubeObject =>
      object(
        "Pod",
        { labels: { "kaito.sh/workspace": "phi" } },
        {
          spec: { containers: [{ image }], ...(nodeName === undefined ? {} : { nodeName }) },
          status: { phase },
        },
      );
    const pods = [pod("Pending", "a:1", "n"), pod("Pending", "unbound:1"), pod("Running", "runs:1", "n")];
    const images = ["a:1", "unbound:1", "runs:1", "b:1"].map((name) => ({ names: ["x@sha256:1", name], sizeBytes: 7 }));
    const nodes = (): readonly KubeObject[] => [object("Node", {}, { status: { images } }), object("Node", {})];
    expect(imageBytes("a/phi", pods, nodes)).to.deep.equal({ "a:1": 7 });
    expect(imageBytes("a/other", pods, nodes)).to.deep.equal({});
  });
});
