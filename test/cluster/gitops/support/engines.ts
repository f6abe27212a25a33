import type { JsonObject } from "../../../../src/core/json.ts";
import { cluster } from "../../support/cluster.ts";
import { enginePrograms } from "./build.ts";
import { startLineProcess } from "./line-process.ts";

/** How Argo CD compares git with the cluster: the four ways a user can choose. */
export const ARGO_DIFF_MODES = ["legacy", "structured-merge", "server-side", "server-side-with-webhooks"] as const;
export type ArgoDiffMode = (typeof ARGO_DIFF_MODES)[number];
export type ArgoApplyMode = "client-side" | "server-side" | "replace";
/** The five ways a GitOps engine looks for drift. */
export const DIFF_MODES = ["flux", ...ARGO_DIFF_MODES] as const;
export type DiffMode = (typeof DIFF_MODES)[number];

export type FluxAction = "created" | "configured" | "unchanged" | "deleted" | "skipped";

interface FluxAnswer {
  readonly changes?: readonly { readonly subject: string; readonly action: FluxAction }[];
  readonly status?: string;
  readonly message?: string;
  readonly error?: string;
}

export interface ArgoDiff {
  readonly modified: boolean;
  readonly predicted?: unknown;
  readonly live?: unknown;
  readonly error?: string;
}

interface ArgoAnswer extends ArgoDiff {
  readonly output?: string;
}

/** Flux's kustomize-controller and Argo CD's application controller as far as they touch objects. */
export interface Engines {
  readonly flux: {
    /** Applies as one reconciliation does. Throws what Flux would report. */
    apply(objects: readonly JsonObject[], options?: { readonly force?: boolean }): Promise<readonly FluxAction[]>;
    /** The error of an apply that must fail. */
    refusal(objects: readonly JsonObject[], options?: { readonly force?: boolean }): Promise<string>;
    diff(object: JsonObject): Promise<FluxAction>;
    /** As `wait: true`: until kstatus calls all Current; throws what Flux would report. */
    wait(objects: readonly JsonObject[], timeoutSeconds: number): Promise<void>;
    /** What kstatus says of an object given as data. */
    status(object: JsonObject): Promise<string>;
  };
  readonly argo: {
    apply(object: JsonObject, mode: ArgoApplyMode): Promise<void>;
    refusal(object: JsonObject, mode: ArgoApplyMode): Promise<string>;
    diff(object: JsonObject, mode: ArgoDiffMode): Promise<ArgoDiff>;
  };
  stop(): void;
}

let programs: ReturnType<typeof enginePrograms> | undefined;

/** Starts both programs for the cluster of this run, building them first where they are not. */
export async function startEngines(): Promise<Engines> {
  programs ??= enginePrograms();
  const paths = await programs;
  if ("reason" in paths) throw new Error(paths.reason);
  const { workDir, kubeconfig } = cluster();
  const args = ["--kubeconfig", kubeconfig];
  const fluxProcess = startLineProcess(paths.flux, args, workDir);
  const argoProcess = startLineProcess(paths.argoCd, args, workDir);
  const askFlux = (request: object) => fluxProcess.ask<FluxAnswer>(request);
  const askArgo = (request: object) => argoProcess.ask<ArgoAnswer>(request);
  return {
    flux: {
      apply: async (objects, options = {}) => actions(await askFlux({ verb: "apply", objects, ...options })),
      refusal: async (objects, options = {}) => refusalOf(await askFlux({ verb: "apply", objects, ...options })),
      diff: async (object) => only(actions(await askFlux({ verb: "diff", objects: [object] }))),
      wait: async (objects, timeoutSeconds) => {
        actions(await askFlux({ verb: "wait", objects, timeoutSeconds }));
      },
      status: async (object) => {
        const answer = await askFlux({ verb: "status", objects: [object] });
        if (answer.status === undefined) throw new Error(answer.error);
        return answer.status;
      },
    },
    argo: {
      apply: async (object, mode) => {
        const { error } = await askArgo({ verb: "apply", object, mode });
        if (error !== undefined) throw new Error(error);
      },
      refusal: async (object, mode) => refusalOf(await askArgo({ verb: "apply", object, mode })),
      diff: (object, mode) => askArgo({ verb: "diff", object, mode }),
    },
    stop: () => {
      fluxProcess.stop();
      argoProcess.stop();
    },
  };
}

function actions({ changes, error }: FluxAnswer): readonly FluxAction[] {
  if (error !== undefined) throw new Error(error);
  return (changes ?? []).map(({ action }) => action);
}

function refusalOf({ error }: { readonly error?: string }): string {
  if (error === undefined) throw new Error("expected a refusal, it was applied");
  return error;
}

function only<T>(all: readonly T[]): T {
  const [first] = all;
  if (first === undefined || all.length > 1) throw new Error(`expected one answer, got ${all.length}`);
  return first;
}
