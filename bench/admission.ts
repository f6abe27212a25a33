/**
 * What admission costs: the real server with the real catalogue beside a bare node:https server that parses the same review
 * and allows it, each in a process of its own, in turns, over TLS with keep-alive connections.
 *
 *   node bench/admission.ts [--rounds=3] [--seconds=4] [--connections=32]
 *
 * The last line on stdout is one JSON object with all figures. Figures of one machine say little; the ratios are the result.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { parseArgs } from "node:util";
import { admit } from "../src/core/admit.ts";
import { loadCatalogue } from "../src/load.ts";
import { createLog } from "../src/log.ts";
import { type CertificateSet, createCertificateSet } from "../webhook/certificate-set.ts";
import { startServer } from "../webhook/server.ts";
import { reviewBody } from "./review.ts";

type Contestant = "foresail" | "echo";

interface Figures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Requests for each second of CPU time the server's process used, all its threads counted. */
  readonly requestsPerCpuSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
}

interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

if (process.argv[2] === "serve") await serve(process.argv[3] === "echo" ? "echo" : "foresail");
else await compare();

/** Child: waits for the certificates, listens, and answers every further message with what it has used. */
async function serve(contestant: Contestant): Promise<void> {
  const [set] = (await once(process, "message")) as [CertificateSet];
  const port = contestant === "echo" ? await serveEcho(set) : await serveForesail(set);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage.rss() / 1024 ** 2 } satisfies Usage);
  });
  process.send?.(port);
}

async function serveForesail({ serving }: CertificateSet): Promise<number> {
  const catalogue = loadCatalogue();
  const log = createLog({ name: "webhook", to: "stdout" });
  const decide: Parameters<typeof startServer>[0]["decide"] = (review, phase) => admit(review, catalogue, phase);
  return (await startServer({ decide, serving, log, port: 0, address: "127.0.0.1" })).port;
}

async function serveEcho({ serving }: CertificateSet): Promise<number> {
  const server = createServer(
    { ...serving, ALPNProtocols: ["http/1.1"], keepAliveTimeout: 100_000 },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { uid } = JSON.parse(Buffer.concat(chunks).toString("utf8")).request;
        const answer = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid, allowed: true } };
        const body = JSON.stringify(answer);
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
        response.end(body);
      });
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Parent: starts both, lets them take turns, prints the medians of the rounds. */
async function compare(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "4" },
      connections: { type: "string", default: "32" },
    },
  });
  const [rounds, seconds, connections] = [Number(values.rounds), Number(values.seconds), Number(values.connections)];
  const set = await createCertificateSet(["127.0.0.1"], Date.now());
  const servers = { echo: await startChild("echo", set), foresail: await startChild("foresail", set) };
  const results: Record<Contestant, Figures[]> = { echo: [], foresail: [] };
  for (const contestant of ["echo", "foresail"] as const) {
    await measure(servers[contestant], { seconds: Math.min(seconds, 2), connections, ca: set.caBundle });
  }
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of ["echo", "foresail"] as const) {
      const figures = await measure(servers[contestant], { seconds, connections, ca: set.caBundle });
      results[contestant].push(figures);
      console.log(`round ${round} ${contestant.padEnd(8)} ${JSON.stringify(figures)}`);
    }
  }
  for (const { child } of Object.values(servers)) child.kill();
  const [echo, foresail] = [medians(results.echo), medians(results.foresail)];
  const ratios = {
    requestsPerCpuSecond: round2(foresail.requestsPerCpuSecond / echo.requestsPerCpuSecond),
    p50: round2(foresail.p50Ms / echo.p50Ms),
    p99: round2(foresail.p99Ms / echo.p99Ms),
  };
  const reviewBytes = Buffer.byteLength(reviewBody());
  console.log(
    JSON.stringify({ benchmark: "admission", connections, rounds, seconds, reviewBytes, foresail, echo, ratios }),
  );
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startChild(contestant: Contestant, set: CertificateSet): Promise<Server> {
  // The log of decisions is written, as in a cluster, and thrown away.
  const child = fork(import.meta.filename, ["serve", contestant], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.send(set);
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
}

async function measure(
  { child, port }: Server,
  load: { readonly seconds: number; readonly connections: number; readonly ca: string },
): Promise<Figures> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(port, load.ca)));
  const before = await usage(child);
  const startMs = performance.now();
  const endMs = startMs + load.seconds * 1000;
  const latencies = (await Promise.all(sockets.map((socket) => drive(socket, endMs)))).flat().sort((a, b) => a - b);
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const after = await usage(child);
  for (const socket of sockets) socket.destroy();
  return {
    requests: latencies.length,
    requestsPerSecond: Math.round(latencies.length / elapsedSeconds),
    requestsPerCpuSecond: Math.round((latencies.length / (after.cpuMs - before.cpuMs)) * 1000),
    p50Ms: round2(latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN),
    p99Ms: round2(latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN),
    rssMiB: Math.round(after.rssMiB),
  };
}

async function usage(child: ChildProcess): Promise<Usage> {
  child.send("usage");
  const [used] = (await once(child, "message")) as [Usage];
  return used;
}

async function open(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca });
  await once(socket, "secureConnect");
  socket.setNoDelay(true);
  return socket;
}

/** One review after the other until `endMs`; gives the milliseconds of each. Throws for an answer that is not "allowed". */
async function drive(socket: TLSSocket, endMs: number): Promise<number[]> {
  const latencies: number[] = [];
  while (performance.now() < endMs) {
    const body = reviewBody();
    const sentMs = performance.now();
    const head = `POST /mutate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.write(head + body);
    const answer = await readAnswer(socket);
    latencies.push(performance.now() - sentMs);
    if (!answer.includes('"allowed":true')) throw new Error(`not allowed: ${answer.slice(0, 2000)}`);
  }
  return latencies;
}

/** Node's HTTP client costs more than the server it would measure, so answers are cut by hand: head, then content-length. */
function readAnswer(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (text.length < headEnd + 4 + length) return;
      settle();
      resolve(text);
    };
    const fail = () => {
      settle();
      reject(new Error(`the server closed the connection after ${JSON.stringify(text.slice(0, 200))}`));
    };
    const settle = () => {
      socket.off("data", read);
      socket.off("close", fail);
    };
    socket.on("data", read);
    socket.once("close", fail);
  });
}

function medians(rounds: readonly Figures[]): Figures {
  const median = (pick: (figures: Figures) => number) =>
    rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    requests: rounds.reduce((sum, { requests }) => sum + requests, 0),
    requestsPerSecond: median((figures) => figures.requestsPerSecond),
    requestsPerCpuSecond: median((figures) => figures.requestsPerCpuSecond),
    p50Ms: median((figures) => figures.p50Ms),
    p99Ms: median((figures) => figures.p99Ms),
    rssMiB: median((figures) => figures.rssMiB),
  };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
