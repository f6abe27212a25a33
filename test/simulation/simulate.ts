import { pino } from "pino";
import { isObject } from "../../src/core/json.ts";
import { loadCatalogue } from "../../src/load.ts";
import type { Log } from "../../src/log.ts";
import { randomFrom } from "../fuzz/random.ts";
import type { Stage } from "./actor.ts";
import { ApiServer } from "./api-server.ts";
import { faults } from "./check.ts";
import { type CloudWeather, SimulatedCloud } from "./cloud.ts";
import type { Weather } from "./connection.ts";
import { watchExcess } from "./excess.ts";
import { type Supply, startKarpenter } from "./karpenter.ts";
import { watchLosses } from "./losses.ts";
import { type PodHabits, startKubelets, startScheduler } from "./nodes.ts";
import { type SimulatedReconciler, startSimulatedReconciler } from "./reconciler.ts";
import { Store } from "./store.ts";
import { startVirtualTime } from "./time.ts";
import { createUser } from "./user.ts";
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
const CALM_MS = 26 * HOUR_MS;

export interface Simulated {
  readonly seed: number;
  readonly provider: string;
  readonly virtualHours: number;
  readonly changes: number;
  readonly crashes: number;
  readonly claims: number;
  readonly writes: number;
  /** Empty: the world came to rest, with nothing too much and nothing missing. */
  readonly faults: readonly string[];
  /** What happened last, for whoever looks for the reason. */
  readonly trace: readonly string[];
}

/**
 * One random world: hours of users, stock-outs, evictions, a bad network, restarts of the API server, crashes of the
 * reconciler and steps of the clock; then calm, in which it must come to rest. The same seed is the same world.
 */
export async function simulate(seed: number, turmoilHours = 4): Promise<Simulated> {
  const random = randomFrom(seed);
  // Retries and watches of the product are spread by chance; here by that of the seed.
  const chance = Math.random;
  Math.random = () => random.next();
  const time = startVirtualTime(START_MS);
  try {
    return await run(seed, turmoilHours, { store: new Store(), time, random });
  } finally {
    time.end();
    Math.random = chance;
  }
}

async function run(seed: number, turmoilHours: number, stage: Stage): Promise<Simulated> {
  const { store, time, random } = stage;
  const trace: string[] = [];
  const say = (text: string): void => {
    trace.push(`${new Date().toISOString()} ${text}`);
    if (trace.length > 400) trace.splice(0, 100);
  };
  const catalogue = loadCatalogue();
  const weather: Weather = { down: false, refused: 0.02, answerLost: 0.05, watchCut: 0.001, mostDelayMs: 50 };
  const supply: Supply = { refused: 0.3, neverJoins: 0.05, lost: 0.1 };
  const habits: PodHabits = { crash: 0.1 };
  startWorkloads(stage);
  startScheduler(stage);
  startKubelets(stage, habits);
  const provider = PROVIDERS[seed % PROVIDERS.length] ?? "karpenter";
  const cloudWeather: CloudWeather = { busy: 0.1, answerLost: 0.05 };
  const cloud = provider === "aks" ? new SimulatedCloud(stage, catalogue.current, supply, cloudWeather) : undefined;
  if (cloud === undefined) startKarpenter(stage, catalogue.current, supply);
  store.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
  const log = silent(say);
  const api = new ApiServer(store);
  const losses = watchLosses(stage, api, EMPTY_NODE_GRACE_MS);
  let claims = 0;
  const excess = watchExcess(stage);
  store.onChange(({ plural, before, after }) => {
    if (plural === "nodeclaims" && before === undefined) claims++;
    const object = after ?? before;
    const verb = before === undefined ? "created" : after === undefined ? "gone" : "changed";
    if (plural !== "events" && (verb !== "changed" || plural === "workspaces" || plural === "nodeclaims"))
      say(`${plural} ${object?.metadata.namespace ?? ""}/${object?.metadata.name} ${verb}`);
  });
  const options = {
    namespace: "foresail-system",
    catalog: [],
    installation: {
      settings: { provider, nodeClass: NODE_CLASSES[provider] },
      limits: {},
      emptyNodeGraceMs: EMPTY_NODE_GRACE_MS,
      mostLaunching: 100,
    },
  } as const;
  const start = (): SimulatedReconciler =>
    startSimulatedReconciler({ api, time, random, weather, log, options, cloud });
  let reconciler = start();
  const user = createUser(stage, catalogue);
  const count = { changes: 0, crashes: 0, writes: 0 };
  const endMs = turmoilHours * HOUR_MS;
  const restarted = async (): Promise<void> => {
    reconciler.kill();
    count.crashes++;
    count.writes += reconciler.connection.writes();
    await time.runUntil(time.nowMs() + random.below(2 * MINUTE_MS));
    reconciler = start();
  };
  while (time.nowMs() < endMs) {
    await time.runUntil(time.nowMs() + random.below(6 * MINUTE_MS));
    if (!reconciler.isAlive) await restarted();
    const wind = random.below(12);
    if (wind === 0) {
      say("the reconciler is killed");
      await restarted();
    } else if (wind <= 2) {
      say("the reconciler is to be killed at one of its next writes");
      reconciler.killAtWrite(random.below(12));
      count.changes++;
      say(`the user ${user.act()}`);
    } else if (wind === 3) {
      say("the API server is away");
      weather.down = true;
      await time.runUntil(time.nowMs() + random.below(3 * MINUTE_MS));
      weather.down = false;
      say("the API server is back");
    } else if (wind === 4) {
      const byMs = random.pick([-HOUR_MS, HOUR_MS, -5_000, 5_000]);
      say(`the clock steps by ${byMs} ms`);
      time.stepClock(byMs);
    } else if (wind === 5) {
      weather.mostDelayMs = random.pick([50, 2_000, 10_000, 30_000]);
      supply.refused = random.pick([0, 0.3, 0.3, 0.9]);
    } else if (wind === 6 && cloud !== undefined) {
      const [name] = [...cloud.pools.keys()];
      say(`machine ${name} is taken away`);
      cloud.takeAway(name ?? "");
    } else {
      count.changes++;
      say(`the user ${user.act()}`);
    }
  }
  // Whatever was to kill it must not do so in the calm.
  await restarted();
  say("calm");
  Object.assign(weather, { refused: 0, answerLost: 0, watchCut: 0, mostDelayMs: 50 });
  Object.assign(supply, { refused: 0, neverJoins: 0, lost: 0 });
  Object.assign(cloudWeather, { busy: 0, answerLost: 0 });
  habits.crash = 0;
  await time.runUntil(time.nowMs() + CALM_MS);
  let found: readonly string[] = [];
  const checking = faults(store, reconciler, cloud).then((result) => {
    found = result;
  });
  await time.runUntil(time.nowMs() + MINUTE_MS);
  await checking;
  reconciler.kill();
  await time.runUntil(time.nowMs() + MINUTE_MS);
  const writes = count.writes + reconciler.connection.writes();
  return {
    seed,
    provider,
    virtualHours: time.nowMs() / HOUR_MS,
    ...count,
    writes,
    claims,
    faults: [...excess(), ...losses(), ...(cloud?.doubled ?? []), ...found],
    trace,
  };
}

/** The log of the reconciler as part of the trace: warnings only. */
function silent(say: (text: string) => void): Log {
  const stream = {
    write: (line: string) => {
      const { msg, object, err }: { msg?: string; object?: string; err?: unknown } = JSON.parse(line);
      say(`log ${object ?? ""} ${msg ?? ""} ${isObject(err) ? err["message"] : ""}`);
    },
  };
  return pino({ level: process.env["SIMULATION_LOG"] ?? "warn", base: {} }, stream);
}
