import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { claimOf } from "../core/capacity/claim.ts";
import { conditionAt, isTrue, objectAt, textAt } from "../core/capacity/fields.ts";
import { isManagedClaim } from "../core/capacity/owner.ts";
import { usageOf } from "../core/capacity/usage.ts";
import type { Release } from "../core/catalogue.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import { isQuotaRefusal } from "../core/status/quota.ts";
import type { KubeObject } from "../kube/kube.ts";
import type { Caches } from "./caches.ts";
import type { Outcome, Queue } from "./queue.ts";
import { type StartMetrics, startMetrics } from "./start-metrics.ts";

/** A look is a few calls of the API server, or a conversation of many. */
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const WORKSPACE_STATES = ["ready", "paused", "reconciling", "stalled", "deleting"] as const;
const CLAIM_STATES = ["launching", "registering", "initializing", "ready", "deleting"] as const;

export interface ReconcilerMetrics extends StartMetrics {
  /** One look at one Workspace has ended. */
  looked(outcome: Outcome["kind"], ms: number): void;
}

export interface Observed {
  readonly caches: Pick<Caches, "workspaces" | "claims">;
  /** Absent while another replica leads. */
  readonly queue: () => Queue | undefined;
  /** Prices are of the catalogue that runs. */
  readonly release: () => Release;
  readonly nowMs: () => number;
}

/** What the reconciler knows, counted when somebody asks. No label holds a name, so their number does not grow. */
export function reconcilerMetrics(registry: Registry, { caches, queue, release, nowMs }: Observed): ReconcilerMetrics {
  const registers = [registry];
  gauge(registry, "foresail_workspaces", "Workspaces by state", () =>
    tally(WORKSPACE_STATES, [...caches.workspaces.list(), ...caches.workspaces.listWaiting()].map(stateOfWorkspace)),
  );
  gauge(registry, "foresail_node_claims", "NodeClaims of Foresail by state", () =>
    tally(CLAIM_STATES, caches.claims.list().filter(isManagedClaim).map(stateOfClaim)),
  );
  gauge(registry, "foresail_node_hourly_price_usd", PRICE, () => {
    const ours = caches.claims.list().filter(isManagedClaim);
    const price = (state: readonly KubeObject[]): number => usageOf(state, release()).hourlyPriceUsd;
    return { asked: price(ours.filter((one) => !isRunning(one))), running: price(ours.filter(isRunning)) };
  });
  gauge(registry, "foresail_offerings_refused", REFUSED, () =>
    tally(["quota", "stock"], refusedOfferings(caches.workspaces.list(), nowMs())),
  );
  gauge(
    registry,
    "foresail_queue_depth",
    "Workspaces waiting for a look or being looked at, while this replica leads",
    () => queue()?.depth() ?? { due: 0, running: 0, failing: 0 },
  );
  number(
    registry,
    "foresail_workspaces_behind_catalogue",
    BEHIND,
    () => caches.workspaces.list().filter(isBehind).length,
  );
  number(registry, "foresail_leader", "1 while this replica acts", () => (queue() === undefined ? 0 : 1));
  const looks = new Counter({
    name: "foresail_reconciles_total",
    help: "Looks at Workspaces by result; failed ones are repeated, and the log says why",
    labelNames: ["result"],
    registers,
  });
  const seconds = new Histogram({
    name: "foresail_reconcile_duration_seconds",
    help: "Duration of a look",
    buckets: SECONDS,
    registers,
  });
  return {
    ...startMetrics(registry),
    looked: (result, ms) => {
      looks.inc({ result });
      seconds.observe(ms / 1000);
    },
  };
}

const PRICE =
  "USD per hour by the catalogue of NodeClaims of Foresail that are asked for, and of those whose node has registered";
const REFUSED = "Offerings that were refused and are not tried at the moment, by whether quota or stock was wanting";
const BEHIND = "Workspaces that the running catalogue would expand otherwise than is stored (status.upgrade)";

function gauge(
  registry: Registry,
  name: string,
  help: string,
  count: () => { readonly [state: string]: number },
): void {
  new Gauge({
    name,
    help,
    labelNames: ["state"],
    registers: [registry],
    collect() {
      for (const [state, value] of Object.entries(count())) this.set({ state }, value);
    },
  });
}

function number(registry: Registry, name: string, help: string, count: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(count());
    },
  });
}

/** States nobody is in count, too: a series that vanishes is no zero to an alert. */
function tally(all: readonly string[], states: readonly string[]): { readonly [state: string]: number } {
  const counts = new Map(all.map((state) => [state, 0]));
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function stateOfWorkspace(workspace: KubeObject): (typeof WORKSPACE_STATES)[number] {
  if (workspace.metadata.deletionTimestamp !== undefined) return "deleting";
  if (isTrue(conditionAt(workspace, "Stalled"))) return "stalled";
  const ready = conditionAt(workspace, "Ready");
  if (!isTrue(ready)) return "reconciling";
  return textAt(ready, "reason") === "Paused" ? "paused" : "ready";
}

function stateOfClaim(raw: KubeObject): (typeof CLAIM_STATES)[number] {
  const claim = claimOf(raw);
  if (claim.deleting) return "deleting";
  if (!claim.launched) return "launching";
  if (!claim.registered) return "registering";
  return claim.ready ? "ready" : "initializing";
}

/** A node costs from the moment its machine runs to the moment it is gone. */
function isRunning(raw: KubeObject): boolean {
  return claimOf(raw).registered;
}

/** Each offering once, whoever was refused it. */
function refusedOfferings(workspaces: readonly KubeObject[], nowMs: number): readonly ("quota" | "stock")[] {
  const open = workspaces
    .flatMap((one) => (one as unknown as Workspace).status?.attempts ?? [])
    .filter(({ until }) => Date.parse(until) > nowMs);
  const kinds = open.map((one) => {
    const offering = `${one.instanceType}/${one.capacityType}/${one.zone}`;
    return [offering, isQuotaRefusal(one) ? "quota" : "stock"] as const;
  });
  return [...new Map(kinds).values()];
}

function isBehind(workspace: KubeObject): boolean {
  return textAt(objectAt(workspace, "status", "upgrade"), "release") !== undefined;
}
