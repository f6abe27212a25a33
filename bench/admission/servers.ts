/**
 * One of the servers that bench/admission.ts compares, as a process: `foresail`, or `echo`, a bare node:https server that
 * parses the same review and answers with a patch that never changes. Runs from emitted JavaScript, as in the image.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { admit } from "../../src/core/admit.ts";
import { loadCatalogue } from "../../src/load.ts";
import { createLog } from "../../src/log.ts";
import { createRegistry } from "../../src/metrics.ts";
import { expectShortLives } from "../../webhook/heap.ts";
import { webhookMetrics } from "../../webhook/metrics.ts";
import { startServer } from "../../webhook/server.ts";
import { profile } from "./breakdown.ts";

const [contestant, folder = "."] = process.argv.slice(2);
const serving = { cert: readFileSync(join(folder, "cert"), "utf8"), key: readFileSync(join(folder, "key"), "utf8") };
const port = contestant === "foresail" ? await serveForesail() : await serveEcho();
process.on("message", (ms: number) => void profile(ms).then((shares) => process.send?.({ shares })));
process.send?.({ port });

async function serveForesail(): Promise<number> {
  expectShortLives();
  const catalogue = loadCatalogue();
  // The log of decisions is written and all is counted, as in a cluster; whoever started this throws the log away.
  const log = createLog({ name: "webhook", to: "stdout" });
  const decide: Parameters<typeof startServer>[0]["decide"] = (review, phase) => admit(review, catalogue, phase);
  const { observe } = webhookMetrics(createRegistry());
  return (await startServer({ decide, serving, log, observe, port: 0, address: "127.0.0.1" })).port;
}

async function serveEcho(): Promise<number> {
  const patch = readFileSync(join(folder, "patch")).toString("base64");
  const server = createServer({ ...serving, ALPNProtocols: ["http/1.1"] }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { uid } = JSON.parse(Buffer.concat(chunks).toString("utf8")).request;
      const decision = { uid, allowed: true, patchType: "JSONPatch", patch };
      const body = JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: decision });
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
