import { expect } from "chai";
import { it } from "mocha";
import { canonicalJson, isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import { cluster } from "../support/cluster.ts";
import { adapter, at, corpus, leavesOf } from "./support/corpus.ts";
import { applyFor, lookOf } from "./support/drift.ts";
import { A100, collectionOf, H100, inGit, live, removed } from "./support/git.ts";
import { describeGitOps } from "./support/gitops.ts";

const CALLS = 25;
// What Kubernetes means something by although it is empty.
const MEANT_EMPTY = / › emptyDir$/;

describeGitOps("GitOps: what is derived", (given) => {
  /** The expansion a create would store. */
  const expansionOf = async (place: string, manifest: JsonObject): Promise<JsonObject> => {
    const body = { ...manifest, apiVersion: "kaito.sh/v1beta1" };
    const stored = await cluster().api.must({ method: "POST", path: `${collectionOf(place)}?dryRun=All`, body });
    const expansion = isObject(stored) ? stored["expansion"] : undefined;
    if (!isObject(expansion)) throw new Error("nothing was expanded");
    return expansion as JsonObject;
  };

  it("rule 6: the same inputs give the same bytes, call after call and in another process", async () => {
    const { webhook, place } = given();
    const first = new Map<string, string>();
    for (const [name, manifest] of corpus(place)) first.set(name, canonicalJson(await expansionOf(place, manifest)));
    const sized = corpus(place).get("sized");
    if (sized === undefined) throw new Error("the corpus has no object called sized");
    for (let call = 0; call < CALLS; call++) {
      expect(canonicalJson(await expansionOf(place, sized))).to.equal(first.get("sized"));
    }
    await webhook.stop();
    await webhook.start();
    for (const [name, manifest] of corpus(place)) {
      expect(canonicalJson(await expansionOf(place, manifest)), `${name}, another process`).to.equal(first.get(name));
    }
  });

  it("rule 7: canonical: nothing empty, and quantities as the API server itself would write them", async () => {
    const { place } = given();
    for (const [name, manifest] of corpus(place)) {
      const expansion = await expansionOf(place, manifest);
      const template = expansion["podTemplate"] as JsonObject;
      const body = { apiVersion: "v1", kind: "PodTemplate", metadata: { name }, template };
      const path = `/api/v1/namespaces/${place}/podtemplates?dryRun=All`;
      const typed = await cluster().api.must({ method: "POST", path, body });
      const own = JSON.stringify(manifest["inference"] ?? "");
      for (const [where, value] of leavesOf(template)) {
        // What a user writes in a template of his own stays in his notation.
        if (own.includes(JSON.stringify(value))) continue;
        expect(at(isObject(typed) ? typed["template"] : undefined, where), `${name}${where}`).to.deep.equal(value);
      }
      const empty = leavesOf(expansion).filter(([, value]) => JSON.stringify(value).match(/^(null|""|\[\]|\{\})$/));
      expect(
        empty.map(([where]) => where).filter((where) => !MEANT_EMPTY.test(where)),
        name,
      ).to.deep.equal([]);
    }
  });

  it("rule 8: a changed input recomputes all; nothing is left of what was", async () => {
    const { engines, place } = given();
    const inference = { preset: { name: "phi-4-mini-instruct" } };
    const resource = { instanceType: H100, labelSelector: { matchLabels: { apps: "rolls" } } };
    const steps: readonly JsonObject[] = [
      inGit(place, "rolls"),
      inGit(place, "rolls", { inference }),
      inGit(place, "rolls", { inference, resource }),
      inGit(place, "rolls", { inference: { ...inference, adapters: [adapter("style")] }, resource }),
      inGit(place, "rolls", { inference: { preset: { name: "phi-4" } } }),
    ];
    const changed: Json[] = [];
    for (const step of steps) {
      await engines.flux.apply([step]);
      changed.push((await live(place, "rolls"))["expansion"]);
    }
    expect(new Set(changed.map(canonicalJson)).size, "each step differs but the last").to.equal(steps.length - 1);
    for (const [i, step] of steps.entries()) {
      await removed(place, "rolls");
      await engines.flux.apply([step]);
      expect((await live(place, "rolls"))["expansion"], `step ${i}, created`).to.deep.equal(changed[i]);
    }
  });

  it("rule 9: git takes a field over and gives it back", async () => {
    const { engines, place } = given();
    for (const mode of ["flux", "legacy", "server-side-with-webhooks"] as const) {
      const name = `taken-${mode}`;
      const labelSelector = { matchLabels: { apps: name } };
      const without = inGit(place, name, { resource: { labelSelector } });
      const taken = inGit(place, name, { resource: { labelSelector, instanceType: H100 } });
      await applyFor(engines, mode, without);
      const before = await live(place, name);
      expect(before.expansion["instanceType"], "chosen for it").to.equal(A100);
      expect(await lookOf(engines, mode, taken)).to.not.equal("clean");
      await applyFor(engines, mode, taken);
      const between = await live(place, name);
      expect(at(between, " › resource › instanceType"), mode).to.equal(H100);
      expect(between.expansion["instanceType"], mode).to.equal(H100);
      expect(await lookOf(engines, mode, taken), `${mode}, taken`).to.equal("clean");
      expect(await lookOf(engines, mode, without), `${mode}, to be given back`).to.not.equal("clean");
      await applyFor(engines, mode, without);
      const after = await live(place, name);
      expect(after["resource"], mode).to.deep.equal(before["resource"]);
      expect(after.expansion, mode).to.deep.equal(before.expansion);
      expect(await lookOf(engines, mode, without), `${mode}, given back`).to.equal("clean");
    }
  });
});
