import { expect } from "chai";
import { describe, it } from "mocha";
import { Registry } from "prom-client";
import type { JsonObject } from "../../src/core/json.ts";
import { WORKSPACE_GROUPS } from "../../src/core/kinds/workspace.ts";
import { createCache } from "../../src/kube/cache.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { reconcilerMetrics } from "../../src/reconciler/metrics.ts";
import { createQueue, type Queue } from "../../src/reconciler/queue.ts";
import { createWorkspaces } from "../../src/reconciler/workspaces.ts";
import { A100, claim, H100, NOW, release } from "../core/capacity/facts.ts";
import { until } from "../kube/support/until.ts";

describe("what the reconciler looks like from outside", () => {
  const workspaces = createWorkspaces(
    WORKSPACE_GROUPS,
    () => {},
    () => {},
  );
  const claims = createCache();
  const registry = new Registry();
  const prices = release.prices.map((table) => ({
    ...table,
    regions: { ...table.regions, westeurope: { [A100]: 10 } },
  }));
  let queue: Queue | undefined;
  const metrics = reconcilerMetrics(registry, {
    caches: { workspaces, claims },
    queue: () => queue,
    release: () => ({ ...release, prices }),
    nowMs: () => NOW,
  });
  const text = () => registry.metrics();

  it("counts Workspaces by state, and those that a newer catalogue would expand otherwise", async () => {
    const upgrade = { release: "2027.1.0", restarts: true, changes: [] };
    const all: readonly (readonly [JsonObject, JsonObject])[] = [
      [{}, status({ Ready: "True" })],
      [{}, { ...status({ Ready: "True" }), upgrade }],
      [{}, { conditions: [{ type: "Ready", status: "True", reason: "Paused" }] }],
      [{}, status({ Ready: "False", Stalled: "True" })],
      [{}, { ...status({ Ready: "False", Reconciling: "True" }), upgrade }],
      [{}, {}],
      [{ deletionTimestamp: "2026-11-22T10:00:00Z" }, status({ Ready: "True" })],
    ];
    // The name is taken: it waits, and says so.
    const waiting = object("Workspace", "w0", { namespace: "a" }, status({ Ready: "False", Stalled: "True" }));
    workspaces.wrote({ ...waiting, apiVersion: "foresail.dev/v1beta1" });
    for (const [i, [metadata, state]] of all.entries()) {
      workspaces.wrote(object("Workspace", `w${i}`, { ...metadata, namespace: "a" }, state));
    }
    const said = await text();
    for (const [state, count] of Object.entries({ ready: 2, paused: 1, stalled: 2, reconciling: 2, deleting: 1 })) {
      expect(said).to.include(`foresail_workspaces{state="${state}"} ${count}\n`);
    }
    expect(said).to.include("foresail_workspaces_behind_catalogue 2\n");
  });

  it("counts our claims by how far they are, and nobody else's", async () => {
    const ours = { labels: { "app.kubernetes.io/managed-by": "foresail" } };
    const steps = ["Launched", "Registered", "Initialized", "Ready"];
    steps.concat("").forEach((_, done) => {
      const conditions = Object.fromEntries(steps.map((step, i) => [step, i < done ? "True" : "Unknown"]));
      claims.wrote(object("NodeClaim", `c${done}`, ours, status(conditions)));
    });
    claims.wrote(object("NodeClaim", "leaving", { ...ours, deletionTimestamp: "2026-11-22T10:00:00Z" }, {}));
    claims.wrote(object("NodeClaim", "foreign", {}, status({ Ready: "True" })));
    const said = await text();
    const counts = { launching: 1, registering: 1, initializing: 1, ready: 2, deleting: 1 };
    for (const [state, count] of Object.entries(counts)) {
      expect(said).to.include(`foresail_node_claims{state="${state}"} ${count}\n`);
    }
  });

  it("says what nodes cost that are asked for, and that run, each in its region", async () => {
    const ours = { "app.kubernetes.io/managed-by": "foresail" };
    const priced = (name: string, options: Parameters<typeof claim>[1]): KubeObject => {
      const made = claim(name, options) as unknown as KubeObject;
      return { ...made, metadata: { ...made.metadata, resourceVersion: String(++version), labels: ours } };
    };
    const far = priced("p4", { node: "n4" });
    const there = { ...far, metadata: { ...far.metadata, annotations: { "foresail.dev/region": "westeurope" } } };
    const here = [priced("p1", { node: "n1" }), priced("p2", { size: H100 }), priced("p3", {})];
    for (const one of [...here, there]) claims.wrote(one);
    const said = await text();
    expect(said).to.include('foresail_node_hourly_price_usd{state="running"} 13.673\n');
    expect(said).to.match(/foresail_node_hourly_price_usd\{state="asked"\} 10\.65/);
  });

  it("says how many offerings are not tried for want of quota and of stock, each once", async () => {
    const attempt = (instanceType: string, reason: string, until: string): JsonObject => ({
      instanceType,
      capacityType: "on-demand",
      reason,
      message: "",
      until,
    });
    const later = "2026-11-22T13:00:00Z";
    const refused = [attempt(A100, "SKUNotAvailable", later), attempt(H100, "FamilyQuotaExceeded", later)];
    const over = attempt("Standard_ND96isr_H100_v5", "SKUNotAvailable", "2026-11-22T11:00:00Z");
    for (const name of ["r1", "r2"]) {
      workspaces.wrote(object("Workspace", name, { namespace: "b" }, { attempts: [...refused, over] }));
    }
    const said = await text();
    expect(said).to.include('foresail_offerings_refused{state="quota"} 1\n');
    expect(said).to.include('foresail_offerings_refused{state="stock"} 1\n');
  });

  it("observes each step of a start once, whoever wrote it", async () => {
    const step = (type: string, seconds: number): JsonObject => ({
      type,
      time: new Date(NOW + seconds * 1000).toISOString(),
    });
    const at = (...phases: JsonObject[]): KubeObject => ({
      ...object("Workspace", "s", { namespace: "c" }, { phases }),
      expansion: { preset: { name: "phi-4" }, instanceType: A100 },
    });
    const [pending, node, gpu] = [step("Pending", 0), step("Node", 90), step("GPU", 120)];
    const done = [pending, node, gpu, step("Image", 300), step("Weights", 400), step("Ready", 401)];
    // First seen with two steps done: another process has observed them.
    metrics.changed(undefined, at(pending, node));
    metrics.changed(at(pending, node), at(pending, node, gpu));
    metrics.changed(at(pending, node, gpu), at(pending, node, gpu));
    metrics.changed(at(pending, node, gpu), at(...done));
    const said = await text();
    const labels = `preset="phi-4",size="${A100}"`;
    const count = (phase: string): string => `foresail_start_phase_duration_seconds_count{phase="${phase}",${labels}}`;
    expect(said)
      .to.include(`${count("GPU")} 1\n`)
      .and.not.include(count("Node"))
      .and.not.include(count("Pending"));
    expect(said).to.include(`foresail_start_phase_duration_seconds_sum{phase="GPU",${labels}} 30\n`);
    expect(said).to.include(`foresail_start_phase_duration_seconds_sum{phase="Weights",${labels}} 100\n`);
    expect(said).to.include(`foresail_start_duration_seconds_sum{${labels}} 401\n`);
  });

  it("says who leads, and how much there is to do", async () => {
    expect(await text())
      .to.include("foresail_leader 0\n")
      .and.to.include('foresail_queue_depth{state="due"} 0\n');
    const release = Promise.withResolvers<void>();
    const running = Promise.withResolvers<void>();
    queue = createQueue({
      concurrency: 1,
      run: async () => {
        running.resolve();
        await release.promise;
        return { kind: "done" };
      },
    });
    for (const key of ["a/1", "a/2", "a/3"]) queue.add(key);
    await running.promise;
    await until("the other two to be due", () => queue?.depth().due === 2);
    const said = await text();
    expect(said).to.include("foresail_leader 1\n");
    expect(said).to.include('foresail_queue_depth{state="running"} 1\n').and.to.include('{state="due"} 2\n');
    release.resolve();
    await queue.stop();
  });

  it("counts looks by result", async () => {
    metrics.looked("done", 20);
    metrics.looked("failed", 3_000);
    const said = await text();
    for (const result of ["done", "failed"])
      expect(said).to.include(`foresail_reconciles_total{result="${result}"} 1\n`);
    expect(said).to.include("foresail_reconcile_duration_seconds_count 2\n");
  });
});

let version = 0;

function object(kind: string, name: string, metadata: JsonObject, state: JsonObject): KubeObject {
  return {
    kind,
    metadata: { ...metadata, name, uid: name, resourceVersion: String(++version) },
    status: state,
  } as KubeObject;
}

function status(conditions: { readonly [type: string]: string }): JsonObject {
  return { conditions: Object.entries(conditions).map(([type, value]) => ({ type, status: value })) };
}
