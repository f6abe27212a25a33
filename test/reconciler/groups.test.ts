import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { JsonObject } from "../../src/core/json.ts";
import type { Workspace, WorkspaceGroup } from "../../src/core/kinds/workspace.ts";
import { FINALIZER } from "../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../src/core/take-over/kaito-made.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { NOW } from "../core/capacity/facts.ts";
import { admitted } from "../core/plan/worlds.ts";
import { kaitoChildren, kaitoPod, nodeClaimOfKaito } from "../core/take-over/worlds.ts";
import type { Seen } from "../kube/support/api-server.ts";
import { until } from "../kube/support/until.ts";
import { type Looking, looking } from "./support/looking.ts";

const TRIAL = { groups: ["foresail.dev"] } as const;

function pathOf(group: WorkspaceGroup): string {
  return `/apis/${group}/v1beta1/namespaces/models/workspaces`;
}

function isOf(group: WorkspaceGroup): (request: Seen) => boolean {
  return ({ url }) => url.pathname.startsWith(`/apis/${group}/`);
}

type Put = (...of: Parameters<typeof workspaceIn>) => void;

function workspaceIn(
  group: WorkspaceGroup,
  finalizers: readonly string[] = [],
  more: { readonly creationTimestamp?: string; readonly deletionTimestamp?: string } = {},
): Workspace {
  const { metadata, ...made } = admitted();
  const { uid: _, ...named } = metadata;
  return { ...made, apiVersion: `${group}/v1beta1`, kind: "Workspace", metadata: { ...named, finalizers, ...more } };
}

/** One of ours. */
function claimOfPhi(): JsonObject {
  const labels = {
    "app.kubernetes.io/managed-by": "foresail",
    "foresail.dev/workspace": "phi",
    "foresail.dev/workspace-namespace": "models",
  };
  return { apiVersion: "karpenter.sh/v1", kind: "NodeClaim", metadata: { name: "c1", labels }, spec: {} };
}

/** As an API server answers for a group it does not know. */
function unserved(_: Seen, response: { writeHead(code: number): void; end(text: string): void }): void {
  response.writeHead(404);
  response.end("404 page not found\n");
}

describe("Workspaces of two groups", () => {
  let looks: Looking;
  afterEach(() => looks.stop());

  const put: Put = (...of) => looks.putWorkspace(workspaceIn(...of));

  function get(group: WorkspaceGroup): Workspace | undefined {
    return looks.server.store.objects.get(`${pathOf(group)}/phi`) as unknown as Workspace | undefined;
  }

  const reasonOf = (group: WorkspaceGroup): string | undefined =>
    get(group)?.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  const writes = (): readonly string[] => looks.writes().map(({ method, url }) => `${method} ${url.pathname}`);

  it("of one name: the one that has it is served, the other one is told, each by its own path", async () => {
    looks = await looking(() => {});
    put("foresail.dev", [FINALIZER], { creationTimestamp: new Date(NOW - 60_000).toISOString() });
    put("kaito.sh", [], { creationTimestamp: new Date(NOW - 120_000).toISOString() });
    await until("both to be seen", () => looks.caches.workspaces.listWaiting().length === 1);
    await looks.look("models/phi");
    expect(reasonOf("kaito.sh")).to.equal("NameTaken");
    expect(reasonOf("foresail.dev")).to.equal("Creating");
    expect(writes().filter((one) => one.includes("/workspaces/"))).to.deep.equal([
      `PATCH ${pathOf("kaito.sh")}/phi/status`,
      `PATCH ${pathOf("foresail.dev")}/phi/status`,
    ]);
  });

  it("of one name: the other one has it as soon as the first is gone", async () => {
    looks = await looking(() => {});
    put("kaito.sh", [FINALIZER]);
    put("foresail.dev");
    await until("both to be seen", () => looks.caches.workspaces.listWaiting().length === 1);
    looks.server.store.delete(`${pathOf("kaito.sh")}/phi`);
    await until("one to be gone", () => looks.caches.workspaces.listWaiting().length === 0);
    await looks.look("models/phi");
    expect(writes()).to.deep.equal([`PATCH ${pathOf("foresail.dev")}/phi`]);
    expect(get("foresail.dev")?.metadata.finalizers).to.deep.equal([FINALIZER]);
  });

  it("one that foresail.dev/ttl ends is deleted in its own group, whatever has its name in the other", async () => {
    looks = await looking(() => {});
    const done = admitted({ workload: { kind: "Job", name: "phi", ttlSeconds: 1 } });
    const ended = { type: "WorkspaceSucceeded", status: "True", reason: "workspaceSucceeded" } as const;
    const lastTransitionTime = new Date(NOW - 60_000).toISOString();
    const condition = { ...ended, message: `it ran for ${done.expansion?.inputsHash}`, lastTransitionTime };
    const { expansion: _, ...named } = workspaceIn("foresail.dev", [FINALIZER]);
    looks.putWorkspace({ ...done, ...named, status: { ...done.status, conditions: [condition] } });
    put("kaito.sh");
    await until("both to be seen", () => looks.caches.workspaces.listWaiting().length === 1);
    await looks.look("models/phi");
    expect(writes().filter((one) => one.startsWith("DELETE"))).to.deep.equal([`DELETE ${pathOf("foresail.dev")}/phi`]);
  });

  it("a definition that is not there holds up nothing", async () => {
    looks = await looking((server) => server.next(isOf("foresail.dev"), ...Array.from({ length: 20 }, () => unserved)));
    put("kaito.sh");
    await until("it to be seen", () => looks.caches.workspaces.size === 1);
    await looks.look("models/phi");
    expect(get("kaito.sh")?.metadata.finalizers).to.deep.equal([FINALIZER]);
  });

  it("N6: both are asked for before claims of a Workspace that no watch has shown are deleted", async () => {
    looks = await looking((server) =>
      server.next(
        (request) => isOf("foresail.dev")(request) && request.url.searchParams.has("watch"),
        () => {},
      ),
    );
    put("foresail.dev", [FINALIZER]);
    looks.putClaim(claimOfPhi());
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    expect(looks.caches.workspaces.size).to.equal(0);
    await looks.look("models/phi");
    expect(looks.claimWrites().filter((one) => one.startsWith("DELETE"))).to.deep.equal([]);
  });
});

describe("a trial beside KAITO", () => {
  let looks: Looking;
  afterEach(() => looks.stop());

  const put: Put = (...of) => looks.putWorkspace(workspaceIn(...of));

  async function seen(): Promise<void> {
    await until("it to be seen", () => looks.caches.workspaces.size === 1);
  }

  const writes = (): readonly string[] => looks.writes().map(({ method, url }) => `${method} ${url.pathname}`);

  it("follows nothing of KAITO's, and asks for a Workspace of a name alone: it has it, nothing is made", async () => {
    looks = await looking(() => {}, TRIAL);
    put("kaito.sh", [KAITO_FINALIZER], { creationTimestamp: new Date(NOW - 600_000).toISOString() });
    put("foresail.dev", [], { creationTimestamp: new Date(NOW - 300_000).toISOString() });
    await seen();
    await looks.look("models/phi");
    expect(looks.server.seenThat(isOf("kaito.sh")).map(({ method, url }) => `${method} ${url.pathname}`)).to.deep.equal(
      [`GET ${pathOf("kaito.sh")}/phi`],
    );
    expect(writes().filter((one) => !one.includes("/events"))).to.deep.equal([
      `PATCH ${pathOf("foresail.dev")}/phi/status`,
    ]);
    expect(JSON.stringify(looks.caches.workspaces.get("models", "phi"))).to.contain("NameTaken");
  });

  it("needs no KAITO: without its definition no name of its is taken", async () => {
    looks = await looking((server) => server.next(isOf("kaito.sh"), unserved), TRIAL);
    put("foresail.dev", []);
    await seen();
    await looks.look("models/phi");
    expect(writes()).to.deep.equal([`PATCH ${pathOf("foresail.dev")}/phi`]);
  });

  it("sees a workload of KAITO's by its name, though nothing of it is watched, and makes nothing beside it", async () => {
    looks = await looking(() => {}, TRIAL);
    put("foresail.dev", [FINALIZER]);
    const set = { ...kaitoChildren().at(-1), metadata: { name: "phi", namespace: "models", uid: "uid-set" } };
    looks.server.store.put(
      "/apis/apps/v1/namespaces/models/statefulsets/phi",
      set as unknown as KubeObject & JsonObject & { metadata: JsonObject },
    );
    await seen();
    await looks.look("models/phi");
    expect(JSON.stringify(looks.caches.workspaces.get("models", "phi"))).to.contain("StatefulSet phi exists");
    expect(writes().filter((one) => !one.includes("/events"))).to.deep.equal([
      `PATCH ${pathOf("foresail.dev")}/phi/status`,
    ]);
  });

  it("leaves the nodes of a Workspace alone that was served before the trial, and now is not", async () => {
    looks = await looking(() => {}, TRIAL);
    put("kaito.sh", [FINALIZER]);
    looks.putClaim(claimOfPhi());
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    await looks.look("models/phi");
    expect(looks.writes()).to.deep.equal([]);
    looks.server.store.delete(`${pathOf("kaito.sh")}/phi`);
    await looks.look("models/phi");
    expect(looks.claimWrites()).to.contain("DELETE c1");
  });

  it("takes no node of KAITO's along when one of ours is deleted", async () => {
    looks = await looking(() => {}, TRIAL);
    put("foresail.dev", [FINALIZER, KAITO_FINALIZER], { deletionTimestamp: new Date(NOW).toISOString() });
    looks.putClaim(nodeClaimOfKaito());
    looks.putPod(kaitoPod());
    await seen();
    await until("KAITO's claim and pod to be seen", () => looks.caches.claims.size + looks.caches.pods.size === 2);
    await looks.look("models/phi");
    expect(looks.claimWrites()).to.deep.equal([]);
    const asked = looks.server.seenThat(
      ({ url }) => url.searchParams.get("labelSelector")?.startsWith("kaito.sh/") === true,
    );
    expect(asked).to.deep.equal([]);
  });
});
