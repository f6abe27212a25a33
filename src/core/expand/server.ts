import type { Model, Release, RuntimeImage } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { ExpansionMemory, ExpansionParallelism } from "../kinds/expansion.ts";
import type { Inference, Workspace } from "../kinds/workspace.ts";
import type { Options } from "../options.ts";
import type { Requests } from "./allocatable.ts";
import type { ChosenHardware } from "./hardware.ts";
import type { Weights } from "./weights.ts";

/** Everything the builders of an inference pod need; all of it decided before. */
export interface ServerQuestion {
  readonly release: Release;
  readonly workspace: Workspace;
  readonly inference: Inference;
  readonly options: Options;
  readonly model: Model;
  readonly image: RuntimeImage;
  readonly imageReference: string;
  readonly hardware: ChosenHardware;
  readonly requests: Requests;
  readonly weights: Weights;
  /** Port the server listens on; behind a sidecar not the one callers reach. */
  readonly port: number;
  readonly nodeCount: number;
  readonly parallelism: ExpansionParallelism;
  /** Absent when the hardware is unknown. */
  readonly memory?: ExpansionMemory;
  /** Sequences the server may run at a time, where its own default is too many. */
  readonly mostSequences?: number;
}

/** How a runtime is started and watched. */
export interface ServerParts {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly JsonObject[];
  readonly probes: JsonObject;
}

/** `--name=value`, or a bare `--name` where the value is empty; sorted, so that the same inputs give the same bytes. */
export function flagList(flags: { readonly [flag: string]: string }): readonly string[] {
  return Object.keys(flags)
    .sort()
    .map((name) => (flags[name] === "" ? `--${name}` : `--${name}=${flags[name]}`));
}

export const STARTUP_PERIOD_SECONDS = 10;
const FASTEST_STARTUP_SECONDS = 1800;
const SLOWEST_STARTUP_SECONDS = 10_800;

/** Time a server has to download, load and compile: KAITO's 15 min plus 18 s per GiB of weights, between 30 min and 3 h. */
export function startupSeconds(model: Model): number {
  const seconds = Math.ceil(900 + 18 * model.weightsGiB);
  return Math.min(SLOWEST_STARTUP_SECONDS, Math.max(FASTEST_STARTUP_SECONDS, seconds));
}

/** Probes of a server that answers /health on the model port. */
export function httpProbes(model: Model, port: number): JsonObject {
  const check = { httpGet: { path: "/health", port }, timeoutSeconds: 5 };
  return {
    startupProbe: {
      ...check,
      failureThreshold: Math.ceil(startupSeconds(model) / STARTUP_PERIOD_SECONDS),
      periodSeconds: STARTUP_PERIOD_SECONDS,
    },
    livenessProbe: { ...check, failureThreshold: 6, periodSeconds: 10 },
    readinessProbe: { ...check, failureThreshold: 3, periodSeconds: 10 },
  };
}
