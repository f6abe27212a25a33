import { expect } from "chai";
import { after, before, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { FINALIZER } from "../../../src/core/plan.ts";
import { describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { driftOf } from "./support/drift.ts";
import { type Engines, startEngines } from "./support/engines.ts";
import { cleared, inGit, kubectlWith, type Live, live, managedFields, patch } from "./support/git.ts";
import { skipWithoutGo } from "./support/gitops.ts";

const CHILDREN = ["deployment", "service", "networkpolicy"];
/** Prefixes of managers whose fields Flux takes over and prunes (kustomize-controller 1.9, its clean-up list). */
const TAKEN_OVER = /^(kubectl|before-first-apply|kustomize-controller)/;

interface Case {
  readonly status: JsonObject;
  readonly says: string;
}

const condition = (type: string, status: string): JsonObject => ({ type, status, reason: "R", message: "" });
const conditions = (...all: readonly JsonObject[]): JsonObject => ({ observedGeneration: 2, conditions: all });

/** What kstatus makes of each status; ours must be one of those where it says what we mean. */
const KSTATUS: readonly Case[] = [
  { status: {}, says: "Current" },
  { status: { observedGeneration: 1 }, says: "InProgress" },
  { status: { observedGeneration: 2 }, says: "Current" },
  { status: conditions(condition("Reconciling", "True")), says: "InProgress" },
  { status: conditions(condition("Reconciling", "True"), condition("Ready", "Unknown")), says: "InProgress" },
  { status: conditions(condition("Ready", "Unknown")), says: "InProgress" },
  { status: conditions(condition("Ready", "False")), says: "InProgress" },
  { status: conditions(condition("Ready", "True")), says: "Current" },
  { status: conditions(condition("Stalled", "True"), condition("Ready", "False")), says: "Failed" },
  { status: conditions(condition("Reconciling", "True"), condition("Stalled", "True")), says: "InProgress" },
  { status: { ...conditions(condition("Ready", "True")), observedGeneration: 1 }, says: "InProgress" },
  {
    status: conditions(condition("InferenceReady", "False"), condition("WorkspaceSucceeded", "False")),
    says: "Current",
  },
];

describeWith(["controllerManager"], "GitOps: what the reconciler writes", () => {
  let engines: Engines;
  let foresail: Foresail | undefined;
  let place: string;
  before(async function () {
    await skipWithoutGo(this);
    engines = await startEngines();
    foresail = await startForesail();
    place = await namespace("writes");
  });
  after(async () => {
    engines?.stop();
    await cleared(place);
    await foresail?.stop();
  });

  /** When the reconciler has said something about the object as it is now and its children are there. */
  const reconciled = (name: string): Promise<Live> =>
    waitFor(`${name} to be reconciled`, async () => {
      const object = await live(place, name);
      const { finalizers } = object.metadata;
      const status = object["status"];
      const held = Array.isArray(finalizers) && finalizers.length > 0;
      return held && isObject(status) && Array.isArray(status["conditions"]) ? object : undefined;
    });
  const childrenOf = async (name: string): Promise<readonly Child[]> =>
    await waitFor(`the children of ${name}`, async () => {
      const args = ["get", CHILDREN.join(","), "-n", place, "-l", `kaito.sh/workspace=${name}`];
      const list: { items: readonly Child[] } = JSON.parse(
        await mustKubectl([...args, "--show-managed-fields", "-o", "json"]),
      );
      return list.items.length >= CHILDREN.length ? list.items : undefined;
    });

  it("rule 22: never a field that git states, and nothing but finalizers and status of a Workspace", async () => {
    const drift = await driftOf(
      engines,
      (name) => inGit(place, `fields-${name}`),
      async (mode) => {
        await reconciled(`fields-${mode}`);
      },
    );
    expect(drift).to.deep.equal([]);
    const object = await live(place, "fields-flux");
    const others = managedFields(object).filter(({ manager }) => manager !== "kustomize-controller");
    expect(others.length, "its finalizer and status").to.be.at.least(2);
    for (const { manager, subresource, fieldsV1 } of others) {
      if (subresource === "status") expect(Object.keys(fieldsV1), manager).to.deep.equal(["f:status"]);
      else
        expect(fieldsV1, manager).to.deep.equal({
          "f:metadata": { "f:finalizers": { ".": {}, [`v:"${FINALIZER}"`]: {} } },
        });
    }
  });

  it("rule 23: its managers have names of their own that Flux does not take over", async () => {
    await kubectlWith("apply", inGit(place, "managed"));
    const object = await reconciled("managed");
    const children = await childrenOf("managed");
    const names = new Set(
      [...managedFields(object).slice(1), ...children.flatMap((child) => managedFields(child))].map(
        (one) => one.manager,
      ),
    );
    names.delete("kubectl-client-side-apply");
    names.delete("kube-controller-manager");
    names.delete("deployment-controller");
    expect([...names].sort()).to.deep.equal(["foresail", "foresail-replicas"]);
    for (const name of names) expect(name).to.not.match(TAKEN_OVER);
  });

  it("rule 24: kstatus reads its status as it is meant", async () => {
    for (const { status, says } of KSTATUS) {
      const object = { ...inGit("any", "any", {}, { generation: 2 }), status };
      expect(await engines.flux.status(object), JSON.stringify(status)).to.equal(says);
    }
    await kubectlWith("create", taken(place, "stalls"));
    await engines.flux.apply([inGit(place, "stalls")]);
    const stalled = await waitFor("it to be Stalled", async () => {
      const object = await live(place, "stalls");
      return (await engines.flux.status(object)) === "Failed" ? object : undefined;
    });
    expect(trueConditions(stalled)).to.include("Stalled").and.to.not.include("Reconciling");
    const object = inGit(place, "waits", {
      resource: { instanceType: NOWHERE, labelSelector: { matchLabels: { apps: "waits" } } },
    });
    await engines.flux.apply([object]);
    await reconciled("waits");
    const seen = await live(place, "waits");
    expect(seen).to.have.nested.property("status.observedGeneration", seen.metadata.generation);
    expect(await engines.flux.status(seen)).to.equal("InProgress");
    expect(trueConditions(seen)).to.include("Reconciling").and.to.not.include("Stalled");
    const [failure] = await Promise.allSettled([engines.flux.wait([inGit(place, "stalls")], 20)]);
    expect(failure).to.have.property("status", "rejected");
    await patch(place, "waits", { metadata: { annotations: { "foresail.dev/replicas": "0" } } });
    await waitFor(
      "nothing to be wanted any more",
      async () => (await engines.flux.status(await live(place, "waits"))) === "Current",
    );
  });

  it("rule 25: children carry no mark of a GitOps tool, and their controller is the Workspace", async () => {
    const marks = {
      labels: { "app.kubernetes.io/instance": "app", "kustomize.toolkit.fluxcd.io/name": "apps", team: "a" },
      annotations: { "argocd.argoproj.io/tracking-id": "app:kaito.sh/Workspace:x/marked", note: "b" },
    };
    await kubectlWith("apply", inGit(place, "marked", {}, marks));
    const { metadata } = await reconciled("marked");
    for (const child of await childrenOf("marked")) {
      const text = JSON.stringify({ ...child, metadata: { ...child.metadata, managedFields: [] } });
      for (const mark of ["app.kubernetes.io/instance", "toolkit.fluxcd.io", "argocd.argoproj.io", "last-applied"]) {
        expect(text, `${child.kind} ${child.metadata.name}`).to.not.include(mark);
      }
      const owners = child.metadata.ownerReferences ?? [];
      expect(owners.map(({ uid, controller }) => ({ uid, controller }))).to.deep.equal([
        { uid: metadata.uid, controller: true },
      ]);
    }
  });
});

// No size of the simulation: its claims stay without a node.
const NOWHERE = "Standard_ND96isr_H100_v5";

interface Child extends JsonObject {
  readonly kind: string;
  readonly metadata: JsonObject & {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller: boolean }[];
  };
}

function trueConditions(object: JsonObject): readonly string[] {
  const status = isObject(object["status"]) ? object["status"] : {};
  const all = (status["conditions"] ?? []) as unknown as readonly { readonly type: string; readonly status: string }[];
  return all.filter((one) => one.status === "True").map(({ type }) => type);
}

/** Somebody else's Deployment of the name. */
function taken(place: string, name: string): JsonObject {
  const labels = { app: "other" };
  const spec = { containers: [{ name: "server", image: "registry.example/server:1" }] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: place },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
