import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { applyIn, serving } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import {
  kaitoController,
  kaitoDefinition,
  kaitoIsReady,
  kaitoServes,
  ourDefinition,
  podUids,
  putDefinition,
} from "../take-over/kaito-cluster.ts";
import { whole } from "../uninstall/installation.ts";
import { changedByApplyingAgain, startTrial } from "./install-trial.ts";
import { collectionOf, inGroup, kaitoEnds, kaitosOwn, kaitosShared, madeFor, waitForReady } from "./kaito-beside.ts";

const A100 = "Standard_NC24ads_A100_v4";
const LONG_MS = 100_000;
const CONTROLLER = "/apis/apps/v1/namespaces/kube-system/deployments/kaito-workspace";
const COMPONENTS = ["scheduler", "controllerManager", "kwok", "karpenter"] as const;

/** A Workspace of the trial that is there when the trial is over. */
const kept = { space: "", name: "kept", pods: [] as readonly string[] };

/** Where both are served, kubectl means this one by `workspaces`; other tests mean KAITO's. */
async function withoutDefinition(): Promise<void> {
  await mustKubectl(["delete", "crd", "workspaces.foresail.dev", "--timeout=60s"]);
}

const ours = (name: string): JsonObject => inGroup("foresail.dev", serving(name, "phi-4", A100));

describeWith(COMPONENTS, "a trial beside a KAITO that runs", () => {
  let space = "";
  let foresail: Foresail | undefined;
  let own: readonly string[] = [];
  let shared: readonly string[] = [];

  /** Whether everything of KAITO's is as it was before Foresail came, but for what is named. */
  async function expectUnchanged(...but: readonly string[]): Promise<void> {
    const isOf = (line: string, name: string) => line.includes(` ${name}`) || line.includes(`workspace":"${name}"`);
    const named = (all: readonly string[]) => all.filter((line) => !but.some((name) => isOf(line, name)));
    expect(named(await kaitosOwn(space))).to.deep.equal(named(own));
    expect(named(await kaitosShared(space))).to.deep.equal(named(shared));
  }

  before(async function () {
    this.timeout(LONG_MS);
    await whole();
    await putDefinition(kaitoDefinition());
    space = await namespace("trial");
    await kaitoController(1);
    const wanted = ["theirs", "moved"].map((name) => ({ name, namespace: space, instanceType: A100 }));
    const made = await Promise.all(wanted.map((one) => kaitoServes({ ...one, nodes: "gpu-provisioner" })));
    await Promise.all(made.map(kaitoIsReady));
    [own, shared] = [await kaitosOwn(space), await kaitosShared(space)];
    expect([own.length, shared.length]).to.deep.equal([10, 6]);
    foresail = await startTrial("--empty-node-grace=2");
  });

  after(async function () {
    this.timeout(LONG_MS);
    await foresail?.stop();
    await cluster().api.call({ method: "DELETE", path: CONTROLLER });
    await putDefinition(ourDefinition());
  });

  it("is ready, though KAITO's controller runs and the definition of kaito.sh is KAITO's for good", async () => {
    expect(await foresail?.reconciler.readyz()).to.deep.equal({ status: 200, body: "ok\n" });
    const stored = await applyIn(
      space,
      inGroup("kaito.sh", serving("plain", "phi-4", A100)),
      "--dry-run=server",
      "-o=json",
    );
    expect(JSON.parse(stored), "KAITO's are not ours to expand").to.not.have.property("expansion");
  });

  it("applied again changes nothing", async () => {
    expect(await changedByApplyingAgain()).to.deep.equal([]);
  });

  it("runs a Workspace of foresail.dev on a node of its own", async () => {
    await applyIn(space, ours("ours"));
    await applyIn(space, ours(kept.name));
    await waitForReady("foresail.dev", space, "ours", "Running");
    await waitForReady("foresail.dev", space, kept.name, "Running");
    Object.assign(kept, { space, pods: await podUids(space, ["ours", "theirs", "moved"]) });
    expect(await madeFor(space, "ours")).to.have.length(5);
    await expectUnchanged();
  });

  it("makes nothing by a name that is KAITO's, and says whose it is", async () => {
    await applyIn(space, ours("theirs"));
    const { message, status } = await waitForReady("foresail.dev", space, "theirs", "NameTaken");
    expect(message).to.contain("workspaces.kaito.sh theirs has this name; next: delete it");
    expect(status).to.equal("Unknown");
    expect(await madeFor(space, "theirs")).to.deep.equal([]);
    await expectUnchanged();
  });

  it("its end is nobody else's", async () => {
    await mustKubectl(["delete", "workspaces.foresail.dev", "theirs", "-n", space, "--timeout=20s"]);
    await expectUnchanged();
  });

  it("one word in git moves a Workspace: what is new is applied before what is gone is pruned", async () => {
    await applyIn(space, ours("moved"));
    await waitForReady("foresail.dev", space, "moved", "NameTaken");
    await kaitoEnds(space, "moved");
    await waitForReady("foresail.dev", space, "moved", "Running");
    expect(await madeFor(space, "moved")).to.have.length(5);
    await expectUnchanged("moved");
  });

  it("leaves the words of kubectl that were KAITO's with KAITO, but for `workspaces`", async () => {
    for (const word of ["workspace", "wk", "wks", "workspaces.kaito.sh"]) {
      expect(await mustKubectl(["get", word, "-n", space, "-o=name"]), word).to.equal("workspace.kaito.sh/theirs\n");
    }
  });

  it("takes its node along when it goes, and nothing else", async () => {
    await mustKubectl(["delete", "workspaces.foresail.dev", "ours", "moved", "-n", space, "--timeout=60s"]);
    for (const name of ["ours", "moved"]) {
      await waitFor(`all of ${name} to be gone`, async () => (await madeFor(space, name)).length === 0);
    }
    await expectUnchanged("moved");
  });

  it("has written nothing to KAITO's group, and needs no right to", async () => {
    const account = "system:serviceaccount:foresail-system:foresail-reconciler";
    const allowed = async (method: "GET" | "PATCH" | "DELETE", path: string) =>
      (await cluster().api.call({ method, path, as: account, ...(method === "PATCH" ? { body: {} } : {}) })).status;
    const theirs = `${collectionOf("kaito.sh", space)}/theirs`;
    expect(await allowed("GET", theirs)).to.equal(200);
    expect(await allowed("GET", collectionOf("kaito.sh", space))).to.equal(403);
    expect(await allowed("PATCH", theirs)).to.equal(403);
    expect(await allowed("DELETE", theirs)).to.equal(403);
    expect(await read(theirs)).to.not.equal(undefined);
  });
});

describeWith(COMPONENTS, "Workspaces of both groups, served by Foresail", () => {
  let space = "";
  let foresail: Foresail | undefined;

  before(async function () {
    this.timeout(LONG_MS);
    foresail = await startForesail({ args: ["--empty-node-grace=2"] });
    space = await namespace("groups");
  });
  after(async function () {
    this.timeout(LONG_MS);
    await mustKubectl(["delete", "workspaces.foresail.dev", "--all", "-A", "--timeout=60s"]);
    await foresail?.stop();
    await withoutDefinition();
  });

  it("one of a trial is served on as it is when the trial is over", async () => {
    expect(kept.pods).to.have.length(1);
    const before = await waitForReady("foresail.dev", kept.space, kept.name, "Running");
    expect(await foresail?.reconciler.readyz()).to.deep.equal({ status: 200, body: "ok\n" });
    await applyIn(kept.space, { ...ours(kept.name), metadata: { name: kept.name, labels: { told: "again" } } });
    expect(await waitForReady("foresail.dev", kept.space, kept.name, "Running")).to.deep.equal(before);
    expect(await podUids(kept.space, ["theirs"])).to.deep.equal(kept.pods);
  });

  it("of one name: the second waits, and runs after the first is gone", async function () {
    this.timeout(LONG_MS);
    await applyIn(space, inGroup("kaito.sh", serving("twin", "phi-4", A100)));
    await waitForReady("kaito.sh", space, "twin", "Running");
    await applyIn(space, ours("twin"));
    const { message } = await waitForReady("foresail.dev", space, "twin", "NameTaken");
    expect(message).to.contain("workspaces.kaito.sh twin has this name");
    await waitForReady("kaito.sh", space, "twin", "Running");
    await mustKubectl(["delete", "workspaces.kaito.sh", "twin", "-n", space, "--timeout=60s"]);
    await waitForReady("foresail.dev", space, "twin", "Running");
    const deployments = `/apis/apps/v1/namespaces/${space}/deployments`;
    const [one] = await readItems<{ metadata: { ownerReferences: readonly JsonObject[] } }>(deployments);
    expect(one?.metadata.ownerReferences[0]?.["apiVersion"]).to.equal("foresail.dev/v1beta1");
  });
});
