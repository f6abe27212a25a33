import { expect } from "chai";
import { after, before, it } from "mocha";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import { describeWith, namespace, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { applyIn, getWorkspace, serving, waitForCondition } from "./workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const sizes = [A100, "Standard_NV36ads_A10_v5", "Standard_NC6s_v3"];

/** Every object of a namespace and its claims, without what differs from run to run: names of the cluster's making, times, UIDs. */
async function endState(space: string): Promise<readonly string[]> {
  const selector = encodeURIComponent(`foresail.dev/workspace-namespace=${space}`);
  const lists = await Promise.all([
    readItems<JsonObject>(`/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`),
    readItems<JsonObject>(`/apis/apps/v1/namespaces/${space}/deployments`),
    readItems<JsonObject>(`/apis/apps/v1/namespaces/${space}/statefulsets`),
    readItems<JsonObject>(`/api/v1/namespaces/${space}/services`),
    readItems<JsonObject>(`/apis/networking.k8s.io/v1/namespaces/${space}/networkpolicies`),
    readItems<JsonObject>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`),
  ]);
  return lists
    .flat()
    .map((object) => canonicalJson(essence(object)).replaceAll(space, "NAMESPACE"))
    .sort();
}

function essence(object: JsonObject): Json {
  const { spec, expansion, kind } = object as { spec?: JsonObject; expansion?: JsonObject; kind?: string };
  const own = isObject(spec) ? { ...spec, clusterIP: undefined, clusterIPs: undefined } : undefined;
  const stored = expansion === undefined ? undefined : { ...expansion, inputsHash: undefined };
  return { kind, spec: own, expansion: stored };
}

describeWith(
  ["scheduler", "controllerManager", "kwok", "karpenter"],
  "webhook and reconciler killed with -9 in the middle",
  () => {
    let foresail: Foresail;
    before(async () => {
      foresail = await startForesail();
    });
    after(() => foresail.stop());

    it("reach the same end state as when nothing happens", async () => {
      const [calm, hit] = [await namespace("calm"), await namespace("hit")];
      const objects = sizes.map((size, i) => serving(`m${i}`, "phi-3-mini-4k-instruct", size));
      for (const object of objects) await applyIn(calm, object);
      for (const i of sizes.keys()) await waitForCondition(calm, `m${i}`, "WorkspaceReady");
      const [first, ...others] = objects;
      await applyIn(hit, first ?? {});
      const selector = encodeURIComponent(`foresail.dev/workspace-namespace=${hit}`);
      await waitFor(
        "the first claim",
        async () => (await readItems(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`)).length > 0,
      );
      await Promise.all([foresail.webhook.stop("SIGKILL"), foresail.reconciler.stop("SIGKILL")]);
      // With the webhook gone nothing unexpanded gets in.
      for (const object of others) {
        const refusal = await applyIn(hit, object).then(() => "accepted", String);
        expect(refusal).to.match(/failed calling webhook/);
      }
      expect(await getWorkspace(hit, "m1")).to.equal(undefined);
      await Promise.all([foresail.webhook.start(), foresail.reconciler.start()]);
      for (const object of others) await applyIn(hit, object);
      for (const i of sizes.keys()) await waitForCondition(hit, `m${i}`, "WorkspaceReady");
      expect(await endState(hit)).to.deep.equal(await endState(calm));
    });
  },
);
