import { conditionAt, textAt } from "../../../src/core/capacity/fields.ts";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { type Workspace, workspaceSchema } from "../../../src/core/kinds/workspace.ts";
import { withDefaults } from "../../../src/core/schema.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, NOW, node } from "../../core/capacity/facts.ts";
import { boundTo, mounting, ZONE } from "../../core/capacity/volume-objects.ts";
import { expansion } from "../../core/children/workspaces.ts";
import { admitted, ownedPod, running, settled, told, unaccepted, world } from "../../core/plan/worlds.ts";
import { claimWith, gpulessNode } from "../../core/status/situations.ts";
import type { Meaning, State } from "./state.ts";

/** The states of a Workspace that Foresail runs; the status of each is what the planner tells in such a world. */
export function foresailStates(): readonly State[] {
  return [...starting(), ...serving(), ...inTrouble(), ...stalled(), ...tuningStates(), ...leaving()];
}

function state(name: string, meaning: Meaning, facts: World): State {
  const { workspace } = told(facts);
  if (workspace === undefined) throw new Error(`${name} has no Workspace`);
  return stateOf(name, meaning, workspace);
}

/** The object as an engine reads it, less what has nothing to do with health. */
function stateOf(name: string, meaning: Meaning, workspace: Workspace): State {
  const { expansion: _, ...rest } = workspace;
  const { labels: __, annotations: ___, ...metadata } = rest.metadata;
  const object = withDefaults({ ...rest, metadata }, workspaceSchema.json) as JsonObject;
  const reason = textAt(conditionAt(object, "Stalled"), "reason");
  return { name: `foresail_${name}`, meaning, object, ...(reason === undefined ? {} : { stalled: reason }) };
}

/** Git has changed it, and nobody has looked yet. */
function changed(name: string, facts: World): State {
  const { workspace } = told(facts);
  if (workspace === undefined) throw new Error(`${name} has no Workspace`);
  return stateOf(name, "working", { ...workspace, metadata: { ...workspace.metadata, generation: 2 } });
}

function starting(): readonly State[] {
  const owner = admitted();
  const { finalizers: _, ...metadata } = owner.metadata;
  const { expansion: __, status: ___, ...unexpanded } = owner;
  const { status: _status, ...uncompared } = owner;
  const waiting = { workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")] };
  const refused = {
    Launched: { type: "Launched", status: "Unknown", reason: "SKUNotAvailable", message: "none left" },
  };
  const vanished = { ...claim("c1"), status: { conditions: [refused.Launched] } };
  const loading = {
    name: "model",
    ready: false,
    restartCount: 0,
    state: { running: { startedAt: "2026-11-22T11:59:00Z" } },
  };
  return [
    stateOf("just_created", "working", { ...unexpanded, metadata }),
    state("without_expansion", "working", world({ workspace: unexpanded })),
    state("release_not_carried", "working", unaccepted({ workspace: uncompared })),
    state("creating", "working", world()),
    state("waiting_for_capacity", "working", world(waiting)),
    state("out_of_stock", "working", world({ ...waiting, vanished: [{ claim: vanished, goneMs: NOW }] })),
    state("pulling_image", "working", { ...running(), pods: [ownedPod("phi-1", { nodeName: "n1" })] }),
    state("loading_model", "working", {
      ...running(),
      pods: [ownedPod("phi-1", { nodeName: "n1", statuses: [loading] })],
    }),
  ];
}

function serving(): readonly State[] {
  const other = { ...expansion.podTemplate, metadata: { labels: { "kaito.sh/workspace": "phi", a: "b" } } };
  const bigger = JSON.parse(JSON.stringify(expansion.podTemplate).replaceAll(A100, H100)) as JsonObject;
  const paused = admitted({ workload: { ...expansion.workload, replicas: 0 } });
  return [
    state("serving", "healthy", running()),
    changed("changed_while_serving", running()),
    state("serving_on_other_nodes_than_stated", "healthy", {
      ...running(admitted({ nodes: { ...expansion.nodes, provision: false } })),
      ownNodes: [],
    }),
    state("rolling_out", "working", { ...running(), workspace: admitted({ podTemplate: other }) }),
    state("rolling_out_to_a_larger_node", "working", {
      ...running(),
      workspace: admitted({ instanceType: H100, podTemplate: bigger }),
    }),
    state("paused", "healthy", { ...running(paused), children: settled(paused, 0), pods: [] }),
  ];
}

function inTrouble(): readonly State[] {
  const crashed = (reason: string, exit?: JsonObject, message = `${reason}: of the model server`): World => {
    const waiting = { reason, message };
    const last = exit === undefined ? {} : { lastState: { terminated: exit } };
    const container = { name: "model", ready: false, restartCount: 3, state: { waiting }, ...last };
    return { ...running(), pods: [ownedPod("phi-1", { nodeName: "n1", statuses: [container] })] };
  };
  const evicted = ownedPod("phi-1", { nodeName: "n1" });
  const left = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." };
  const owner = admitted();
  const message = 'pods "phi-1" is forbidden: exceeded quota: gpus';
  const policy = 'pods "phi-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true';
  const refusing = (words: string): readonly JsonObject[] => {
    const conditions = [{ type: "ReplicaFailure", status: "True", message: words }];
    return settled(owner).map((one) =>
      one["kind"] === "Deployment" ? { ...one, status: { observedGeneration: 1, conditions } } : one,
    );
  };
  return [
    state("secret_missing", "failed", crashed("CreateContainerConfigError", undefined, 'secret "hf-token" not found')),
    state("model_access_denied", "failed", crashed("CrashLoopBackOff", { exitCode: 1, message: "401 Client Error." })),
    state("image_not_pulled", "trouble", crashed("ImagePullBackOff")),
    state("crash_loop", "trouble", crashed("CrashLoopBackOff", { reason: "Error", exitCode: 1 })),
    state("out_of_memory", "trouble", crashed("CrashLoopBackOff", { reason: "OOMKilled", exitCode: 137 })),
    state("not_started", "trouble", crashed("CreateContainerConfigError")),
    state("evicted", "trouble", { ...running(), pods: [{ ...evicted, status: left }] }),
    state("pods_refused", "working", world({ workspace: owner, children: refusing(message) })),
    state("pods_refused_by_policy", "failed", world({ workspace: owner, children: refusing(policy) })),
    state("child_refused", "working", world({ failure: "Service phi: forbidden by a policy" })),
    state("predecessor_is_leaving", "working", world({ children: [service("uid-of-before", "phi")] })),
  ];
}

function service(uid: string, owner: string): JsonObject {
  const ownerReferences = [{ apiVersion: "kaito.sh/v1beta1", kind: "Workspace", name: owner, uid, controller: true }];
  return { apiVersion: "v1", kind: "Service", metadata: { name: "phi", namespace: "models", ownerReferences } };
}

const UNKNOWN_SIZE = "Standard_NC1_own";

function stalled(): readonly State[] {
  const owner = admitted();
  const forged = { ...owner, expansion: { ...expansion, inputsHash: `sha256:${"f".repeat(64)}` } };
  const naming = withInputs({ ...owner, inference: { ...owner.inference, config: "mine" } });
  const conflict = { data: { "inference_config.yaml": "vllm: [unclosed" } };
  const ceiling = admitted({ nodes: { ...expansion.nodes, maxHourlyPriceUsd: 1 } });
  const spec = JSON.stringify(expansion.podTemplate["spec"]);
  const onUnknownSize = JSON.parse(spec.replaceAll(A100, UNKNOWN_SIZE)) as JsonObject;
  const quota =
    "exceeding approved standardNCADSA100v4Family Cores quota. Current Limit: 0, Current Usage: 0, Additional Required: 24";
  const until = "2026-11-22T13:00:00Z";
  const withAttempt = (message: string): Workspace =>
    admitted(
      {},
      {
        attempts: [{ instanceType: A100, capacityType: "on-demand", reason: "FamilyQuotaExceeded", message, until }],
      },
    );
  const waiting = (workspace: Workspace): World =>
    world({ workspace, children: settled(workspace), pods: [ownedPod("phi-1")] });
  const small = { nodes: [node("n1", { memory: "100Gi" })], claims: [claim("c1", { node: "n1" })] };
  return [
    state("expansion_not_ours", "failed", world({ workspace: forged })),
    state("name_taken", "failed", world({ children: [service("uid-of-other", "other")] })),
    changed("changed_after_name_taken", world({ children: [service("uid-of-other", "other")] })),
    state("config_missing", "failed", world({ workspace: naming })),
    state("config_conflict", "failed", world({ workspace: naming, configMap: conflict })),
    state("too_expensive", "failed", waiting(ceiling)),
    state("quota_too_small", "failed", waiting(withAttempt(quota))),
    state("authorization_failed", "failed", { ...waiting(owner), claims: [refusedClaim("AuthorizationFailed")] }),
    state("invalid_request", "failed", { ...waiting(owner), claims: [refusedClaim("InvalidRequest")] }),
    state("machine_name_taken", "failed", { ...waiting(owner), claims: [refusedClaim("NameTaken")] }),
    state("no_device_plugin", "failed", {
      ...waiting(owner),
      claims: [claimWith("c1", { Launched: "2026-11-22T11:50:00Z", Registered: "2026-11-22T11:51:00Z" }, "n1")],
      nodes: [gpulessNode("n1", "2026-11-22T11:52:00Z")],
    }),
    state("pod_does_not_fit_node", "failed", { ...waiting(owner), ...small }),
    state("limit_of_unknown_price", "failed", {
      ...waiting(admitted({ instanceType: UNKNOWN_SIZE })),
      pods: [ownedPod("phi-1", { spec: onUnknownSize })],
      limits: { hourlyPriceUsd: 100 },
    }),
    state("volume_elsewhere", "failed", {
      ...waiting(admitted({ nodes: { ...expansion.nodes, zones: ["eastus-1"] } })),
      pods: [ownedPod("phi-1", { spec: mounting("w") })],
      volumes: boundTo([ZONE, "eastus-2"]),
    }),
    state("resource_claims_unsupported", "failed", {
      ...waiting(owner),
      pods: [ownedPod("phi-1", { spec: { resourceClaims: [{ name: "gpu", resourceClaimName: "one" }] } })],
    }),
  ];
}

/** One that stays and that its provider will not serve. */
function refusedClaim(reason: string): JsonObject {
  return { ...claim("c1"), status: { conditions: [{ type: "Launched", status: "False", reason, message: "no" }] } };
}

function withInputs(object: Workspace): Workspace {
  return { ...object, expansion: { ...(object.expansion ?? expansion), inputsHash: inputsHash(object) } };
}

function tuning(): Workspace {
  const { inference: _, ...made } = admitted({ workload: { kind: "Job", name: "phi" } });
  const { service: __, ...expanded } = made.expansion ?? expansion;
  const preset = { name: "phi-3", accessMode: "public" } as const;
  const stated = {
    method: "qlora",
    preset,
    input: { urls: ["https://example.test/data"] },
    output: { image: "a/b:1" },
  };
  return withInputs({ ...made, tuning: stated, expansion: expanded });
}

function tuningStates(): readonly State[] {
  const owner = tuning();
  const job = (status: JsonObject): readonly JsonObject[] =>
    settled(owner).map((one) => (one["kind"] === "Job" ? { ...one, status } : one));
  const ended = (type: string): World =>
    world({ workspace: owner, children: job({ conditions: [{ type, status: "True" }] }) });
  const there = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
  const pods = [ownedPod("phi-1", { nodeName: "n1", ready: true })];
  return [
    state("tuning_waiting", "working", world({ workspace: owner, children: job({}), pods: [ownedPod("phi-1")] })),
    state("tuning_running", "working", world({ workspace: owner, children: job({ active: 1 }), pods, ...there })),
    state("tuning_succeeded", "healthy", ended("Complete")),
    state("tuning_failed", "failed", ended("Failed")),
  ];
}

function leaving(): readonly State[] {
  const deleted = (object: Workspace): Workspace => ({
    ...object,
    metadata: { ...object.metadata, deletionTimestamp: "2026-11-22T11:59:30Z" },
  });
  const served = told(running());
  const { status: _, ...untold } = admitted();
  return [
    state("deleting", "deleting", { ...served, workspace: deleted(served.workspace ?? admitted()) }),
    stateOf("deleted_before_a_status", "deleting", deleted(untold)),
  ];
}
