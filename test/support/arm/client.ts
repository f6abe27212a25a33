import type { Fault } from "./faults.ts";
import type { ArmCall, ArmState } from "./handle.ts";
import type { Settings } from "./settings.ts";
import type { Json, JsonMap } from "./wire.ts";

/** The control API of a fake ARM in another process. */
export interface ArmControl {
  state(): Promise<ArmState>;
  settings(): Promise<Settings>;
  configure(change: Partial<Settings>): Promise<void>;
  calls(since?: number): Promise<readonly ArmCall[]>;
  script(...faults: readonly Fault[]): Promise<void>;
  faults(): Promise<readonly Fault[]>;
  clearFaults(): Promise<void>;
  /** Adds the random faults of a seed. */
  schedule(seed: number, faults: number): Promise<void>;
  stopCluster(): Promise<void>;
  startCluster(): Promise<void>;
  portalPut(name: string, body: JsonMap, state?: string): Promise<void>;
  portalDelete(name: string): Promise<void>;
  evict(name: string): Promise<void>;
  /** Lets virtual time pass; refused where time is real. */
  advance(ms: number): Promise<void>;
}

/** Every call rejects with what the fake said when it refuses. */
export function controlArm(url: string): ArmControl {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${url}/fake/${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /fake/${path} gave ${response.status}: ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as Json);
  };
  const tell = async (method: string, path: string, body?: unknown): Promise<void> =>
    void (await call(method, path, body));
  return {
    state: async () => (await call("GET", "state")) as ArmState,
    settings: async () => (await call("GET", "settings")) as Settings,
    configure: (change) => tell("PATCH", "settings", change),
    calls: async (since = 0) => (await call("GET", `calls?since=${since}`)) as readonly ArmCall[],
    script: (...faults) => tell("POST", "faults", faults),
    faults: async () => (await call("GET", "faults")) as readonly Fault[],
    clearFaults: () => tell("DELETE", "faults"),
    schedule: (seed, faults) => tell("POST", "schedule", { seed, faults }),
    stopCluster: () => tell("POST", "cluster/stop"),
    startCluster: () => tell("POST", "cluster/start"),
    portalPut: (name, body, state = "Succeeded") => tell("PUT", `pools/${name}?state=${state}`, body),
    portalDelete: (name) => tell("DELETE", `pools/${name}`),
    evict: (name) => tell("POST", `pools/${name}/evict`),
    advance: (ms) => tell("POST", "clock", { ms }),
  };
}
