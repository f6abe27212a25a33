import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { objectAt, textsAt } from "../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { FINALIZER } from "../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../src/core/take-over/kaito-made.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { NOW } from "../core/capacity/facts.ts";
import { admitted } from "../core/plan/worlds.ts";
import { kaitoChildren, kaitoPod } from "../core/take-over/worlds.ts";
import type { Seen } from "../kube/support/api-server.ts";
import { until } from "../kube/support/until.ts";
import { type Looking, looking } from "./support/looking.ts";

const SETS = "/apis/apps/v1/namespaces/models/statefulsets";
const DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.kaito.sh";

/** Deleted while only KAITO's finalizer was on it. */
function leaving(finalizers: readonly string[] = [KAITO_FINALIZER]): Workspace {
  const made = admitted();
  const deletionTimestamp = new Date(NOW).toISOString();
  return { ...made, metadata: { ...made.metadata, finalizers: [...finalizers], deletionTimestamp } };
}

function isListOf(plural: string): (request: Seen) => boolean {
  return ({ method, url }) =>
    method === "GET" && url.pathname.endsWith(`/${plural}`) && url.searchParams.has("labelSelector");
}

/** As an API server answers for a kind it does not know. */
function unserved(_: Seen, response: { writeHead(code: number): void; end(text: string): void }): void {
  response.writeHead(404);
  response.end("404 page not found\n");
}

describe("what KAITO made for a Workspace", () => {
  let looks: Looking;
  afterEach(() => looks.stop());

  async function put(workspace: Workspace): Promise<void> {
    looks.putWorkspace(workspace);
    await until("the Workspace to be seen", () => looks.caches.workspaces.size === 1);
  }

  /** KAITO's StatefulSet, controlled by the Workspace as the server knows it. */
  function putStatefulSet(): void {
    const uid = looks.caches.workspaces.get("models", "phi")?.metadata.uid;
    const made = JSON.parse(JSON.stringify(kaitoChildren().at(-1)).replaceAll("uid-phi", String(uid))) as KubeObject;
    looks.server.store.put(`${SETS}/phi`, made as KubeObject & JsonObject & { metadata: JsonObject });
  }

  it("is found by its finalizer and goes with the Workspace, though no watch shows it", async () => {
    looks = await looking(() => {});
    await put(leaving());
    putStatefulSet();
    await looks.look("models/phi");
    const [first] = looks.writes();
    expect(`${first?.method} ${first?.url.pathname}`).to.equal(`DELETE ${SETS}/phi`);
    const lists = ["nodeclaims", "nodepools"].flatMap((plural) => looks.server.seenThat(isListOf(plural)));
    expect(lists.map(({ url }) => url.searchParams.get("labelSelector"))).to.deep.equal([
      "kaito.sh/workspace=phi,kaito.sh/workspacenamespace=models",
      "karpenter.kaito.sh/workspace-name=phi,karpenter.kaito.sh/workspace-namespace=models",
      "karpenter.kaito.sh/workspace-name=phi,karpenter.kaito.sh/workspace-namespace=models",
    ]);
  });

  it("holds nothing up where the cluster has neither NodeClaims nor NodePools: both finalizers go", async () => {
    looks = await looking(() => {});
    await put(leaving([KAITO_FINALIZER, "team/own", FINALIZER]));
    looks.server.next(isListOf("nodeclaims"), unserved, unserved);
    looks.server.next(isListOf("nodepools"), unserved);
    expect((await looks.look("models/phi")).kind).to.equal("done");
    const [patch, ...more] = looks.writes().map(({ body }) => JSON.parse(body) as JsonObject);
    expect(more).to.deep.equal([]);
    expect(textsAt(objectAt(patch, "metadata"), "finalizers")).to.deep.equal(["team/own"]);
  });

  it("is found by its pods where somebody took the finalizer away", async () => {
    looks = await looking(() => {});
    await put(admitted());
    looks.putPod(kaitoPod());
    putStatefulSet();
    await until("the pod to be seen", () => looks.caches.pods.size === 1);
    await looks.look("models/phi");
    expect(JSON.stringify(looks.caches.workspaces.get("models", "phi"))).to.contain("AwaitingAdoption");
  });

  it("is not asked for where KAITO never was", async () => {
    looks = await looking(() => {});
    await put(admitted());
    await looks.look("models/phi");
    expect(looks.server.seenThat(isListOf("nodepools"))).to.deep.equal([]);
    expect(looks.server.seenThat(({ url }) => url.pathname === `${SETS}/phi`)).to.deep.equal([]);
  });
});

describe("a definition without expansion", () => {
  let looks: Looking;
  afterEach(() => looks.stop());

  it("is noticed by the first Workspace that lacks one, and nothing is written", async () => {
    looks = await looking(() => {});
    const { expansion: _, ...without } = admitted();
    looks.putWorkspace(without);
    const version = { name: "v1beta1", schema: { openAPIV3Schema: { properties: { resource: { type: "object" } } } } };
    const definition = { metadata: { name: "workspaces.kaito.sh" }, spec: { versions: [version] } };
    looks.server.store.put(DEFINITION, definition as KubeObject & JsonObject & { metadata: JsonObject });
    await until("the Workspace to be seen", () => looks.caches.workspaces.size === 1);
    await looks.look("models/phi");
    expect(looks.writes()).to.deep.equal([]);
    expect(looks.memory.foreignDefinition()).to.equal(true);
  });
});
