import { readItems } from "../support/cluster.ts";
import type { Gate } from "./gate.ts";

/** Who turns claims into machines in a run of the harness. A new one is a file like karpenter.ts and a line in crash.test.ts. */
export interface Provider {
  readonly name: string;
  /** Starts what it needs; whatever the process asks of it must come through the gate. */
  start(gate: Gate): Promise<RunningProvider>;
}

export interface RunningProvider {
  /** Arguments of the reconciler, after the shipped ones. */
  readonly args: readonly string[];
  /** Ids of all machines there are and are not being deleted, in the spelling of a claim's `status.providerID`. */
  machines(): Promise<readonly string[]>;
  /** Breaks every connection of a process that is dead. */
  cut(): void;
  stop(): Promise<void>;
}

interface Node {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly providerID?: string };
}

/** The real Karpenter of the control plane, which the reconciler reaches through the API server only. */
export const karpenter: Provider = {
  name: "karpenter",
  start: async () => ({
    args: [],
    machines: async () => (await readItems<Node>("/api/v1/nodes")).flatMap(({ spec }) => spec.providerID ?? []),
    cut: () => {},
    stop: async () => {},
  }),
};
