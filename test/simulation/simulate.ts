import { pino } from "pino";
import { isObject } from "../../src/core/json.ts";
import { KAITO_GROUP } from "../../src/core/kinds/workspace.ts";
import { loadCatalogue } from "../../src/load.ts";
import type { Log } from "../../src/log.ts";
import type { Installation } from "../../src/reconciler/gather.ts";
import { randomFrom } from "../fuzz/random.ts";
import type { Stage } from "./actor.ts";
import { ApiServer } from "./api-server.ts";
import { watchBudgets } from "./budgets.ts";
import { faults } from "./check.ts";
import { calm, turmoil } from "./climate.ts";
import { SimulatedCloud } from "./cloud.ts";
import { createCounter, type Disturbance, type Tally } from "./disturbances.ts";
import { watchDuds } from "./duds.ts";
import { watchExcess } from "./excess.ts";
import { startKarpenter } from "./karpenter.ts";
import { watchLosses } from "./losses.ts";
import { startKubelets, startScheduler } from "./nodes.ts";
import { startReplicas } from "./replicas.ts";
import { Store } from "./store.ts";
import { watchTakings } from "./takings.ts";
import { startVirtualTime } from "./time.ts";
import { createUser } from "./user.ts";
import { blow } from "./wind.ts";
import { startWorkloads } from "./workloads.ts";

const START_MS = Date.parse("2026-11-28T00:00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
// Whoever serves the claims: by the seed, one or the other.
const PROVIDERS = ["karpenter", "aks"] as const;
const NODE_CLASSES = {
  karpenter: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
  aks: { group: "foresail.dev", kind: "AgentPoolClass", name: "default" },
};
const EMPTY_NODE_GRACE_MS = 5 * MINUTE_MS;
// The longest an offering stays closed is 23 hours; then everything that was refused has been tried again.
const CALM_MS = 28 * HOUR_MS;
// What the installation allows, by the seed.
const LIMITS: readonly Installation["limits"][] = [{ nodes: 6 }, {}, { hourlyPriceUsd: 30 }, { gpus: 8 }];
const MOST_LAUNCHING = [100, 4, 2];
const MOST_TRACED = 400;
const TAKEN: readonly Disturbance[] = ["machine evicted", "machine deleted in the portal"];

export interface Simulated {
  readonly seed: number;
  readonly provider: string;
  readonly virtualHours: number;
  /** By users. */
  readonly changes: number;
  readonly claims: number;
  readonly writes: number;
  readonly disturbances: Tally;
  /** Empty: the world came to rest, with nothing too much and nothing missing. */
  readonly faults: readonly string[];
  /** What happened last, for whoever looks for the reason. */
  readonly trace: readonly string[];
}

/**
 * One random world: hours of users, stock-outs, evictions, a bad network, restarts of the API server, crashes of the
 * reconciler and steps of the clock; then calm, in which it must come to rest. The same seed is the same world.
 */
export async function simulate(seed: number, turmoilHours: number): Promise<Simulated> {
  const random = randomFrom(seed);
  // Retries and watches of the product are spread by chance; here by that of the seed.
  const chance = Math.random;
  Math.random = () => random.next();
  const time = startVirtualTime(START_MS);
  const counter = createCounter();
  const duds = new Set<string>();
  const befalls: Stage["befalls"] = (what, claimUid) => {
    counter.count(what);
    if (claimUid === undefined) return;
    // What somebody takes away says nothing any more of what it would have become.
    if (TAKEN.includes(what)) duds.delete(claimUid);
    else duds.add(claimUid);
  };
  try {
    const stage: Stage = { store: new Store(), time, random, befalls };
    const world = await run(seed, turmoilHours, stage, (uid) => duds.has(uid));
    return { ...world, disturbances: counter.tally() };
  } finally {
    time.end();
    Math.random = chance;
  }
}

async function run(
  seed: number,
  turmoilHours: number,
  stage: Stage,
  isDud: (claimUid: string) => boolean,
): Promise<Omit<Simulated, "disturbances">> {
  const { store, time, random } = stage;
  const trace: string[] = [];
  const say = (text: string): void => {
    trace.push(`${new Date().toISOString()} ${text}`);
    if (trace.length > MOST_TRACED) trace.splice(0, MOST_TRACED / 4);
  };
  const catalogue = loadCatalogue();
  const climate = turmoil();
  startWorkloads(stage);
  startScheduler(stage);
  startKubelets(stage, climate.habits);
  const provider = PROVIDERS[seed % PROVIDERS.length] ?? "karpenter";
  const { supply, cloud: cloudWeather, weather } = climate;
  const cloud = provider === "aks" ? new SimulatedCloud(stage, catalogue.current, supply, cloudWeather) : undefined;
  if (cloud === undefined) startKarpenter(stage, catalogue.current, supply);
  store.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
  const group = seed % 5 === 4 ? "foresail.dev" : KAITO_GROUP;
  const api = new ApiServer(store, group);
  let installation: Installation = {
    groups: [group],
    settings: { provider, nodeClass: NODE_CLASSES[provider] },
    limits: LIMITS[seed % LIMITS.length] ?? {},
    emptyNodeGraceMs: EMPTY_NODE_GRACE_MS,
    mostLaunching: MOST_LAUNCHING[seed % MOST_LAUNCHING.length] ?? 100,
  };
  const asked = (told: Parameters<ApiServer["onDelete"]>[0]) => api.onDelete(told);
  const watched = [
    watchExcess(stage),
    watchLosses(stage, asked, EMPTY_NODE_GRACE_MS),
    watchTakings(stage, asked),
    watchBudgets(stage, catalogue.current, () => installation),
    watchDuds(stage, isDud),
  ];
  let claims = 0;
  store.onChange(({ plural, before, after }) => {
    if (plural === "nodeclaims" && before === undefined) claims++;
    const object = after ?? before;
    const verb = before === undefined ? "created" : after === undefined ? "gone" : "changed";
    if (plural !== "events" && (verb !== "changed" || plural === "workspaces" || plural === "nodeclaims"))
      say(`${plural} ${object?.metadata.namespace ?? ""}/${object?.metadata.name} ${verb}`);
  });
  const options = () => ({ namespace: "foresail-system", catalog: [], installation });
  const replicas = startReplicas(stage, { api, stage, weather, log: traced(say), options, cloud });
  const user = createUser(stage, catalogue, group);
  const seen = () => [...watched.flatMap((found) => found()), ...replicas.faults(), ...(cloud?.faults ?? [])];
  while (time.nowMs() < turmoilHours * HOUR_MS) {
    await time.runUntil(time.nowMs() + random.below(6 * MINUTE_MS));
    await blow({ stage, climate, replicas, user, cloud, say });
  }
  say("calm");
  calm(climate);
  // What a limit forbids would wait for ever.
  installation = { ...installation, limits: {} };
  const reconciler = await replicas.settle();
  let found: readonly string[] = [];
  // What went wrong already is told at once.
  if (seen().length === 0) {
    await time.runUntil(time.nowMs() + CALM_MS);
    const checking = faults(store, reconciler, cloud).then((result) => {
      found = result;
    });
    await time.runUntil(time.nowMs() + MINUTE_MS);
    await checking;
  }
  reconciler.kill();
  await time.runUntil(time.nowMs() + MINUTE_MS);
  return {
    seed,
    provider,
    virtualHours: time.nowMs() / HOUR_MS,
    changes: user.changes(),
    writes: replicas.writes(),
    claims,
    faults: [...seen(), ...found],
    trace,
  };
}

/** The log of the reconciler as part of the trace: warnings only. */
function traced(say: (text: string) => void): Log {
  const stream = {
    write: (line: string) => {
      const { msg, object, err }: { msg?: string; object?: string; err?: unknown } = JSON.parse(line);
      say(`log ${object ?? ""} ${msg ?? ""} ${isObject(err) ? err["message"] : ""}`);
    },
  };
  return pino({ level: process.env["SIMULATION_LOG"] ?? "warn", base: {} }, stream);
}
