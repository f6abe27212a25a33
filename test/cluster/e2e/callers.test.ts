import { expect } from "chai";
import { it } from "mocha";
import { children } from "../../../src/core/children/children.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { catalogue, serving } from "../../core/support/workspaces.ts";
import { cluster, describeWith, namespace } from "../support/cluster.ts";

const PATHS: { readonly [kind: string]: string } = {
  ConfigMap: "/api/v1/namespaces/NAMESPACE/configmaps",
  Service: "/api/v1/namespaces/NAMESPACE/services",
  NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies",
  Deployment: "/apis/apps/v1/namespaces/NAMESPACE/deployments",
};

describeWith([], "children of a model with stated callers", () => {
  it("are valid for every form of caller, with key, sidecar and load balancer", async () => {
    const space = await namespace("callers");
    const callers =
      "team-a,team-b/app.kubernetes.io/name=web,10.20.0.0/16,0.0.0.0/0,192.0.2.7/32,fd00::/8,2001:DB8:0:1::/64,::1/128";
    const found: string[] = [];
    for (const loadBalancer of ["True", "False"]) {
      const object = serving("phi-4", "Standard_NC24ads_A100_v4", {
        "foresail.dev/allow-from": callers,
        "foresail.dev/api-key-secret": "callers.key",
        "foresail.dev/chat-api": "true",
        "kaito.sh/enablelb": loadBalancer,
      });
      const { expansion } = expand(object, catalogue);
      if (expansion === undefined) throw new Error("no expansion");
      const owned = { ...object, metadata: { ...object.metadata, namespace: space }, expansion };
      for (const child of children(owned)) found.push(await dryRun(space, child));
    }
    expect(found.filter((fault) => fault !== "")).to.deep.equal([]);
    expect(found.length).to.equal(10);
  });
});

async function dryRun(space: string, child: JsonObject): Promise<string> {
  const path = PATHS[String(child["kind"])]?.replace("NAMESPACE", space) ?? "";
  const answer = await cluster().api.call({
    method: "POST",
    path: `${path}?dryRun=All&fieldValidation=Strict`,
    body: child,
  });
  return answer.status === 201 ? "" : JSON.stringify(answer.body);
}
