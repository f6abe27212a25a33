import type { Server } from "node:https";
import type { Socket } from "node:net";

/**
 * Keeps the number of open connections below `most`: each costs memory, TLS buffers above all. Beyond it the oldest one that
 * never sent a request makes room, so that whoever opens thousands takes them from himself and not from the API server.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  /** Without a request so far, oldest first, by address: a request comes with the TLS socket, not with the TCP one. */
  const silent = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    if (open.size >= most) {
      const [oldest] = silent.values();
      if (oldest === undefined) {
        socket.destroy();
        return;
      }
      oldest.destroy();
      open.delete(oldest);
    }
    const peer = peerOf(socket);
    open.add(socket);
    silent.set(peer, socket);
    socket.once("close", () => {
      open.delete(socket);
      if (silent.get(peer) === socket) silent.delete(peer);
    });
  });
  const known = new WeakSet<Socket>();
  server.on("request", ({ socket }: { readonly socket: Socket }) => {
    if (known.has(socket)) return;
    known.add(socket);
    silent.delete(peerOf(socket));
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
