import type { JsonObject } from "../../../src/core/json.ts";
import type { Fact, MachineAction, MachinePlan } from "../../../src/core/machine/action.ts";
import { TERMINATION_FINALIZER } from "../../../src/core/machine/claim-facts.ts";
import type { CloudFailure } from "../../../src/core/machine/failure.ts";
import type { Machine } from "../../../src/core/machine/machine.ts";
import { planMachine } from "../../../src/core/machine/plan-machine.ts";
import type { FailedCall, MachineWorld } from "../../../src/core/machine/world.ts";
import { changed, claim, NOW, node, pod, world } from "./facts.ts";

/** One claim and all that comes of it, as plain data: what an API server and a cloud would keep. */
export interface SmallCluster {
  claim: JsonObject | undefined;
  machine: Machine | undefined;
  nodes: readonly JsonObject[];
  pods: readonly JsonObject[];
  ms: number;
  since: Map<Fact, number>;
  failed: (FailedCall & { readonly atMs: number }) | undefined;
  /** What the cloud answers the next creation with. */
  refusal: CloudFailure | undefined;
  created: number;
}

export function smallCluster(): SmallCluster {
  const fresh = changed(claim(), { metadata: { finalizers: [], labels: { team: "a" } } });
  return {
    claim: fresh,
    machine: undefined,
    nodes: [],
    pods: [],
    ms: 0,
    since: new Map(),
    failed: undefined,
    refusal: undefined,
    created: 0,
  };
}

export function worldOf(of: SmallCluster): MachineWorld {
  const held = [...of.since].map(([fact, sinceMs]) => [fact, of.ms - sinceMs] as const);
  return world({
    claim: of.claim ?? {},
    nowMs: NOW + of.ms,
    sighting: of.machine === undefined ? { kind: "absent" } : { kind: "seen", machine: of.machine },
    nodes: of.nodes,
    pods: of.pods,
    heldMs: Object.fromEntries(held),
    ...(of.failed === undefined ? {} : { failed: { ...of.failed, agoMs: of.ms - of.failed.atMs } }),
  });
}

/** One look: plan, remember what holds, carry out. A process that is killed carries out only the first `most` actions. */
export function look(of: SmallCluster, most = Number.POSITIVE_INFINITY): MachinePlan {
  if (of.claim === undefined) return { actions: [], holds: [] };
  const plan = planMachine(worldOf(of));
  of.since = new Map(plan.holds.map((fact) => [fact, of.since.get(fact) ?? of.ms]));
  for (const action of plan.actions.slice(0, most)) if (!carryOut(of, action)) break;
  return plan;
}

/** What the plan changes: all but looking again. */
export function changes(plan: MachinePlan): readonly string[] {
  return plan.actions.map(({ kind }) => kind).filter((kind) => kind !== "requeue");
}

function carryOut(of: SmallCluster, action: MachineAction): boolean {
  const live = of.claim ?? {};
  switch (action.kind) {
    case "addFinalizer":
      of.claim = changed(live, { metadata: { finalizers: [TERMINATION_FINALIZER] } });
      return true;
    case "patchClaim":
      of.claim = changed(live, action.patch);
      return true;
    case "writeStatus":
      of.claim = { ...live, status: action.status };
      return true;
    case "createMachine":
      return create(of, action.spec);
    case "removeMachine":
      if (of.machine !== undefined) of.machine = { ...of.machine, state: "deleting" };
      of.failed = undefined;
      return true;
    case "deleteClaim":
      deleteClaim(of);
      return true;
    case "releaseClaim":
      of.claim = undefined;
      return true;
    case "patchNode":
      of.nodes = of.nodes.map((one) => (nameOf(one) === action.node.name ? changed(one, action.patch) : one));
      sweepNodes(of);
      return true;
    case "deleteNode":
      of.nodes = of.nodes.map((one) => (nameOf(one) === action.node.name ? deleted(of, one) : one));
      sweepNodes(of);
      return true;
    case "evictPod":
    case "deletePod":
      of.pods = of.pods.filter((one) => nameOf(one) !== action.pod.name);
      return true;
    case "event":
    case "requeue":
      return true;
  }
}

function create(of: SmallCluster, spec: Extract<MachineAction, { kind: "createMachine" }>["spec"]): boolean {
  if (of.refusal !== undefined) {
    of.failed = { verb: "create", failure: of.refusal, times: (of.failed?.times ?? 0) + 1, agoMs: 0, atMs: of.ms };
    of.refusal = undefined;
    return false;
  }
  const { name, owner, instanceType, capacityType } = spec;
  if (of.machine === undefined) of.created++;
  of.machine = { name, owner, instanceType, capacityType, state: "creating" };
  of.failed = undefined;
  return true;
}

export function deleteClaim(of: SmallCluster): void {
  if (of.claim === undefined) return;
  const { metadata } = of.claim as { readonly metadata: { readonly finalizers?: readonly string[] } };
  of.claim = (metadata.finalizers ?? []).length === 0 ? undefined : deleted(of, of.claim);
}

function deleted(of: SmallCluster, object: JsonObject): JsonObject {
  return changed(object, { metadata: { deletionTimestamp: new Date(NOW + of.ms).toISOString() } });
}

function sweepNodes(of: SmallCluster): void {
  of.nodes = of.nodes.filter((one) => {
    const metadata = one["metadata"] as {
      readonly deletionTimestamp?: string;
      readonly finalizers?: readonly string[];
    };
    return metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0;
  });
}

function nameOf(object: JsonObject): unknown {
  return (object["metadata"] as JsonObject)["name"];
}

/** What the cloud and the kubelet do by themselves in a while. */
export function progress(of: SmallCluster): void {
  of.ms += 15_000;
  if (of.machine?.state === "creating") of.machine = { ...of.machine, state: "running" };
  else if (of.machine?.state === "deleting") of.machine = undefined;
  if (of.machine?.state === "running" && of.nodes.length === 0) join(of);
  if (of.machine !== undefined) return;
  // The cloud's node controller takes Node objects whose machine is gone away, as far as no finalizer holds them.
  of.nodes = of.nodes.map((one) =>
    deleted(of, changed(one, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } })),
  );
  sweepNodes(of);
}

export function join(of: SmallCluster): void {
  of.nodes = [node()];
  of.pods = [pod("model")];
}
