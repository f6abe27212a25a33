import { expect } from "chai";
import { it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { cluster } from "../support/cluster.ts";
import { at, corpus, leavesOf, listsOf, OWN_TEMPLATE } from "./support/corpus.ts";
import { driftOf } from "./support/drift.ts";
import { collectionOf, inGit, kubectlWith, live, patch } from "./support/git.ts";
import { describeGitOps } from "./support/gitops.ts";

describeGitOps("GitOps: what git states", (given) => {
  /** What a create would store; nothing is stored. */
  const dryRun = async (place: string, body: JsonObject): Promise<JsonObject> => {
    const version = String(body["apiVersion"]).split("/")[1] ?? "v1beta1";
    const path = `${collectionOf(place).replace("v1beta1", version)}?dryRun=All`;
    return (await cluster().api.must({ method: "POST", path, body })) as JsonObject;
  };

  it("rule 1: idempotent: the second call changes nothing and sends no patch", async () => {
    const { engines, webhook, place } = given();
    const object = inGit(place, "twice");
    expect(await engines.flux.apply([object])).to.deep.equal(["created"]);
    const before = await live(place, "twice");
    expect(await engines.flux.apply([object])).to.deep.equal(["unchanged"]);
    const { metadata } = await live(place, "twice");
    expect([metadata.resourceVersion, metadata.generation]).to.deep.equal([before.metadata.resourceVersion, 1]);
    for (const [name, manifest] of corpus(place)) {
      const first = await dryRun(place, manifest);
      const again = { ...manifest, expansion: first["expansion"] } as JsonObject;
      expect((await dryRun(place, again))["expansion"], name).to.deep.equal(first["expansion"]);
      await webhook.settled();
      const calls = webhook.decisions(`${place}/${name}`).filter((line) => line["phase"] === "mutate");
      expect(calls.at(-1)?.["verdict"], `${name}, given its own expansion`).to.equal("allowed");
    }
  });

  it("rule 2: no value that git states is changed, removed or reordered", async () => {
    const { engines, place } = given();
    for (const [name, manifest] of corpus(place)) {
      await kubectlWith("apply", manifest);
      const stored = await live(place, name);
      for (const [path, value] of leavesOf(manifest).filter(([where]) => !where.endsWith("apiVersion"))) {
        expect(at(stored, path), `${name}${path}`).to.deep.equal(value);
      }
    }
    const labels = { zeta: "1", alpha: "2" };
    const ofName = (name: string): JsonObject =>
      inGit(place, `values-${name}`, { inference: { template: OWN_TEMPLATE } }, { labels });
    expect(await driftOf(engines, ofName)).to.deep.equal([]);
  });

  it("rule 3: no list that git states gets an element, no element of it a key", async () => {
    const { engines, place } = given();
    for (const [name, manifest] of corpus(place)) {
      const object = { ...manifest, metadata: { name: `lists-${name}`, namespace: place } };
      await kubectlWith("apply", object);
      const stored = await live(place, `lists-${name}`);
      for (const [path, list] of listsOf(object)) {
        const shape = (items: unknown) =>
          Array.isArray(items) ? items.map((item) => (isObject(item) ? Object.keys(item).sort() : "")) : items;
        expect(shape(at(stored, path)), `${name}${path}`).to.deep.equal(shape(list));
      }
    }
    const adapters = corpus(place).get("adapters")?.["inference"] as JsonObject;
    const ofName = (name: string): JsonObject => inGit(place, `elements-${name}`, { inference: adapters });
    expect(await driftOf(engines, ofName)).to.deep.equal([]);
  });

  it("rule 4: labelSelector and the server's and others' metadata are never touched", async () => {
    const { engines, place } = given();
    const labelSelector = { matchExpressions: [{ key: "apps", operator: "In", values: ["selected"] }] };
    const kept = { finalizers: ["example.com/hold"], labels: { a: "b" }, annotations: { note: "c" } };
    const object = inGit(
      place,
      "selected",
      { resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector } },
      kept,
    );
    await engines.flux.apply([object]);
    const first = await live(place, "selected");
    await engines.flux.apply([{ ...object, inference: { preset: { name: "phi-4-mini-instruct" } } }]);
    const changed = await live(place, "selected");
    for (const stored of [first, changed]) {
      expect((stored["resource"] as JsonObject)["labelSelector"]).to.deep.equal(labelSelector);
      expect(stored.metadata["finalizers"]).to.deep.equal(kept.finalizers);
      expect(stored.metadata["annotations"]).to.deep.equal(kept.annotations);
      expect(stored.metadata).to.not.have.property("ownerReferences");
      expect(stored.metadata.uid).to.equal(first.metadata.uid);
    }
    // A patch that touched managedFields would make the API server reset them.
    expect(JSON.stringify(changed.metadata["managedFields"])).to.include("kustomize-controller");
    expect(JSON.stringify(changed.metadata["managedFields"]), "nobody owns it").to.not.include("f:expansion");
    await patch(place, "selected", { metadata: { finalizers: null } });
  });

  it("rule 5: empty texts, lists and objects, 0 and false are stated; only an absent key is absent", async () => {
    const { engines, place } = given();
    const template = {
      spec: {
        hostNetwork: false,
        terminationGracePeriodSeconds: 0,
        nodeSelector: {},
        volumes: [],
        containers: [{ name: "server", image: "registry.example/server:1", args: [], env: [{ name: "A", value: "" }] }],
      },
    };
    const served = {
      inference: { template },
      resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: {} },
    };
    const adapted = { inference: { preset: { name: "phi-4" }, adapters: [] } };
    for (const [prefix, fields] of Object.entries({ served, adapted })) {
      const ofName = (name: string): JsonObject =>
        inGit(place, `${prefix}-${name}`, fields, { labels: { empty: "" }, annotations: { empty: "" } });
      expect(await driftOf(engines, ofName), prefix).to.deep.equal([]);
      const stored = await live(place, `${prefix}-flux`);
      for (const [path, value] of leavesOf(ofName("flux"))) expect(at(stored, path), path).to.deep.equal(value);
    }
  });
});
