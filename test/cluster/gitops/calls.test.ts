import { expect } from "chai";
import { it } from "mocha";
import type { Operation } from "../../../src/core/diff.ts";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { FINALIZER } from "../../../src/core/plan.ts";
import { cluster, kubectl, mustKubectl, namespace, read } from "../support/cluster.ts";
import { CONFIGURATION_PATHS, ofWorkspaces } from "../support/webhook.ts";
import { OWN_TEMPLATE } from "./support/corpus.ts";
import { collectionOf, inGit, kubectlWith, live, patch, pathOf, removed } from "./support/git.ts";
import { describeGitOps } from "./support/gitops.ts";
import { startOtherWebhook } from "./support/other-webhook.ts";

const DRY_RUNS = 100;
const RECONCILER = "system:serviceaccount:foresail-system:foresail-reconciler";

describeGitOps("GitOps: when and how the webhook is called", (given) => {
  /** Calls to /mutate that `action` makes for an object. */
  const callsFor = async (name: string, action: () => Promise<unknown>): Promise<number> => {
    const { webhook, place } = given();
    const count = () => webhook.decisions(`${place}/${name}`).filter((line) => line["phase"] === "mutate").length;
    await webhook.settled();
    const before = count();
    await action();
    await webhook.settled();
    return count() - before;
  };
  const configurations = async (): Promise<readonly JsonObject[]> =>
    await Promise.all(CONFIGURATION_PATHS.map(async (path) => ofWorkspaces(await read(path))));

  it("rule 13: both API versions give the same stored object", async () => {
    const place = await namespace("versions");
    const objects: JsonObject[] = [];
    for (const version of ["v1alpha1", "v1beta1"]) {
      await kubectlWith("apply", { ...inGit(place, "same"), apiVersion: `kaito.sh/${version}` });
      objects.push(await live(place, "same"));
      await removed(place, "same");
    }
    const [alpha, beta] = objects.map(withoutServerFields);
    expect(alpha).to.have.nested.property("expansion.preset.name", "phi-4");
    expect(alpha).to.deep.equal(beta);
    for (const webhook of await configurations()) expect(webhook["matchPolicy"]).to.equal("Equivalent");
  });

  it("rule 14: called again after another webhook changed an input, and once more only", async () => {
    const { engines } = given();
    const place = await namespace("again");
    const other = await startOtherWebhook("zz-after-ours", place, tolerating);
    try {
      const object = inGit(place, "tolerant", { inference: { template: OWN_TEMPLATE } });
      const path = `${place}/tolerant`;
      expect(await engines.flux.apply([object])).to.deep.equal(["created"]);
      // The log is written behind the answers.
      await given().webhook.settled();
      const calls = given()
        .webhook.decisions(path)
        .filter((line) => line["phase"] === "mutate");
      // A dry run and the create, each asked again because the other one changed what we read.
      expect(calls.length).to.be.within(3, 4);
      const pod = (await live(place, "tolerant")).expansion["podTemplate"];
      expect(JSON.stringify(pod)).to.include("example.com/other");
      for (let round = 0; round < 3; round++) expect(await engines.flux.apply([object])).to.deep.equal(["unchanged"]);
      expect(other.calls()).to.be.greaterThan(0);
    } finally {
      await other.stop();
    }
  });

  it("rule 15: the same object whether another webhook comes before or after ours", async () => {
    const results: JsonObject[] = [];
    const place = await namespace("order");
    for (const name of ["aa-before-ours", "zz-after-ours"]) {
      const other = await startOtherWebhook(name, place, labelling);
      try {
        await kubectlWith("apply", inGit(place, "ordered"));
        results.push(withoutServerFields(await live(place, "ordered")));
        await removed(place, "ordered");
      } finally {
        await other.stop();
      }
    }
    expect(results[0]).to.have.nested.property("metadata.labels.ordered", "yes");
    expect(results[0]).to.have.nested.property("expansion.workload.replicas", 2);
    expect(results[0]).to.deep.equal(results[1]);
  });

  it("rule 15: never an expansion that another webhook edits, before or after ours", async () => {
    const place = await namespace("meddling");
    for (const name of ["aa-before-ours", "zz-after-ours"]) {
      const other = await startOtherWebhook(name, place, meddling);
      try {
        const { code, stderr } = await kubectl(["create", "-f", "-"], JSON.stringify(inGit(place, name)));
        const stored = await read(pathOf(place, name));
        expect(JSON.stringify(stored ?? {}), name).to.not.include("meddled");
        if (name.startsWith("aa")) expect(stored).to.have.nested.property("expansion.preset.name", "phi-4");
        else
          expect([code, stderr]).to.satisfy(([, text]: [number, string]) =>
            text.includes("another webhook changed it"),
          );
      } finally {
        await other.stop();
      }
    }
  });

  it("rule 16: no call for no-op applies, for deletion, or for the reconciler's own writes", async () => {
    const { engines, place } = given();
    const object = inGit(place, "quiet");
    await engines.flux.apply([object]);
    const looks = async () => {
      for (let i = 0; i < DRY_RUNS; i++) expect(await engines.flux.diff(object)).to.equal("unchanged");
    };
    expect(await callsFor("quiet", looks), `${DRY_RUNS} dry runs of Flux`).to.equal(0);
    const finalizers = { metadata: { finalizers: [FINALIZER] } };
    const own = ["patch", "workspace", "quiet", "-n", place, "--type=merge", "-p", JSON.stringify(finalizers)];
    expect(await callsFor("quiet", () => mustKubectl([...own, `--as=${RECONCILER}`])), "its finalizer").to.equal(0);
    const ending = async () => {
      await mustKubectl(["delete", "workspace", "quiet", "-n", place, "--wait=false"]);
      await patch(place, "quiet", { metadata: { labels: { last: "words" } } });
      await patch(place, "quiet", { metadata: { finalizers: null } });
    };
    expect(await callsFor("quiet", ending), "on its way out").to.equal(0);
  });

  it("rule 17: status, finalizers and deletion do not pass through us", async () => {
    const { webhook, place } = given();
    await kubectlWith("apply", inGit(place, "passes"));
    await webhook.stop();
    try {
      const path = pathOf(place, "passes");
      const body = { status: { observedGeneration: 1 } };
      await cluster().api.must({ method: "PATCH", path: `${path}/status`, body });
      await patch(place, "passes", { metadata: { finalizers: ["example.com/hold"] } });
      await mustKubectl(["delete", "workspace", "passes", "-n", place, "--wait=false"]);
      await patch(place, "passes", { metadata: { finalizers: null } });
      expect(await read(path)).to.equal(undefined);
    } finally {
      await webhook.start();
    }
  });

  it("rule 18: down, it blocks nothing that runs, and needs nobody to recover", async () => {
    const { engines, webhook, place } = given();
    const object = inGit(place, "running");
    await engines.flux.apply([object]);
    const before = await live(place, "running");
    await webhook.stop();
    try {
      expect(await engines.flux.apply([object])).to.deep.equal(["unchanged"]);
      await kubectlWith("create", deployment(place));
      await mustKubectl(["scale", "deployment", "beside", "-n", place, "--replicas=2"]);
      for (const system of ["kube-system", "foresail-system"]) {
        const path = `${collectionOf(system)}?dryRun=All`;
        await cluster().api.must({ method: "POST", path, body: inGit(system, "ours") });
      }
      const denied = await engines.flux.refusal([inGit(place, "running", {}, replicas(2))], { force: true });
      expect(denied, "an input does need it").to.include("mutate.foresail.dev");
      expect((await live(place, "running")).metadata.uid).to.equal(before.metadata.uid);
    } finally {
      await webhook.start();
    }
    expect(await engines.flux.apply([inGit(place, "running", {}, replicas(2))])).to.deep.equal(["configured"]);
    expect(await live(place, "running")).to.have.nested.property("expansion.workload.replicas", 2);
  });
});

const replicas = (count: number): JsonObject => ({ annotations: { "foresail.dev/replicas": String(count) } });

/** Adds a toleration to a template that lacks it, as a policy engine does. */
function tolerating(object: JsonObject): readonly Operation[] {
  const { inference } = object as { readonly inference?: { readonly template?: { readonly spec?: JsonObject } } };
  const spec = inference?.template?.spec;
  if (spec === undefined || spec["tolerations"] !== undefined) return [];
  const value = [{ key: "example.com/other", operator: "Exists" }];
  return [{ op: "add", path: "/inference/template/spec/tolerations", value }];
}

/** Writes a pod of its own into the expansion, or an expansion where there is none. */
function meddling(object: JsonObject): readonly Operation[] {
  const podTemplate = { metadata: { labels: { by: "meddled" } }, spec: { hostPID: true, containers: [] } };
  const expansion = isObject(object["expansion"]) ? object["expansion"] : FORGED;
  return [{ op: "add", path: "/expansion", value: { ...expansion, podTemplate } }];
}

const FORGED = {
  catalog: "2026.11.0",
  inputsHash: `sha256:${"0".repeat(64)}`,
  nodeCount: 1,
  nodes: { provision: true, placement: "dedicated", capacityTypes: ["on-demand"], storageGiB: 1 },
  workload: { kind: "Deployment", name: "m", replicas: 1 },
};

/** States an input where there is none, and a label. */
function labelling(object: JsonObject): readonly Operation[] {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  if (isObject(metadata["labels"]) || !isObject(metadata["annotations"])) return [];
  return [
    { op: "add", path: "/metadata/labels", value: { ordered: "yes" } },
    { op: "add", path: "/metadata/annotations/foresail.dev~1replicas", value: "2" },
  ];
}

function withoutServerFields(object: JsonObject): JsonObject {
  const {
    uid: _,
    resourceVersion: __,
    creationTimestamp: ___,
    managedFields: ____,
    ...metadata
  } = object["metadata"] as JsonObject;
  // The manifest as it was applied, api version included.
  const { "kubectl.kubernetes.io/last-applied-configuration": _____, ...annotations } = (metadata["annotations"] ??
    {}) as JsonObject;
  return { ...object, metadata: { ...metadata, annotations } };
}

function deployment(place: string): JsonObject {
  const labels = { app: "beside" };
  const spec = { containers: [{ name: "server", image: "registry.example/server:1" }] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "beside", namespace: place },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
