import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  readonly port: number;
  readonly ca: string;
  /** The most memory, in bytes, that was resident since this was asked last. */
  peak(): Promise<number>;
  stop(): void;
}

/** Starts server-child.ts; each of its decisions takes at least `decisionMs`. */
export async function serverProcess(decisionMs = 0): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL("server-child.ts", import.meta.url)), [String(decisionMs)]);
  const [{ port, ca }] = (await once(child, "message")) as [{ readonly port: number; readonly ca: string }];
  return {
    port,
    ca,
    async peak() {
      child.send("peak");
      const [{ peak }] = (await once(child, "message")) as [{ readonly peak: number }];
      return peak;
    },
    stop: () => child.disconnect(),
  };
}
