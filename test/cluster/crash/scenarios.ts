import type { JsonObject } from "../../../src/core/json.ts";
import { applyIn, manifest, waitForCondition } from "../e2e/workspaces.ts";
import { mustKubectl } from "../support/cluster.ts";

const A100 = "Standard_NC24ads_A100_v4";
const A10 = "Standard_NV36ads_A10_v5";
const PRESET = "phi-4-mini-instruct";
const SERVING = { deployments: 1, services: 2, networkpolicies: 1 } as const;

/** On every claim, node and pool of a run, through the selector of its Workspaces: its namespace. */
export const RUN_LABEL = "crash-run";

/** What there must be in the end. */
export interface Goal {
  /** Workspaces by name, each with the condition that must be True of its present generation. */
  readonly workspaces: { readonly [name: string]: string };
  /** Instance types of all nodes, sorted. */
  readonly nodes: readonly string[];
  /** Most claims that may have been created on the way, killed or not. */
  readonly mostCreated: number;
  /** Objects in the namespace by plural; those not named must not be there. */
  readonly children: { readonly [plural: string]: number };
  /** Pods that have not ended, none of them waiting. */
  readonly pods: number;
}

/** One thing users do, and what must come of it. Calls are counted from `act` on. */
export interface Scenario {
  readonly name: string;
  readonly prepare?: (space: string) => Promise<void>;
  readonly act: (space: string) => Promise<void>;
  readonly goal: Goal;
}

function serving(space: string, instanceType: string): JsonObject {
  return manifest("m", { resource: resource(space, instanceType), inference: { preset: { name: PRESET } } });
}

function tuning(space: string): JsonObject {
  return manifest("t", {
    resource: resource(space, A100),
    tuning: {
      preset: { name: "phi-3-mini-4k-instruct" },
      method: "lora",
      input: { urls: ["https://example.test/data.parquet"] },
      output: { image: "registry.example/out:1", imagePushSecret: "push" },
    },
  });
}

function sharing(space: string, name: string): JsonObject {
  const annotations = { "foresail.dev/placement": "shared" };
  return manifest(name, { resource: resource(space, A100), inference: { preset: { name: PRESET } } }, { annotations });
}

function resource(space: string, instanceType: string): JsonObject {
  return { instanceType, labelSelector: { matchLabels: { [RUN_LABEL]: space } } };
}

async function running(space: string): Promise<void> {
  await applyIn(space, serving(space, A100));
  await waitForCondition(space, "m", "WorkspaceReady");
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "create",
    act: async (space) => void (await applyIn(space, serving(space, A100))),
    goal: { workspaces: { m: "WorkspaceReady" }, nodes: [A100], mostCreated: 1, children: SERVING, pods: 1 },
  },
  {
    name: "resize",
    prepare: running,
    act: async (space) => void (await applyIn(space, serving(space, A10))),
    goal: { workspaces: { m: "WorkspaceReady" }, nodes: [A10], mostCreated: 1, children: SERVING, pods: 1 },
  },
  {
    name: "delete",
    prepare: running,
    act: async (space) => void (await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"])),
    goal: { workspaces: {}, nodes: [], mostCreated: 0, children: {}, pods: 0 },
  },
  {
    name: "tune",
    act: async (space) => void (await applyIn(space, tuning(space))),
    // The Job runs once, and its node goes when it is over.
    goal: {
      workspaces: { t: "WorkspaceSucceeded" },
      nodes: [],
      mostCreated: 1,
      children: { jobs: 1, networkpolicies: 1 },
      pods: 0,
    },
  },
  {
    name: "share",
    act: async (space) => {
      for (const name of ["a", "b"]) await applyIn(space, sharing(space, name));
    },
    goal: {
      workspaces: { a: "WorkspaceReady", b: "WorkspaceReady" },
      nodes: [A100, A100],
      mostCreated: 2,
      children: { deployments: 2, services: 4, networkpolicies: 2 },
      pods: 2,
    },
  },
];

export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario is called ${name}`);
  return found;
}
