import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { inputAnnotations } from "../../src/core/inputs.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import {
  matchConditions,
  shippedWebhookConfigurations,
  webhookConfigurations,
} from "../../src/core/webhook-configuration.ts";
import { packageRoot } from "../../src/package-root.ts";

describe("webhook configurations", () => {
  it("are the ones that ship under manifests/webhook", () => {
    const file = readFileSync(join(packageRoot(), "manifests/webhook/configurations.yaml"), "utf8");
    const shipped = parseAllDocuments(file).map((document) => document.toJS() as unknown);
    expect(shipped).to.deep.equal(shippedWebhookConfigurations());
  });

  it("ask for every input annotation in the closed list, once", () => {
    const expression = String(matchConditions(inputAnnotations)[1]?.["expression"]);
    for (const name of inputAnnotations) expect(expression.split(`'${name}'`), name).to.have.length(2);
  });

  it("skip objects on their way out", () => {
    expect(matchConditions([])[0]).to.deep.equal({
      name: "not-deleting",
      expression: "!has(object.metadata.deletionTimestamp)",
    });
  });

  it("reach a process outside the cluster by URL, with its CA", () => {
    const [mutating, validating] = configured({ kind: "url", url: "https://127.0.0.1:9443" }, "PEM");
    expect(webhookOf(mutating)["clientConfig"]).to.deep.equal({
      url: "https://127.0.0.1:9443/mutate",
      caBundle: Buffer.from("PEM").toString("base64"),
    });
    expect(webhookOf(validating)["clientConfig"]).to.include({ url: "https://127.0.0.1:9443/validate" });
  });

  it("leave the CA out until somebody gives one", () => {
    const [mutating] = configured({ kind: "service", namespace: "n", name: "s", port: 443 });
    expect(webhookOf(mutating)["clientConfig"]).to.deep.equal({
      service: { namespace: "n", name: "s", path: "/mutate", port: 443 },
    });
  });

  it("fail closed for Workspaces, and always open for pods, of which only those that ask are matched", () => {
    const [mutating] = shippedWebhookConfigurations();
    const [workspaces, pods, ...others] = mutating["webhooks"] as readonly JsonObject[];
    expect(others).to.have.length(0);
    expect(workspaces?.["failurePolicy"]).to.equal("Fail");
    expect(pods?.["failurePolicy"]).to.equal("Ignore");
    expect(pods?.["objectSelector"]).to.deep.equal({
      matchExpressions: [{ key: "foresail.dev/preset", operator: "Exists" }],
    });
    expect(pods?.["namespaceSelector"]).to.deep.equal({
      matchExpressions: [
        { key: "foresail.dev/preset-pods", operator: "In", values: ["enabled"] },
        { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["foresail-system", "kube-system"] },
      ],
    });
  });

  it("match Workspaces of every served version through the stored one, and never their status", () => {
    for (const configuration of shippedWebhookConfigurations()) {
      const webhook = webhookOf(configuration);
      expect(webhook["matchPolicy"]).to.equal("Equivalent");
      expect(webhook["rules"]).to.deep.equal([
        {
          apiGroups: ["kaito.sh", "foresail.dev"],
          apiVersions: ["v1beta1"],
          operations: ["CREATE", "UPDATE"],
          resources: ["workspaces"],
          scope: "Namespaced",
        },
      ]);
    }
  });
});

function configured(address: Parameters<typeof webhookConfigurations>[0]["address"], caBundle?: string) {
  return webhookConfigurations({
    name: "t",
    address,
    failurePolicy: "Ignore",
    excludedNamespaces: ["kube-system"],
    ...(caBundle !== undefined && { caBundle }),
  });
}

function webhookOf(configuration: JsonObject): JsonObject {
  const webhooks = configuration["webhooks"];
  const first: unknown = Array.isArray(webhooks) ? webhooks[0] : undefined;
  if (!isObject(first)) throw new Error("the configuration has no webhook");
  return first;
}
