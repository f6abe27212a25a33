import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Operation } from "../../../../src/core/diff.ts";
import { isObject, type JsonObject } from "../../../../src/core/json.ts";
import { createAuthority, issueServingPair } from "../../../../webhook/certificates.ts";
import { apply, cluster, waitFor } from "../../support/cluster.ts";
import { collectionOf } from "./git.ts";

/** Somebody else's mutating webhook over Workspaces of one namespace. */
export interface OtherWebhook {
  calls(): number;
  stop(): Promise<void>;
}

/**
 * Starts one that answers each review with what `patchOf` says of the object.
 * @param name of its configuration: the API server calls them in the order of their names
 */
export async function startOtherWebhook(
  name: string,
  place: string,
  patchOf: (object: JsonObject) => readonly Operation[],
): Promise<OtherWebhook> {
  const authority = await createAuthority(Date.now());
  const pair = await issueServingPair(authority, ["127.0.0.1"], Date.now());
  let calls = 0;
  const server = createServer(pair, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const review: unknown = JSON.parse(Buffer.concat(chunks).toString());
    calls++;
    response.setHeader("content-type", "application/json").end(JSON.stringify(answerOf(review, patchOf)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await apply(configuration(name, place, { url: `https://127.0.0.1:${port}/`, caBundle: authority.cert }));
  await waitFor(`the API server to call ${name}`, async () => {
    await cluster().api.call({ method: "POST", path: `${collectionOf(place)}?dryRun=All`, body: PROBE });
    return calls > 0;
  });
  return {
    calls: () => calls,
    stop: async () => {
      await cluster().api.must({ method: "DELETE", path: `${CONFIGURATIONS}/${name}` });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

const PROBE: JsonObject = {
  apiVersion: "kaito.sh/v1beta1",
  kind: "Workspace",
  metadata: { name: "probe" },
  resource: { labelSelector: { matchLabels: { apps: "probe" } } },
  inference: { preset: { name: "phi-4" } },
};

function answerOf(review: unknown, patchOf: (object: JsonObject) => readonly Operation[]): JsonObject {
  const request = isObject(review) && isObject(review["request"]) ? review["request"] : {};
  const patch = isObject(request["object"]) ? patchOf(request["object"] as JsonObject) : [];
  const encoded = Buffer.from(JSON.stringify(patch)).toString("base64");
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid: String(request["uid"]),
      allowed: true,
      ...(patch.length > 0 && { patchType: "JSONPatch", patch: encoded }),
    },
  };
}

function configuration(name: string, place: string, server: { url: string; caBundle: string }): JsonObject {
  const rule = { apiGroups: ["kaito.sh"], apiVersions: ["v1beta1"], resources: ["workspaces"] };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        admissionReviewVersions: ["v1"],
        clientConfig: { url: server.url, caBundle: Buffer.from(server.caBundle).toString("base64") },
        rules: [{ ...rule, operations: ["CREATE", "UPDATE"] }],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": place } },
        reinvocationPolicy: "IfNeeded",
        sideEffects: "None",
      },
    ],
  };
}
