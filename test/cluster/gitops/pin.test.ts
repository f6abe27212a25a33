import { expect } from "chai";
import { after, before, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { cluster, describeWith, namespace } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { applyFor, lookOf } from "./support/drift.ts";
import { DIFF_MODES, type Engines, startEngines } from "./support/engines.ts";
import { cleared, inGit, kubectlWith, type Live, live, managers, patch, pathOf } from "./support/git.ts";
import { skipWithoutGo } from "./support/gitops.ts";
import { NEXT_RELEASE, nextPackage } from "./support/next-release.ts";

const TODAY = loadCatalogue().current.id;
const FOLLOWS = { annotations: { "foresail.dev/upgrade": "follow" } };
const WAYS = ["replaced", "argo-replaced", "put", "edited"];

describeWith(["apiServer"], "GitOps: a newer Foresail over stored Workspaces", () => {
  let engines: Engines;
  let next: WebhookProcess | undefined;
  let place: string;
  const stored = new Map<string, Live>();
  before(async function () {
    await skipWithoutGo(this);
    engines = await startEngines();
    const today = await startWebhook();
    place = await namespace("pin");
    for (const mode of DIFF_MODES) await applyFor(engines, mode, inGit(place, `kept-${mode}`));
    for (const name of [...WAYS, "labelled", "named", "explicit"]) await kubectlWith("apply", inGit(place, name));
    await kubectlWith("apply", inGit(place, "follows", {}, FOLLOWS));
    for (const name of [...DIFF_MODES.map((mode) => `kept-${mode}`), ...WAYS, "labelled", "named", "explicit"]) {
      stored.set(name, await live(place, name));
    }
    await today.stop();
    next = await startWebhook({ package: nextPackage(cluster().workDir) });
  });
  after(async () => {
    engines?.stop();
    await next?.uninstall();
    await cleared(place);
  });
  const expansion = async (name: string): Promise<JsonObject> => (await live(place, name)).expansion;
  const former = (name: string): JsonObject | undefined => stored.get(name)?.expansion;

  it("another engine with other image, flags and price gives a new Workspace something else", async () => {
    await kubectlWith("apply", inGit(place, "new"));
    const [now, then] = [await expansion("new"), former("named")];
    expect(now["catalog"]).to.equal(NEXT_RELEASE);
    for (const path of ["preset.image", "nodes.hourlyPriceUsd", "podTemplate.metadata.annotations"]) {
      expect(at(now, path), path).to.not.deep.equal(at(then, path));
    }
    expect(JSON.stringify(now["podTemplate"])).to.include("--max-num-seqs=200");
    expect(JSON.stringify(then?.["podTemplate"])).to.not.include("--max-num-seqs=200");
  });

  it("rule 10: a newer catalogue alone changes nothing that is stored", async () => {
    for (const mode of DIFF_MODES) {
      const [name, object] = [`kept-${mode}`, inGit(place, `kept-${mode}`)];
      expect(await lookOf(engines, mode, object), mode).to.equal("clean");
      await applyFor(engines, mode, object);
      // Whoever writes anything of their own.
      await patch(place, name, { metadata: { labels: { team: "a" }, annotations: { note: "b" } } });
      await patch(place, name, { metadata: { finalizers: ["example.com/hold"] } });
      await patch(place, name, { metadata: { finalizers: null } });
      const now = await live(place, name);
      expect(now.expansion, mode).to.deep.equal(former(name));
      expect(now.metadata.generation, mode).to.equal(1);
    }
  });

  it("rule 11: the pin survives kubectl replace, Argo CD's Replace, a PUT and an edit", async () => {
    const [replaced, argo, put, edited] = WAYS.map((name) => inGit(place, name));
    if (replaced === undefined || argo === undefined || put === undefined || edited === undefined) throw new Error();
    await kubectlWith("replace", replaced);
    await engines.argo.apply(argo, "replace");
    const { resourceVersion } = (await live(place, "put")).metadata;
    const body = { ...put, metadata: { ...(put["metadata"] as JsonObject), resourceVersion } };
    await cluster().api.must({ method: "PUT", path: pathOf(place, "put"), body });
    // What kubectl edit sends: a merge patch of what differs.
    await patch(place, "edited", { expansion: null });
    await next?.settled();
    for (const name of WAYS) {
      const now = await live(place, name);
      expect(next?.decisions(`${place}/${name}`), `${name} was asked about`).to.not.deep.equal([]);
      expect(now.expansion, name).to.deep.equal(former(name));
    }
  });

  it("asks for the newer one with foresail.dev/upgrade: follow and any change of a label", async () => {
    expect((await expansion("follows"))["catalog"]).to.equal(TODAY);
    await kubectlWith("apply", inGit(place, "follows", {}, { ...FOLLOWS, labels: { deployed: "again" } }));
    expect((await expansion("follows"))["catalog"]).to.equal(NEXT_RELEASE);
  });

  it("asks for it, and for today's again, with foresail.dev/catalog", async () => {
    const pinned = (catalog: string): JsonObject =>
      inGit(place, "named", {}, { annotations: { "foresail.dev/catalog": catalog } });
    const made = async (catalog: string): Promise<JsonObject> => {
      await engines.flux.apply([pinned(catalog)]);
      const { inputsHash: _, ...rest } = await expansion("named");
      return rest;
    };
    const { inputsHash: _, ...today } = former("named") ?? {};
    expect((await made(NEXT_RELEASE))["catalog"]).to.equal(NEXT_RELEASE);
    expect(await made(TODAY), "byte for byte what today's engine made").to.deep.equal(today);
    const unknown = await engines.flux.refusal([pinned("2020.1.0")]);
    expect(unknown).to.include(TODAY).and.to.include(NEXT_RELEASE);
    expect((await expansion("named"))["catalog"]).to.equal(TODAY);
  });

  it("asks for it with an edit of an input", async () => {
    await patch(place, "explicit", { metadata: { annotations: { "foresail.dev/replicas": "2" } } });
    expect(await expansion("explicit")).to.include({ catalog: NEXT_RELEASE });
    expect(managers(await live(place, "explicit")).join(" ")).to.not.include("foresail");
  });
});

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((here, key) => (isObject(here) ? here[key] : undefined), value);
}
