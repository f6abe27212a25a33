/** Preloaded into a process (NODE_OPTIONS=--import): every connection it opens is a line `HOST:PORT` of the file named. */
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import type { Socket } from "node:net";

const file = process.env["FORESAIL_TEST_CONNECTIONS"];
if (file !== undefined) {
  subscribe("net.client.socket", (message) => {
    const { socket } = message as { readonly socket: Socket };
    socket.on("connectionAttempt", (address: string, port: number) => appendFileSync(file, `${address}:${port}\n`));
  });
}
