import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { readyz } from "./webhook.ts";

/** Between two probes of readiness; a kubelet takes 2 s with the probe that ships. */
const PROBE_MS = 100;

/** One address in front of several replicas, as a Service is. */
export interface Balancer {
  readonly port: number;
  /** Ports of the replicas that get new connections. */
  ready(): readonly number[];
  close(): Promise<void>;
}

/**
 * Passes bytes to replicas on loopback: new connections go to those whose `/readyz` says 200, in turn. An open connection
 * stays where it is until one side ends it, and breaks with its replica. Nothing is read, retried or terminated here.
 */
export async function balance(replicas: readonly number[]): Promise<Balancer> {
  const ready = new Set<number>();
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const targets = [...ready];
    const target = targets[turn++ % Math.max(targets.length, 1)];
    if (target === undefined) client.resetAndDestroy();
    else join(client, connect(target, "127.0.0.1"), sockets);
  });
  const probe = setInterval(() => {
    for (const port of replicas) {
      readyz(port).then(
        (status) => (status === 200 ? ready.add(port) : ready.delete(port)),
        () => ready.delete(port),
      );
    }
  }, PROBE_MS);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    ready: () => [...ready],
    close: async () => {
      clearInterval(probe);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function join(client: Socket, replica: Socket, sockets: Set<Socket>): void {
  const pairs = [
    [client, replica],
    [replica, client],
  ] as const;
  for (const [one, other] of pairs) {
    sockets.add(one);
    one.setNoDelay(true);
    one.pipe(other);
    // What breaks on one side breaks on the other; a clean end passes through the pipe.
    one.on("error", () => other.resetAndDestroy());
    one.on("close", () => sockets.delete(one));
  }
}
