import { expect } from "chai";
import { describe, it } from "mocha";
import { children } from "../../../src/core/children/children.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const OWN = { podSelector: { matchLabels: { "kaito.sh/workspace": "phi" } } };

function specOf(object: Workspace, kind: string): JsonObject {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  const found = children({ ...object, expansion }).find((child) => child["kind"] === kind);
  return found?.["spec"] as JsonObject;
}
const ingress = (annotations: { readonly [key: string]: string }): unknown =>
  specOf(serving("phi-4", A100, annotations), "NetworkPolicy")["ingress"];
const service = (annotations: { readonly [key: string]: string }): JsonObject =>
  specOf(serving("phi-4", A100, annotations), "Service");
const from = (value: string): { readonly [key: string]: string } => ({ "foresail.dev/allow-from": value });
const http = { ports: [{ port: 5000, protocol: "TCP" }] };

describe("the NetworkPolicy of a Workspace", () => {
  it("lets everybody call the model, and only its own pods the other ports", () => {
    expect(ingress({})).to.deep.equal([http, { from: [OWN] }]);
  });

  it("lets those call the model whom allow-from names, and its own pods", () => {
    const inNamespace = (name: string): JsonObject => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
    expect(ingress(from("team-a, team-b/app=web, 10.0.0.0/8, fd00::/8"))).to.deep.equal([
      {
        ...http,
        from: [
          { namespaceSelector: inNamespace("team-a") },
          { namespaceSelector: inNamespace("team-b"), podSelector: { matchLabels: { app: "web" } } },
          { ipBlock: { cidr: "10.0.0.0/8" } },
          { ipBlock: { cidr: "fd00::/8" } },
        ],
      },
      { from: [OWN] },
    ]);
  });

  it("opens the port callers reach with a sidecar, too, and not the one behind it", () => {
    expect(ingress({ "foresail.dev/chat-api": "true" })).to.deep.equal([http, { from: [OWN] }]);
  });

  it("holds for a pod template of the user's own", () => {
    const own = workspace({
      annotations: from("team-a"),
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { template: { spec: { containers: [{ name: "c" }] } } },
    });
    const [open] = specOf(own, "NetworkPolicy")["ingress"] as readonly JsonObject[];
    expect(open).to.have.property("from").with.length(1);
  });

  it("of a training run lets nobody in but its own pods", () => {
    const object = tuning("phi-4", A100);
    expect(specOf(object, "NetworkPolicy")["ingress"]).to.deep.equal([{ from: [OWN] }]);
  });
});

describe("the Service of a Workspace with allow-from", () => {
  const balanced = { "kaito.sh/enablelb": "True" };

  it("admits the ranges at a load balancer, under the callers' own addresses", () => {
    expect(service({ ...balanced, ...from("team-a,10.0.0.0/8,192.168.0.0/16") })).to.deep.include({
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      loadBalancerSourceRanges: ["10.0.0.0/8", "192.168.0.0/16"],
    });
  });

  it("has neither without a load balancer or without ranges", () => {
    for (const annotations of [from("10.0.0.0/8"), balanced, { ...balanced, ...from("team-a") }]) {
      expect(service(annotations)).not.to.have.any.keys("externalTrafficPolicy", "loadBalancerSourceRanges");
    }
  });
});
