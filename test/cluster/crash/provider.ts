import { readItems } from "../support/cluster.ts";
import type { Gate } from "./gate.ts";
import { RUN_LABEL } from "./scenarios.ts";

/** Who turns claims into machines in a run of the harness. */
export interface Provider {
  readonly name: string;
  /** Components of the control plane beside scheduler, controller manager and simulated nodes. */
  readonly needs: readonly "karpenter"[];
  /** Starts what it needs; whatever the process asks of it must come through the gate. */
  start(gate: Gate): Promise<RunningProvider>;
}

/** A machine that exists and is not being deleted. */
export interface Machine {
  /** In the spelling of a claim's `status.providerID`; absent while it has none. */
  readonly id?: string;
  /** Namespace of the run it was made for. */
  readonly space: string;
  /** What is wrong with it beside that, such as marks of another claim. */
  readonly faults: (claims: readonly { readonly name: string; readonly uid: string }[]) => readonly string[];
}

export interface RunningProvider {
  /** Arguments of the reconciler, after the shipped ones. */
  readonly args: readonly string[];
  /** Absent: the simulation's whose nodes register at once. */
  readonly nodeClass?: string;
  machines(): Promise<readonly Machine[]>;
  /** Breaks every connection of a process that is dead. */
  cut(): void;
  stop(): Promise<void>;
}

interface Node {
  readonly metadata: { readonly labels?: { readonly [key: string]: string }; readonly deletionTimestamp?: string };
  readonly spec: { readonly providerID?: string };
}

/** The real Karpenter of the control plane, which the reconciler reaches through the API server only. */
export const karpenter: Provider = {
  name: "karpenter",
  needs: ["karpenter"],
  start: async () => ({
    args: [],
    machines: async () =>
      (await readItems<Node>("/api/v1/nodes")).map(({ metadata, spec }) => ({
        ...(spec.providerID === undefined ? {} : { id: spec.providerID }),
        space: metadata.labels?.[RUN_LABEL] ?? "",
        faults: () => [],
      })),
    cut: () => {},
    stop: async () => {},
  }),
};
