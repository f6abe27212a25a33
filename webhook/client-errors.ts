import type { Server } from "node:https";
import type { Duplex } from "node:stream";
import type { Log } from "../src/log.ts";

/** How long a sender of rubbish may go on sending, so that it gets to read the answer before the connection is cut. */
const LINGER_MS = 1_000;

const STATUS: { readonly [code: string]: string } = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
};

/** Answers what is no HTTP, is too slow, or asks for a tunnel. Node's own answers are cut off by its reset of the connection. */
export function answerClientErrors(server: Server, log: Log): void {
  // What still comes after an answer is rubbish to the parser, too.
  const answered = new WeakSet<Duplex>();
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (answered.has(socket)) return;
    answered.add(socket);
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const status = STATUS[error.code ?? ""] ?? "400 Bad Request";
    log.warn({ code: error.code, status: Number.parseInt(status, 10) }, "no HTTP, or too slow");
    answerRaw(socket, status);
  });
  server.on("connect", (_request, socket) => answerRaw(socket, "405 Method Not Allowed"));
}

function answerRaw(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(cut));
}
