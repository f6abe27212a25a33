import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { cluster, kubectl, mustKubectl, namespace, read } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const WORKSPACE = {
  apiVersion: "kaito.sh/v1beta1",
  kind: "Workspace",
  resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: "phi" } } },
  inference: { preset: { name: "phi-4" } },
};

describe("when the API server calls the webhook", () => {
  let webhook: WebhookProcess;
  let place: string;
  before(async () => {
    webhook = await startWebhook();
    place = await namespace("match");
  });
  after(() => webhook.uninstall());

  const collection = () => `/apis/kaito.sh/v1beta1/namespaces/${place}/workspaces`;
  const pathOf = (name: string) => `${collection()}/${name}`;
  const get = async (name: string): Promise<JsonObject> => {
    const object = await read(pathOf(name));
    if (!isObject(object)) throw new Error(`the Workspace ${name} is not there`);
    return object;
  };
  const applyFile = (name: string, extra: JsonObject = {}, metadata: JsonObject = {}) =>
    mustKubectl(["apply", "-f", "-"], JSON.stringify(manifestOf(name, extra, metadata)));
  const manifestOf = (name: string, extra: JsonObject = {}, metadata: JsonObject = {}) => ({
    ...WORKSPACE,
    metadata: { ...metadata, name, namespace: place },
    ...extra,
  });
  const merge = (name: string, body: JsonObject) => cluster().api.must({ method: "PATCH", path: pathOf(name), body });
  /** Calls to /mutate that `action` makes for the object; /validate is asked under the same conditions. */
  const callsFor = async (name: string, action: () => Promise<unknown>): Promise<number> => {
    const count = () => webhook.decisions(`${place}/${name}`).filter((line) => line["phase"] === "mutate").length;
    await webhook.settled();
    const before = count();
    await action();
    await webhook.settled();
    return count() - before;
  };

  it("a create, also through v1alpha1, stores an expansion", async () => {
    for (const version of ["v1alpha1", "v1beta1"]) {
      const name = `create-${version}`;
      const calls = await callsFor(name, () => applyFile(name, { apiVersion: `kaito.sh/${version}` }));
      expect(calls, version).to.be.greaterThan(0);
      expect(await get(name)).to.have.nested.property("expansion.preset.name", "phi-4");
    }
  });

  it("not for an unchanged apply, client-side or server-side", async () => {
    await applyFile("unchanged");
    const before = await get("unchanged");
    const text = JSON.stringify(manifestOf("unchanged"));
    const calls = await callsFor("unchanged", async () => {
      await mustKubectl(["apply", "-f", "-"], text);
      await mustKubectl(["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"], text);
      await mustKubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], text);
    });
    expect(calls).to.equal(0);
    expect((await get("unchanged"))["expansion"]).to.deep.equal(before["expansion"]);
    expect(await get("unchanged")).to.have.nested.property("metadata.generation", 1);
  });

  it("not for labels and annotations of others, a finalizer, or status", async () => {
    await applyFile("others");
    const calls = await callsFor("others", async () => {
      await merge("others", { metadata: { labels: { team: "a" }, annotations: { note: "b" } } });
      await merge("others", { metadata: { finalizers: ["example.com/hold"] } });
      const body = { status: { observedGeneration: 1 } };
      await cluster().api.must({ method: "PATCH", path: `${pathOf("others")}/status`, body });
      await merge("others", { metadata: { finalizers: null } });
    });
    expect(calls).to.equal(0);
  });

  it("for any label once upgrades are followed", async () => {
    await applyFile("follows", {}, { annotations: { "foresail.dev/upgrade": "follow" } });
    const calls = await callsFor("follows", () => merge("follows", { metadata: { labels: { team: "a" } } }));
    expect(calls).to.be.greaterThan(0);
  });

  it("for an input annotation", async () => {
    await applyFile("input");
    const replicas = () => merge("input", { metadata: { annotations: { "foresail.dev/replicas": "0" } } });
    expect(await callsFor("input", replicas)).to.be.greaterThan(0);
    expect(await get("input")).to.have.nested.property("expansion.workload.replicas", 0);
  });

  it("for an edit of the expansion alone, which is undone", async () => {
    await applyFile("edited");
    const { expansion } = await get("edited");
    const edit = () => merge("edited", { expansion: { instanceType: "Standard_ND96isr_H100_v5" } });
    expect(await callsFor("edited", edit)).to.be.greaterThan(0);
    expect((await get("edited"))["expansion"]).to.deep.equal(expansion);
  });

  it("for its removal, also by kubectl replace, which is undone", async () => {
    await applyFile("removed");
    const { expansion } = await get("removed");
    expect(await callsFor("removed", () => merge("removed", { expansion: null }))).to.be.greaterThan(0);
    expect((await get("removed"))["expansion"]).to.deep.equal(expansion);
    const replace = () => mustKubectl(["replace", "-f", "-"], JSON.stringify(manifestOf("removed")));
    expect(await callsFor("removed", replace)).to.be.greaterThan(0);
    expect((await get("removed"))["expansion"]).to.deep.equal(expansion);
  });

  it("for any write to a Workspace from before, which then has an expansion", async () => {
    await webhook.suspended(() => applyFile("old"));
    expect(await get("old")).to.not.have.property("expansion");
    await merge("old", { metadata: { finalizers: ["example.com/hold"] } });
    expect(await get("old")).to.have.nested.property("expansion.preset.name", "phi-4");
    await merge("old", { metadata: { finalizers: null } });
  });

  it("within the CEL budget with 256 KiB of expansion", async () => {
    await applyFile("small");
    const { expansion } = await get("small");
    const large = { ...(expansion as JsonObject), files: { "big.yaml": "x".repeat(256 * 1024) } };
    const body = manifestOf("large", { expansion: large });
    await webhook.suspended(() => cluster().api.must({ method: "POST", path: collection(), body }));
    // Equal, so the whole of it is compared, and no call is made.
    expect(await callsFor("large", () => merge("large", { metadata: { labels: { team: "a" } } }))).to.equal(0);
    const files = { "big.yaml": `${"x".repeat(256 * 1024 - 1)}y` };
    const edit = () => cluster().api.call({ method: "PATCH", path: pathOf("large"), body: { expansion: { files } } });
    expect(await callsFor("large", edit), "the last of 262,144 characters differs").to.be.greaterThan(0);
  });

  it("never while an object goes away", async () => {
    await applyFile("leaving", {}, { finalizers: ["example.com/hold"] });
    const calls = await callsFor("leaving", async () => {
      await mustKubectl(["delete", "workspace", "leaving", "-n", place, "--wait=false"]);
      await merge("leaving", { inference: { preset: { name: "phi-4-mini-instruct" } } });
      await merge("leaving", { metadata: { finalizers: null } });
    });
    expect(calls).to.equal(0);
    expect(await read(pathOf("leaving"))).to.equal(undefined);
  });

  it("in no way that matters when nothing changes and the webhook is down", async () => {
    await applyFile("down", {}, { finalizers: ["example.com/hold"] });
    await webhook.stop();
    try {
      await applyFile("down", {}, { finalizers: ["example.com/hold"] });
      const path = `${pathOf("down")}/status`;
      await cluster().api.must({ method: "PATCH", path, body: { status: { observedGeneration: 1 } } });
      const changed = await kubectl(["annotate", "workspace", "down", "-n", place, "foresail.dev/replicas=2"]);
      expect(changed.stderr, "an input does need it").to.include("mutate.foresail.dev");
      await mustKubectl(["delete", "workspace", "down", "-n", place, "--wait=false"]);
      await merge("down", { metadata: { finalizers: null } });
      expect(await read(pathOf("down"))).to.equal(undefined);
    } finally {
      await webhook.start();
    }
  });

  it("denies with 403 and all issues, and stores nothing", async () => {
    const body = manifestOf("bad", { inference: { preset: { name: "phi-5" } } });
    const answer = await cluster().api.call({ method: "POST", path: collection(), body });
    expect(answer.status).to.equal(403);
    expect(answer.body).to.have.property("reason", "Forbidden");
    expect(await read(pathOf("bad"))).to.equal(undefined);
    await webhook.settled();
    const denied = webhook.decisions(`${place}/bad`).find((line) => line["verdict"] === "denied");
    expect(denied?.["codes"]).to.be.an("array").that.is.not.empty;
  });
});
