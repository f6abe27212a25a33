import { once } from "node:events";
import { connect } from "node:tls";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { answer, review, type TestServer, testServer } from "./support/tls-server.ts";

const ANSWER_BYTES = 4 * 1024 * 1024;
// Several TLS records of 16 KiB, which arrive at once.
const BODY_BYTES = 200 * 1024;

describe("webhook server and large answers", () => {
  let target: TestServer;
  before(async () => {
    const patch = Buffer.alloc((ANSWER_BYTES * 3) / 4).toString("base64");
    target = await testServer((asked) => {
      const { uid } = (asked as { readonly request: { readonly uid: string } }).request;
      return answer({ uid, allowed: true, patchType: "JSONPatch", patch });
    });
  });
  after(() => target.server.stop({ drainMs: 0, graceMs: 0 }));

  it("reads a review that comes while the answer before it is still on its way", async () => {
    const socket = connect({ host: "127.0.0.1", port: target.server.port, ca: target.ca });
    await once(socket, "secureConnect");
    const ask = (uid: string): void => {
      const body = JSON.stringify(review(uid, { filler: "x".repeat(BODY_BYTES) }));
      const head = `POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
      socket.write(head + body);
    };
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    // Nothing is read for as long as the server could write: what the kernel does not take waits in the server.
    socket.pause();
    for (const uid of ["first", "second", "third"]) {
      ask(uid);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    socket.resume();
    const ended = once(socket, "close");
    while (!received.includes('"third"') && !socket.destroyed) {
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 20)), ended]);
    }
    expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).to.deep.equal([
      "200",
      "200",
      "200",
    ]);
    socket.destroy();
  });
});
