import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import { catalogue, serving } from "../support/workspaces.ts";
import { A100 } from "./rule-row.ts";

interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: unknown;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly resources: { readonly requests: { readonly [resource: string]: string } };
    readonly securityContext: unknown;
    readonly startupProbe: unknown;
  }[];
  readonly volumes: readonly { readonly name: string; readonly emptyDir?: { readonly sizeLimit?: string } }[];
}

function podOf(preset: string): Pod {
  const { expansion } = expand(serving(preset, A100), catalogue);
  return expansion?.podTemplate["spec"] as unknown as Pod;
}

describe("weak spots of KAITO's pods", () => {
  it("CPU and memory are asked for, /dev/shm has a bound, privileges are given up", () => {
    const pod = podOf("phi-4");
    expect(pod.containers[0]?.resources.requests).to.include.keys("cpu", "memory", "ephemeral-storage");
    expect(pod.volumes.find(({ name }) => name === "dshm")?.emptyDir?.sizeLimit).to.match(/^\d+Gi$/);
    expect(pod.automountServiceAccountToken).to.equal(false);
    expect(pod.securityContext).to.deep.equal({ seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.containers[0]?.securityContext).to.deep.include({ allowPrivilegeEscalation: false });
  });

  it("a start waits for the server's health, and measures nothing", () => {
    expect(podOf("phi-4").containers[0]?.startupProbe).to.deep.include({ httpGet: { path: "/health", port: 5000 } });
  });

  it("the cache in the node's memory is off, which nobody has counted", () => {
    expect(podOf("phi-4").containers[0]?.args).to.include("--kaito-kv-cache-cpu-memory-utilization=0");
  });
});
