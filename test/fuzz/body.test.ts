import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type AdmitPhase, admit } from "../../src/core/admit.ts";
import { isObject, type JsonObject, sha256Hex } from "../../src/core/json.ts";
import { reviewText } from "../../src/core/review.ts";
import { packageRoot } from "../../src/package-root.ts";
import { parseBody } from "../../webhook/body.ts";
import { catalogue } from "../core/support/workspaces.ts";
import { call, type TestServer, testServer } from "../webhook/support/tls-server.ts";
import { ENDINGS, type Ending, endingOf } from "./ending.ts";
import { mutateBytes, mutateValues } from "./mutate.ts";
import { type Random, randomFrom } from "./random.ts";

/** `make test-full` takes fifty times as many. FORESAIL_TEST_SEED repeats a run. */
const count = process.env["FORESAIL_TEST_FULL"] === "1" ? 100_000 : 2_000;
const seed = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);
const CONNECTIONS = 8;
const LONGEST_MS = 50;
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;

const folder = join(packageRoot(), "test", "fuzz", "corpus");
const corpus = readdirSync(folder)
  .filter((file) => file.endsWith(".body"))
  .sort()
  .map((file) => readFileSync(join(folder, file)));
// Most of the time from reviews that are read to their end.
const reviews = corpus.filter((body) => endingOf(parseBody(body)) === "expand");

function fuzzed(random: Random): Buffer {
  const other = random.pick(corpus);
  if (random.next() < 0.2) return mutateBytes(random.pick(corpus), other, random);
  return mutateValues(random.pick(reviews), other, random);
}

/** Asks again what took long: only what is always long is a hang and not a neighbour on the machine. */
function fastestMs(body: Buffer, phase: AdmitPhase): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5 && fastest > LONGEST_MS; i++) {
    const startMs = performance.now();
    const parsed = parseBody(body);
    if (parsed.kind === "json") reviewText(admit(parsed.value, catalogue, phase) ?? {});
    fastest = Math.min(fastest, performance.now() - startMs);
  }
  return fastest;
}

describe("F1: any bytes as the body of a review", function () {
  this.timeout(1_200_000);
  let target: TestServer;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  before(async () => {
    target = await testServer((body, phase) => admit(body, catalogue, phase));
  });
  after(async () => {
    agent.destroy();
    await target.server.stop({ drainMs: 0, graceMs: 0 });
  });

  /** What is wrong with the answer to a body; undefined when nothing is. */
  async function complaint(body: Buffer, phase: AdmitPhase): Promise<string | undefined> {
    const { server, ca } = target;
    const send = () => call({ port: server.port, ca, agent, path: `/${phase}`, body }).catch((error: Error) => error);
    let reply = await send();
    // Neighbours on the machine can make a turn long; whoever is told to try again does so.
    for (let i = 0; i < 5 && !(reply instanceof Error) && reply.status === 429; i++) reply = await send();
    target.lines.length = 0;
    if (reply instanceof Error) return `no answer: ${reply.message}`;
    if (reply.status === 400 && reply.text !== "") return undefined;
    if (reply.status !== 200) return `status ${reply.status}`;
    const { response } = JSON.parse(reply.text) as { readonly response: JsonObject };
    const { request } = JSON.parse(body.toString("utf8")) as { readonly request: JsonObject };
    if (response["uid"] !== request["uid"]) return "another uid";
    if (isObject(response["status"]) && response["status"]["code"] === 500) return "it threw";
    const { patch } = response;
    if (patch === undefined) return undefined;
    const operations = JSON.parse(Buffer.from(String(patch), "base64").toString()) as { readonly path: string }[];
    const { kind } = (request["kind"] ?? {}) as JsonObject;
    const written = kind === "Pod" ? /^\/(metadata\/annotations|spec)(\/|$)/ : /^\/expansion(\/|$)/;
    return operations.every(({ path }) => written.test(path)) ? undefined : `a patch of more than ${written}`;
  }

  function keep(body: Buffer, what: string): string {
    const found = join(packageRoot(), ".cache", "fuzz");
    mkdirSync(found, { recursive: true });
    const file = join(found, `${sha256Hex(body.toString("latin1")).slice(0, 12)}.body`);
    writeFileSync(file, body);
    return `${what}: seed ${seed}, kept as ${file}; mend it and move it to test/fuzz/corpus`;
  }

  it("is answered as it was when it was found", async () => {
    expect(corpus.length).to.be.greaterThan(25);
    for (const body of corpus) {
      for (const phase of ["mutate", "validate"] as const) {
        expect(await complaint(body, phase)).to.equal(undefined);
        expect(fastestMs(body, phase)).to.be.lessThan(LONGEST_MS);
      }
    }
  });

  it("is answered soon, without a crash, a reset or a growing memory, wherever it ends", async () => {
    const random = randomFrom(seed);
    const ends = new Map<Ending, number>(ENDINGS.map((ending) => [ending, 0]));
    const wrong: string[] = [];
    let [slowestMs, settledBytes] = [0, 0];
    const client = async (share: number) => {
      for (let i = 0; i < share && wrong.length < 3; i++) {
        const [body, phase] = [fuzzed(random), random.next() < 0.8 ? ("mutate" as const) : ("validate" as const)];
        const ending = endingOf(parseBody(body));
        ends.set(ending, (ends.get(ending) ?? 0) + 1);
        const ms = fastestMs(body, phase);
        slowestMs = Math.max(slowestMs, ms);
        if (ms > LONGEST_MS) wrong.push(keep(body, `took ${Math.round(ms)} ms`));
        const problem = await complaint(body, phase);
        if (problem !== undefined) wrong.push(keep(body, problem));
        // What compiled code and buffers take is there by then.
        if (i === Math.floor(share / 2)) settledBytes = process.memoryUsage.rss();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client(count / CONNECTIONS)));
    const growth = process.memoryUsage.rss() - settledBytes;
    const shares = ENDINGS.map((ending) => `${ending} ${Math.round(((ends.get(ending) ?? 0) / count) * 100)} %`);
    process.stdout.write(
      `      ${count} bodies of seed ${seed} ended at ${shares.join(", ")}; slowest ${slowestMs.toFixed(1)} ms, ` +
        `memory ${Math.round(growth / 1024 ** 2)} MiB more in the second half\n`,
    );
    expect(wrong).to.deep.equal([]);
    expect(ends.get("expand")).to.be.greaterThan(count * 0.3);
    for (const ending of ENDINGS) expect(ends.get(ending), ending).to.be.greaterThan(0);
    expect(growth).to.be.lessThan(MOST_GROWTH_BYTES);
    expect(({} as JsonObject)["polluted"]).to.equal(undefined);
  });
});
