import type { Catalogue } from "../../src/core/catalogue.ts";
import { expand } from "../../src/core/expand.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { WORKSPACE_VERSION, type Workspace, type WorkspaceGroup } from "../../src/core/kinds/workspace.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import type { Random } from "../fuzz/random.ts";
import type { Stage } from "./actor.ts";
import { onDemandUsd } from "./budgets.ts";

const NAMESPACES = ["models", "lab"];
const NAMES = ["a", "b", "c", "d", "e"];

/** Somebody who commits, changes and removes Workspaces, as admission would store them. */
export interface User {
  /** One change, whichever. Returns what it was. */
  act(): string;
  /** How many there were. */
  changes(): number;
}

export function createUser(stage: Stage, catalogue: Catalogue, group: WorkspaceGroup): User {
  const apiVersion = `${group}/${WORKSPACE_VERSION}`;
  const { store, random } = stage;
  let changes = 0;
  return {
    changes: () => changes,
    act: () => {
      changes++;
      const namespace = random.pick(NAMESPACES);
      const name = random.pick(NAMES);
      const live = store.get("workspaces", namespace, name);
      if (live === undefined) {
        store.create("workspaces", admitted(wish(random, catalogue, { apiVersion, namespace, name }), catalogue));
        return `creates ${namespace}/${name}`;
      }
      if (live.metadata.deletionTimestamp !== undefined) return "waits";
      if (random.next() < 0.3) {
        store.delete("workspaces", namespace, name);
        return `deletes ${namespace}/${name}`;
      }
      const kept = live["tuning"] === undefined ? wish(random, catalogue, { apiVersion, namespace, name }) : undefined;
      const wanted = kept?.["tuning"] === undefined ? kept : undefined;
      if (wanted === undefined) return "waits";
      store.update("workspaces", namespace, name, (one) => changed(one, wanted, catalogue));
      return `changes ${namespace}/${name}`;
    },
  };
}

/** The new inputs with everything else as it is; a new expansion, as admission makes it. */
function changed(live: KubeObject, wanted: JsonObject, catalogue: Catalogue): KubeObject {
  const { annotations = {} } = wanted["metadata"] as KubeObject["metadata"];
  const { expansion: _, resource: __, inference: ___, ...rest } = live;
  const next = { ...rest, resource: wanted["resource"], inference: wanted["inference"] };
  return admitted({ ...next, metadata: { ...live.metadata, annotations } } as KubeObject, catalogue);
}

function admitted(workspace: JsonObject, catalogue: Catalogue): KubeObject {
  const { expansion, issues } = expand(workspace as unknown as Workspace, catalogue);
  if (expansion === undefined) throw new Error(`the simulated user's Workspace is wrong: ${JSON.stringify(issues)}`);
  return { ...workspace, expansion } as unknown as KubeObject;
}

interface Identity {
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
}

function wish(random: Random, catalogue: Catalogue, { apiVersion, namespace, name }: Identity): JsonObject {
  const base = {
    apiVersion,
    kind: "Workspace",
    metadata: { name, namespace, annotations: {} as Record<string, string> },
  };
  const annotations = base.metadata.annotations;
  const atMost = (nodes: number, size: string): void => {
    // A surge would be beyond it.
    annotations["foresail.dev/rollout"] = "recreate";
    annotations["foresail.dev/max-hourly-price"] = (nodes * onDemandUsd(catalogue.current, size) + 0.01).toFixed(2);
  };
  const selector = (app: string) => ({ matchLabels: { apps: app } });
  switch (random.below(6)) {
    case 0:
      annotations["foresail.dev/replicas"] = String(random.below(4));
      if (random.next() < 0.5) atMost(Math.max(1, Number(annotations["foresail.dev/replicas"])), A100);
      return { ...base, resource: { instanceType: A100, labelSelector: selector(name) }, inference: preset("phi-4") };
    case 1:
      annotations["foresail.dev/fallback-instance-types"] = H100;
      annotations["foresail.dev/capacity-type"] = random.pick(["spot", "spot,on-demand", "on-demand"]);
      if (random.next() < 0.5) atMost(1, random.pick([A100, H100]));
      return { ...base, resource: { instanceType: A100, labelSelector: selector(name) }, inference: preset("phi-4") };
    case 2:
      annotations["foresail.dev/placement"] = "shared";
      return {
        ...base,
        resource: { instanceType: "Standard_NC96ads_A100_v4", labelSelector: selector("together") },
        inference: template(random.pick([1, 2])),
      };
    case 3:
      annotations["foresail.dev/rollout"] = "recreate";
      annotations["foresail.dev/zones"] = random.pick(["eastus-1", "eastus-2,eastus-3"]);
      return {
        ...base,
        resource: { instanceType: random.pick([A100, H100]), labelSelector: selector(name) },
        inference: preset(random.pick(["phi-4", "mistral-7b-instruct-v0.3"])),
      };
    case 4:
      return {
        ...base,
        resource: { instanceType: A100, labelSelector: selector(name) },
        inference: preset("llama-3.3-70b-instruct"),
      };
    default:
      return {
        ...base,
        resource: { instanceType: A100, labelSelector: selector(name) },
        tuning: {
          preset: { name: "phi-3-mini-128k-instruct" },
          method: "qlora",
          input: { urls: ["https://data.example/train.parquet"] },
          output: { image: "registry.example/tuned:1", imagePushSecret: "push" },
        },
      };
  }
}

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";

function preset(name: string): JsonObject {
  return name.startsWith("llama")
    ? { preset: { name, presetOptions: { modelAccessSecret: "hf" } } }
    : { preset: { name } };
}

function template(gpus: number): JsonObject {
  const resources = { limits: { "nvidia.com/gpu": String(gpus) }, requests: { cpu: "4", memory: "16Gi" } };
  return { template: { spec: { containers: [{ name: "server", image: "registry.example/server:1", resources }] } } };
}
