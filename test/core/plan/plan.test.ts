import { expect } from "chai";
import { describe, it } from "mocha";
import type { Plan } from "../../../src/core/action.ts";
import { nodeOf } from "../../../src/core/capacity/pod.ts";
import { expand } from "../../../src/core/expand.ts";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { leaving } from "../../../src/core/plan/live.ts";
import { FINALIZER, plan } from "../../../src/core/plan.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { A100, claim, H100, NOW, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import {
  accepted,
  admitted,
  catalogue,
  condition,
  ownedPod,
  resized,
  running,
  settled,
  shown,
  statusIn,
  told,
  unaccepted,
  world,
} from "./worlds.ts";

const STATEFUL = { nodeCount: 2, workload: { kind: "StatefulSet", name: "phi", replicas: 1 } } as const;

function tuning(changed: Partial<Expansion> = {}): Workspace {
  const { inference: _, ...made } = admitted({ workload: { kind: "Job", name: "phi" }, ...changed });
  const { service: __, ...expanded } = made.expansion ?? expansion;
  return accepted({ ...made, expansion: { ...expanded, inputsHash: inputsHash(made) } });
}

function deleted(object: Workspace): Workspace {
  return { ...object, metadata: { ...object.metadata, deletionTimestamp: "2026-11-22T11:59:30Z" } };
}

function readyMessage(made: Plan): string | undefined {
  return statusIn(made)?.conditions?.find(({ type }) => type === "Ready")?.message;
}

describe("plan", () => {
  describe("before anything is created", () => {
    it("adds the finalizer and nothing else", () => {
      const fresh = admitted();
      const { finalizers: _, ...metadata } = fresh.metadata;
      expect(shown(plan(world({ workspace: { ...fresh, metadata } }), catalogue).actions)).to.deep.equal([
        "addFinalizer",
      ]);
    });

    it("asks admission again for a missing expansion", () => {
      const { expansion: _, ...without } = admitted();
      const made = plan(world({ workspace: without }), catalogue);
      expect(shown(made.actions)).to.deep.equal([
        "applyStatus",
        "event Normal ExpansionMissing",
        "addFinalizer",
        "requeue 15000",
      ]);
    });

    it("writes nothing at all beside KAITO's controller", () => {
      const made = plan({ ...running(), kaito: "kube-system/kaito" }, catalogue);
      expect(made.actions).to.deep.equal([]);
      expect(made.reasons[0]?.message).to.contain("kube-system/kaito");
    });

    it("creates nothing for an expansion that was made from other inputs", () => {
      const forged = { ...admitted(), expansion: { ...expansion, inputsHash: `sha256:${"f".repeat(64)}` } };
      const made = plan(world({ workspace: forged }), catalogue);
      expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Warning ExpansionNotOurs"]);
      expect(condition(made, "Stalled")).to.equal("True ExpansionNotOurs");
    });

    it("creates nothing for an expansion that its own catalogue would not give", () => {
      const ours = loadCatalogue();
      const stated: Workspace = {
        apiVersion: "kaito.sh/v1beta1",
        kind: "Workspace",
        metadata: { name: "phi", namespace: "models", uid: "u", generation: 1, finalizers: [FINALIZER] },
        resource: { count: 1, instanceType: A100, labelSelector: { matchLabels: { apps: "phi" } } },
        inference: { preset: { name: "phi-4", accessMode: "public" } },
      };
      const made = expand(stated, ours).expansion;
      if (made === undefined) throw new Error("the example does not expand");
      const good = plan(world({ workspace: { ...stated, expansion: made } }), ours);
      expect(shown(good.actions)).to.include("apply Deployment/phi");
      const podTemplate = { ...made.podTemplate, spec: { containers: [{ name: "x", image: "evil" }] } };
      const bad = plan(world({ workspace: { ...stated, expansion: { ...made, podTemplate } } }), ours);
      expect(shown(bad.actions)).to.deep.equal(["applyStatus", "event Warning ExpansionNotOurs"]);
    });

    it("waits with an expansion of a release it does not carry, unless it has compared it before", () => {
      const { status: _, ...stored } = admitted();
      const made = plan(unaccepted({ workspace: stored }), catalogue);
      expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Normal ReleaseNotCarried"]);
      expect(condition(made, "Reconciling")).to.equal("True ReleaseNotCarried");
      expect(shown(plan(world({ workspace: admitted() }), catalogue).actions)).to.include("apply Deployment/phi");
      const { acceptedExpansion } = admitted().status ?? {};
      const forged = { ...admitted({ instanceType: H100 }), status: { acceptedExpansion } } as Workspace;
      expect(shown(plan(unaccepted({ workspace: forged }), catalogue).actions)).to.deep.equal([
        "applyStatus",
        "event Normal ReleaseNotCarried",
      ]);
    });

    it("leaves an object of somebody else alone and says whose name is taken", () => {
      const foreign: JsonObject = { apiVersion: "v1", kind: "Service", metadata: { name: "phi", namespace: "models" } };
      const made = plan(world({ children: [foreign] }), catalogue);
      expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Warning NameTaken", "requeue 60000"]);
      expect(statusIn(made)?.conditions?.[0]?.message).to.contain("Service phi");
    });
  });

  describe("of a new Workspace", () => {
    it("applies what pods need before the pods, and the size by itself", () => {
      expect(shown(plan(world(), catalogue).actions)).to.deep.equal([
        "apply Service/phi",
        "apply Service/phi-headless",
        "apply NetworkPolicy/phi",
        "apply Deployment/phi",
        "applyReplicas Deployment/phi",
        "applyStatus",
        "event Normal Creating",
      ]);
    });

    it("starts a paused one with no pod", () => {
      const paused = admitted({ workload: { ...expansion.workload, replicas: 0 } });
      const action = plan(world({ workspace: paused }), catalogue).actions.find(
        (one) => one.kind === "apply" && one.object["kind"] === "Deployment",
      );
      expect(action?.kind === "apply" && (action.object["spec"] as JsonObject)["replicas"]).to.equal(0);
    });

    it("asks for a node when its pod cannot be scheduled", () => {
      const owner = admitted();
      const made = plan(world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")] }), catalogue);
      expect(shown(made.actions)).to.deep.equal(["createClaim", "applyStatus", "event Normal WaitingForCapacity"]);
      expect(condition(made, "Reconciling")).to.equal("True WaitingForCapacity");
      expect(condition(made, "Ready")).to.equal("Unknown WaitingForCapacity");
      expect(statusIn(made)?.state).to.equal("Pending");
    });

    it("waits for the user's ConfigMap", () => {
      const owner = admitted();
      const named = { ...owner, inference: { ...owner.inference, config: "mine" } };
      const withHash = { ...named, expansion: { ...expansion, inputsHash: "" } };
      const hashed = { ...withHash, expansion: { ...expansion, inputsHash: inputsHash(withHash) } };
      const made = plan(world({ workspace: hashed }), catalogue);
      expect(shown(made.actions)).not.to.include("apply Deployment/phi");
      expect(condition(made, "Stalled")).to.equal("True ConfigMissing");
    });
  });

  describe("of a running Workspace", () => {
    it("says so in every dialect", () => {
      const made = plan(running(), catalogue);
      expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Normal Running"]);
      const types = ["Ready", "WorkspaceReady", "NodeClaimReady", "NodesReady", "ResourceReady", "InferenceReady"];
      for (const type of types) expect(condition(made, type), type).to.match(/^True /);
      for (const type of ["Stalled", "Reconciling"]) expect(condition(made, type)).to.equal("absent");
      expect(statusIn(made)).to.deep.include({ state: "Ready", observedGeneration: 1, workerNodes: ["n1"] });
      expect(statusIn(made)?.nodes).to.deep.equal([
        { name: "n1", claim: "c1", instanceType: A100, zone: "eastus-1", capacityType: "on-demand", ready: true },
      ]);
    });

    it("calls a node ready when it is Ready and offers its GPUs, whatever its claim says yet", () => {
      const facts = running();
      const ready = (nodes: readonly JsonObject[]) =>
        statusIn(plan({ ...facts, claims: [claim("c1")], nodes }, catalogue))?.nodes?.[0]?.ready;
      const { status, ...rest } = node("n1");
      const without = { ...rest, status: { ...(status as JsonObject), allocatable: { cpu: "24" } } };
      expect(ready([node("n1")])).to.equal(true);
      expect(ready([without])).to.equal(false);
      expect(ready([node("n1", { ready: false })])).to.equal(false);
    });

    it("does nothing once that is written, also later", () => {
      const done = told(running());
      expect(plan(done, catalogue).actions).to.deep.equal([]);
      expect(plan({ ...done, nowMs: NOW + 86_400_000 }, catalogue).actions).to.deep.equal([]);
    });

    it("repairs a child that somebody changed or deleted", () => {
      const done = told(running());
      const without = done.children.filter((one) => one["kind"] !== "NetworkPolicy");
      expect(shown(plan({ ...done, children: without }, catalogue).actions)).to.deep.equal(["apply NetworkPolicy/phi"]);
    });

    it("takes new replicas to the workload without touching the template", () => {
      const more = admitted({ workload: { ...expansion.workload, replicas: 2 } });
      const made = plan({ ...running(more), children: settled(more, 1) }, catalogue);
      expect(shown(made.actions)).to.deep.include("applyReplicas Deployment/phi");
      expect(shown(made.actions)).not.to.include("apply Deployment/phi");
    });

    it("leaves the size to others when told so", () => {
      const { replicas: _, ...workload } = expansion.workload;
      const external = admitted({ workload });
      const made = plan({ ...running(external), children: settled(external, 3) }, catalogue);
      expect(shown(made.actions).filter((one) => one.startsWith("apply "))).to.deep.equal([]);
      expect(shown(made.actions)).not.to.include("applyReplicas Deployment/phi");
    });

    it("rolls a template for which the nodes are there at once", () => {
      const changed = admitted({
        podTemplate: { ...expansion.podTemplate, metadata: { labels: { "kaito.sh/workspace": "phi", a: "b" } } },
      });
      const made = plan({ ...running(), workspace: changed }, catalogue);
      expect(shown(made.actions)).to.include("apply Deployment/phi");
    });

    it("gets the node of a new size before the old pod is touched", () => {
      const before = { ...running(), workspace: resized() };
      const first = plan(before, catalogue);
      expect(shown(first.actions)).to.include("createClaim").and.not.include("apply Deployment/phi");
      expect(condition(first, "InferenceReady")).to.match(/^True/);
      expect(condition(first, "Ready")).to.equal("Unknown RolloutWaitingForCapacity");
      const claims = [...before.claims, claim("c2", { node: "n2", size: H100 })];
      const bigger = JSON.parse(JSON.stringify(node("n2")).replaceAll(A100, H100)) as JsonObject;
      const second = plan({ ...before, claims, nodes: [...before.nodes, bigger] }, catalogue);
      expect(shown(second.actions)).to.include("apply Deployment/phi").and.not.include("createClaim");
    });

    it("replaces a workload of the wrong kind: first delete, then create", () => {
      const stateful = admitted(STATEFUL);
      const first = plan({ ...running(), workspace: stateful }, catalogue);
      expect(shown(first.actions)).to.include("delete Deployment/phi Foreground");
      expect(shown(first.actions)).not.to.include("apply StatefulSet/phi");
    });

    it("replaces the pods of a StatefulSet together", () => {
      const owner = admitted(STATEFUL);
      const children = settled(owner, 2).map((one) =>
        one["kind"] === "StatefulSet" ? { ...one, status: { observedGeneration: 1, updateRevision: "new" } } : one,
      );
      const old = ["phi-0", "phi-1"].map((name, i) => {
        const made = ownedPod(name, { nodeName: `n${i}`, ready: true });
        const metadata = made["metadata"] as JsonObject;
        const labels = { ...(metadata["labels"] as JsonObject), "controller-revision-hash": "old" };
        const ownerReferences = [{ kind: "StatefulSet", name: "phi", uid: "uid-workload", controller: true }];
        return { ...made, metadata: { ...metadata, labels, ownerReferences } };
      });
      const metadata = {
        ...(old[0]?.["metadata"] as JsonObject),
        name: "theirs",
        ownerReferences: [{ uid: "uid-theirs" }],
      };
      const made = plan(world({ workspace: owner, children, pods: [...old, { ...old[0], metadata }] }), catalogue);
      expect(shown(made.actions)).to.include.members(["delete Pod/phi-0 Background", "delete Pod/phi-1 Background"]);
      expect(shown(made.actions)).not.to.include("delete Pod/theirs Background");
    });

    it("is paused and ready at replicas 0, and gives the node back after the grace period", () => {
      const owner = admitted({ workload: { ...expansion.workload, replicas: 0 } });
      const paused = { ...running(owner), children: settled(owner, 0), pods: [] };
      const first = plan(paused, catalogue);
      expect(condition(first, "Ready")).to.equal("True Paused");
      expect(readyMessage(first)).to.equal("paused by foresail.dev/replicas: 0");
      expect(condition(first, "ResourceReady")).to.match(/^True/);
      expect(first.emptyClaims).to.deep.equal(["c1"]);
      expect(shown(first.actions)).to.include("requeue 300000").and.not.include("deleteClaim c1");
      const later = plan({ ...paused, emptySinceMs: { c1: NOW - 300_000 } }, catalogue);
      expect(shown(later.actions)).to.include("deleteClaim c1");
    });

    it("is paused, too, where an autoscaler scaled it to nothing, and says who did", () => {
      const { replicas: _, ...workload } = expansion.workload;
      const owner = admitted({ workload });
      const paused = plan({ ...running(owner), children: settled(owner, 0), pods: [] }, catalogue);
      expect(condition(paused, "Ready")).to.equal("True Paused");
      expect(readyMessage(paused)).to.equal("scaled to 0 by what scales the workload");
    });

    it("keeps a node whose pod is still to come, however long", () => {
      const owner = admitted();
      const waiting = { ...running(owner), pods: [], emptySinceMs: { c1: 0 } };
      expect(shown(plan(waiting, catalogue).actions)).not.to.include("deleteClaim c1");
    });

    it("tells of a refusal of the API server first and tries again", () => {
      const made = plan(world({ failure: "Service phi: forbidden by quota" }), catalogue);
      expect(shown(made.actions)[0]).to.equal("applyStatus");
      expect(condition(made, "Reconciling")).to.equal("True ApplyFailed");
      expect(shown(made.actions)).to.include("apply Service/phi");
    });

    it("remembers what a vanished claim was refused for", () => {
      const owner = admitted();
      const refused = {
        ...claim("c1"),
        status: { conditions: [{ type: "Launched", status: "Unknown", reason: "SKUNotAvailable", message: "none" }] },
      };
      const made = plan(
        world({
          workspace: owner,
          children: settled(owner),
          pods: [ownedPod("phi-1")],
          vanished: [{ claim: refused, goneMs: NOW }],
        }),
        catalogue,
      );
      expect(shown(made.actions)).not.to.include("createClaim");
      expect(condition(made, "Reconciling")).to.equal("True OutOfStock");
      expect(statusIn(made)?.attempts).to.have.length(1);
    });
  });

  describe("says why a pod does not run", () => {
    const waitingFor = (reason: string, last?: JsonObject) => ({
      name: "model",
      ready: false,
      restartCount: 3,
      state: { waiting: { reason, message: `said ${reason}` } },
      ...(last === undefined ? {} : { lastState: { terminated: last } }),
    });
    const crash = { reason: "Error", exitCode: 1 };
    const killed = { reason: "OOMKilled", exitCode: 137 };
    const table: readonly (readonly [string, JsonObject, string, string])[] = [
      ["an image that cannot be pulled", waitingFor("ImagePullBackOff"), "ImagePullFailed", "ImagePullError"],
      ["a crash loop", waitingFor("CrashLoopBackOff", crash), "CrashLooping", "ContainerCrashLoopBackOff"],
      ["memory", waitingFor("CrashLoopBackOff", killed), "OutOfMemory", "ContainerOOMKilled"],
      [
        "a container of wrong config",
        waitingFor("CreateContainerConfigError"),
        "ContainerNotStarted",
        "ContainerStartError",
      ],
    ];
    for (const [title, status, reason, kaito] of table) {
      it(title, () => {
        const facts = running();
        const made = plan({ ...facts, pods: [ownedPod("phi-1", { nodeName: "n1", statuses: [status] })] }, catalogue);
        expect(condition(made, "InferenceReady")).to.equal(`False ${kaito}`);
        expect(condition(made, "Ready")).to.equal(`False ${reason}`);
        expect(shown(made.actions)).to.include(`event Warning ${reason}`);
      });
    }

    it("a refusal at creation", () => {
      const owner = admitted();
      const message = 'pods "phi-1" is forbidden: exceeded quota: gpus';
      const children = settled(owner).map((one) =>
        one["kind"] === "Deployment"
          ? {
              ...one,
              status: { observedGeneration: 1, conditions: [{ type: "ReplicaFailure", status: "True", message }] },
            }
          : one,
      );
      const made = plan(world({ workspace: owner, children }), catalogue);
      expect(condition(made, "Reconciling")).to.equal("True PodRefused");
      expect(statusIn(made)?.conditions?.[0]?.message).to.contain(
        `ResourceQuota gpus refuses the pod: ${message}; next: `,
      );
    });

    it("and the moment of the last change stays while the status does", () => {
      const owner = admitted();
      const facts = world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")] });
      const first = told(facts);
      const second = told({ ...first, nowMs: NOW + 60_000, claims: [claim("c1")] });
      const time = (one: typeof first) =>
        one.workspace?.status?.conditions?.find((c) => c.type === "ResourceReady")?.lastTransitionTime;
      expect(time(second)).to.equal(time(first));
      expect(second.workspace?.status).not.to.deep.equal(first.workspace?.status);
    });
  });

  describe("of a tuning Workspace", () => {
    const job = (owner: Workspace, status: JsonObject): readonly JsonObject[] =>
      settled(owner).map((one) => (one["kind"] === "Job" ? { ...one, status } : one));
    const complete = { conditions: [{ type: "Complete", status: "True" }] };

    it("creates the Job once", () => {
      const made = plan(world({ workspace: tuning() }), catalogue);
      expect(shown(made.actions)).to.include("apply Job/phi").and.not.include("applyReplicas Job/phi");
    });

    it("is complete with the Job, and stays so when the Job is deleted", () => {
      const owner = tuning();
      const done = told(world({ workspace: owner, children: job(owner, complete) }));
      expect(done.workspace?.status?.state).to.equal("Succeeded");
      const gone = { ...done, children: done.children.filter((one) => one["kind"] !== "Job") };
      expect(plan(gone, catalogue).actions).to.deep.equal([]);
    });

    it("runs again when an input changes", () => {
      const owner = tuning();
      const done = told(world({ workspace: owner, children: job(owner, complete) }));
      const changed = { ...done.workspace, expansion: { ...owner.expansion, inputsHash: "" } } as Workspace;
      const annotated = { ...changed.metadata, annotations: { "foresail.dev/zones": "1" } };
      const again = { ...changed, metadata: annotated } as Workspace;
      const hashed = { ...again, expansion: { ...again.expansion, inputsHash: inputsHash(again) } } as Workspace;
      const made = plan({ ...done, workspace: accepted(hashed) }, catalogue);
      expect(shown(made.actions)).to.include("delete Job/phi Foreground");
    });

    it("that failed is stalled", () => {
      const owner = tuning();
      const failed = job(owner, { conditions: [{ type: "Failed", status: "True" }] });
      const made = plan(world({ workspace: owner, children: failed }), catalogue);
      expect(condition(made, "Stalled")).to.equal("True TrainingFailed");
      expect(condition(made, "WorkspaceSucceeded")).to.equal("False workspaceFailed");
      expect(statusIn(made)?.state).to.equal("Failed");
    });

    it("has started when its pod runs", () => {
      const owner = tuning();
      const facts = {
        workspace: owner,
        children: job(owner, { active: 1 }),
        pods: [ownedPod("phi-1", { nodeName: "n1", ready: true })],
        nodes: [node("n1")],
        claims: [claim("c1", { node: "n1" })],
      };
      const made = plan(world(facts), catalogue);
      expect(condition(made, "JobStarted")).to.equal("True WorkspaceTuningJobStatusStarted");
      expect(condition(made, "ResourceReady")).to.match(/^True/);
      expect(statusIn(made)?.state).to.equal("Running");
    });
  });

  describe("of a deleted Workspace", () => {
    it("takes down workload, pods, claims and finalizer, one after the other", () => {
      const facts = running(deleted(admitted()));
      const steps: string[] = [];
      const step = (world: typeof facts) => {
        const made = shown(plan(world, catalogue).actions).filter((one) => one !== "applyStatus");
        steps.push(...made.filter((one) => !one.startsWith("requeue")));
      };
      step(facts);
      const noWorkload = { ...facts, children: facts.children.filter((one) => one["kind"] !== "Deployment") };
      step(noWorkload);
      expect(nodeOf(noWorkload.pods[0] ?? {})).to.equal("n1");
      const noPods = { ...noWorkload, pods: [] };
      step(noPods);
      step({ ...noPods, claims: [] });
      expect(steps).to.deep.equal(["delete Deployment/phi Foreground", "deleteClaim c1", "removeFinalizer"]);
    });

    it("does not wait for ever for pods of a node that died", () => {
      const facts = { ...running(deleted(admitted())), children: [], nowMs: NOW + 11 * 60_000 };
      expect(shown(plan(facts, catalogue).actions)).to.include("deleteClaim c1");
    });

    it("says what holds the end of its nodes up, in the words of the claim", () => {
      const condition = (type: string, status: string, reason: string, message: string) => ({
        type,
        status,
        reason,
        message,
      });
      const told = (...conditions: JsonObject[]): string => {
        const [made] = running().claims;
        const claims = [{ ...made, status: { conditions } }];
        const facts = { ...running(deleted(admitted())), children: [], pods: [], claims };
        return plan(facts, catalogue).reasons[0]?.message ?? "";
      };
      const waits = "waiting for the nodes of NodeClaim c1 to go";
      const drained = condition("Drained", "True", "Drained", "");
      expect(told()).to.equal(waits);
      expect(told(condition("Drained", "Unknown", "Draining", "2 pods are left"))).to.equal(
        `${waits}; c1: Draining: 2 pods are left`,
      );
      expect(told(drained, condition("InstanceTerminating", "Unknown", "AuthorizationFailed", "no right"))).to.equal(
        `${waits}; c1: AuthorizationFailed: no right`,
      );
      expect(told(drained, condition("InstanceTerminating", "True", "InstanceTerminating", ""))).to.equal(waits);
    });

    it("N25: waits as long for its pods when the clock was set by an hour", () => {
      const facts = { ...running(deleted(admitted())), children: [], nowMs: NOW + 60 * 60_000 };
      const seen = (minutes: number) => {
        const leavingSinceMs = Object.fromEntries(leaving(facts).map((name) => [name, facts.nowMs - minutes * 60_000]));
        return shown(plan({ ...facts, leavingSinceMs }, catalogue).actions);
      };
      expect(seen(1)).to.include("requeue 540000").and.not.include("deleteClaim c1");
      expect(seen(10)).to.include("deleteClaim c1");
    });

    it("leaves shared nodes to the Workspaces that share them", () => {
      const shared = admitted({ nodes: { ...expansion.nodes, share: "abc" } });
      const labels = { "foresail.dev/share": "abc" };
      const claims = [{ ...claim("c1", { node: "n1" }), metadata: { name: "c1", uid: "uid-c1", labels } }];
      const facts = { ...running(deleted(shared)), children: [], pods: [], claims, sharers: 1 };
      expect(shown(plan(facts, catalogue).actions)).to.deep.equal(["removeFinalizer"]);
    });

    it("that is gone leaves no claim behind", () => {
      const { workspace: _, ...facts } = running();
      expect(shown(plan({ ...facts, pods: [] }, catalogue).actions)).to.deep.equal(["deleteClaim c1"]);
    });
  });
});
