/** The real server with the real decision in a process of its own, so that its memory is its own. See server-process.ts. */
import { pino } from "pino";
import { admit } from "../../../src/core/admit.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { startServer } from "../../../webhook/server.ts";
import { certificates } from "./tls-server.ts";

const SAMPLE_MS = 10;

/** Milliseconds of the one thread that each decision takes at least. */
const decisionMs = Number(process.argv[2]);
const catalogue = loadCatalogue();
const { serving, caBundle } = await certificates();
const server = await startServer({
  decide: (review, phase) => {
    const endMs = performance.now() + decisionMs;
    const answer = admit(review, catalogue, phase);
    while (performance.now() < endMs);
    return answer;
  },
  serving,
  log: pino({ level: "silent" }),
  port: 0,
  address: "127.0.0.1",
});

let peak = 0;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, SAMPLE_MS);
process.on("message", () => {
  process.send?.({ peak: Math.max(peak, process.memoryUsage.rss()) });
  peak = 0;
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: server.port, ca: caBundle });
