import type { ControlPlane } from "../../local/control-plane.ts";
import { superviseProcesses } from "../../local/supervised.ts";
import type { ProcessSpec } from "../../local/supervisor-protocol.ts";

/** Where webhook and reconciler run: somebody who ends them when this process ends, however it ends. */
export interface ProcessHost {
  /** Folder for their kubeconfigs and logs. */
  readonly workDir: string;
  /** The process that lives as long as they do. */
  readonly ownerPid: number;
  start(spec: ProcessSpec): Promise<unknown>;
  stop(name: string): Promise<void>;
  hasEnded(name: string): boolean;
  logTail(name: string, lines: number): string;
  /** Ends whatever is left and removes the folder. */
  close(): Promise<void>;
}

/** A host of its own, for a cluster that is there already. */
export async function ownHost(): Promise<ProcessHost> {
  const supervised = await superviseProcesses();
  return {
    workDir: supervised.workDir,
    ownerPid: process.pid,
    start: supervised.start,
    stop: (name) => supervised.stop(name),
    hasEnded: (name) => supervised.exitOf(name) !== undefined,
    logTail: supervised.logTail,
    close: supervised.shutdown,
  };
}

/** The control plane of the demo as host: whoever ends it ends them, too. */
export function controlPlaneHost(controlPlane: ControlPlane): ProcessHost {
  const started = new Set<string>();
  return {
    workDir: controlPlane.workDir,
    ownerPid: controlPlane.supervisorPid,
    start: async (spec) => {
      await controlPlane.startProcess(spec);
      started.add(spec.name);
    },
    stop: (name) => controlPlane.stopProcess(name),
    hasEnded: (name) => started.has(name) && !controlPlane.processes().has(name),
    logTail: controlPlane.logTail,
    close: async () => {},
  };
}
