import { expect } from "chai";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { apply, mustKubectl, namespace, readItems, waitFor } from "../support/cluster.ts";
import type { NodeProvider } from "../support/provider.ts";
import { conditionOf, serving, sharing, training } from "./workspaces.ts";

const MINUTES_MS = 4 * 60_000;
const A100 = "Standard_NC24ads_A100_v4";
const TWO_A100 = "Standard_NC48ads_A100_v4";

interface Claim {
  readonly metadata: { readonly name: string; readonly labels: { readonly [label: string]: string } };
}

/** Presets by size: one GPU, several, two nodes, and one so old that it needs another image. */
const DEDICATED: readonly (readonly [string, string, number])[] = [
  ["phi-4-mini-instruct", A100, 14],
  ["phi-3-mini-4k-instruct", "Standard_NC6s_v3", 6],
  ["qwen2.5-coder-7b-instruct", "Standard_NC40ads_H100_v5", 5],
  ["qwen3.5-9b", TWO_A100, 4],
  ["phi-4", "Standard_NV36ads_A10_v5", 3],
];
const TRAININGS = 4;
const SHARING = 14;
/** As many of those that share fit one node. */
const PER_SHARED_NODE = 2;

function fifty(): readonly JsonObject[] {
  const dedicated = DEDICATED.flatMap(([preset, size, count]) =>
    Array.from({ length: count }, (_, i) => serving(`${preset.replaceAll(".", "-")}-${i}`, preset, size)),
  );
  const trainings = Array.from({ length: TRAININGS }, (_, i) => training(`training-${i}`));
  return [...dedicated, ...trainings, ...Array.from({ length: SHARING }, (_, i) => sharing(`sharing-${i}`))];
}

function runs(workspace: Workspace): boolean {
  return conditionOf(workspace, workspace.tuning === undefined ? "WorkspaceReady" : "WorkspaceSucceeded") === "True";
}

function describeWaiting(all: readonly Workspace[]): string {
  return all
    .filter((one) => !runs(one))
    .map(({ metadata, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      return `${metadata.name}: ${ready?.reason}: ${ready?.message}`;
    })
    .join("\n");
}

/** 50 Workspaces at once: all run, on no more nodes than they need; all are deleted, and nothing is left of them. */
export async function fiftyComeAndGo(provider: NodeProvider): Promise<void> {
  const before = [...(await provider.machines()), ...(await nodes())];
  const space = await namespace("fifty");
  const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`;
  const objects = fifty().map((one) => ({
    ...one,
    metadata: { ...(one["metadata"] as JsonObject), namespace: space },
  }));
  expect(objects).to.have.length(50);
  const startedMs = Date.now();
  await apply(...objects);
  let last: readonly Workspace[] = [];
  await waitFor(
    "50 Workspaces to run",
    async () => {
      last = await readItems<Workspace>(path);
      return last.length === 50 && last.every(runs);
    },
    MINUTES_MS,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${describeWaiting(last)}`);
  });
  const runningMs = Date.now() - startedMs;
  const asked = provider.requests();
  const claims = await claimsOf(space, last);
  const owners = claims.map(({ metadata }) => metadata.labels["foresail.dev/workspace"]);
  for (const { metadata, expansion, tuning } of last) {
    if (tuning !== undefined || expansion?.nodes.share !== undefined) continue;
    expect(
      owners.filter((owner) => owner === metadata.name),
      metadata.name,
    ).to.have.length(expansion?.nodeCount ?? 1);
  }
  expect(owners.filter((owner) => owner === undefined)).to.have.length(Math.ceil(SHARING / PER_SHARED_NODE));
  await mustKubectl(["delete", "workspaces", "--all", "-n", space, "--wait=false"]);
  const left = async (): Promise<readonly string[]> => [
    ...(await readItems<Workspace>(path)).map(({ metadata }) => `Workspace ${metadata.name}`),
    ...(await claimsOf(space, last)).map(({ metadata }) => `NodeClaim ${metadata.name}`),
    ...(await provider.machines()).filter((name) => !before.includes(name)).map((name) => `machine ${name}`),
    ...(await nodes()).filter((name) => !before.includes(name)).map((name) => `Node ${name}`),
    ...(await childrenOf(space)),
  ];
  let remaining: readonly string[] = [];
  const nothing = async (): Promise<boolean> => {
    remaining = await left();
    return remaining.length === 0;
  };
  await waitFor("nothing to be left", nothing, MINUTES_MS).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${remaining.join("\n")}`);
  });
  const goneMs = Date.now() - startedMs - runningMs;
  console.log(
    `    50 Workspaces ran after ${seconds(runningMs)} on ${claims.length} nodes, were gone after ${seconds(goneMs)}`,
  );
  tellRequests("to come", asked);
  tellRequests("in all", provider.requests());
}

function tellRequests(what: string, requests: { readonly [call: string]: number }): void {
  const told = Object.entries(requests).map(([call, count]) => `${count} ${call}`);
  if (told.length > 0) console.log(`    requests to the cloud ${what}: ${told.join(", ")}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Claims of the namespace's Workspaces, those that are shared too. */
async function claimsOf(space: string, workspaces: readonly Workspace[]): Promise<readonly Claim[]> {
  const shares = new Set(workspaces.map(({ expansion }) => expansion?.nodes.share).filter((one) => one !== undefined));
  const all = await readItems<Claim>("/apis/karpenter.sh/v1/nodeclaims");
  return all.filter(
    ({ metadata: { labels } }) =>
      labels["foresail.dev/workspace-namespace"] === space || shares.has(labels["foresail.dev/share"] ?? ""),
  );
}

async function nodes(): Promise<readonly string[]> {
  return (await readItems<Claim>("/api/v1/nodes")).map(({ metadata }) => metadata.name);
}

async function childrenOf(space: string): Promise<readonly string[]> {
  const paths = [
    `/apis/apps/v1/namespaces/${space}/deployments`,
    `/apis/apps/v1/namespaces/${space}/statefulsets`,
    `/apis/batch/v1/namespaces/${space}/jobs`,
    `/apis/networking.k8s.io/v1/namespaces/${space}/networkpolicies`,
    `/api/v1/namespaces/${space}/services`,
    `/api/v1/namespaces/${space}/pods`,
  ];
  const found = await Promise.all(paths.map((path) => readItems<Claim>(path)));
  return found.flatMap((items, i) => items.map(({ metadata }) => `${paths[i]}/${metadata.name}`));
}
