import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { loadCatalogue } from "../src/load.ts";
import { catalogueMetrics, createRegistry, type MetricsServer, serveMetrics } from "../src/metrics.ts";

const silent = pino({ level: "silent" });

describe("metrics", () => {
  const registry = createRegistry();
  let server: MetricsServer;
  let releases = loadCatalogue();
  const catalogue = catalogueMetrics(registry, () => releases);
  before(async () => {
    server = await serveMetrics(registry, 0, silent);
  });
  after(() => server.stop());

  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
  const scrape = async () => await (await ask("/metrics")).text();

  it("are served as Prometheus reads them, at one path and to GET only", async () => {
    const answer = await ask("/metrics?x=1");
    expect(answer.headers.get("content-type")).to.equal("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text())
      .to.include("process_resident_memory_bytes")
      .and.to.include("nodejs_eventloop_lag_seconds");
    expect((await ask("/metrics", { method: "POST", body: "x" })).status).to.equal(405);
    for (const path of ["/", "/metricsx", "/debug"]) expect((await ask(path)).status).to.equal(404);
  });

  it("name the one release that decides, and count refused data", async () => {
    const { id } = releases.current;
    expect(await scrape()).to.include(`foresail_catalogue_info{release="${id}"} 1`);
    releases = { ...releases, current: { ...releases.current, id: "2099.1.0" } };
    catalogue.refused();
    const text = await scrape();
    expect(text).to.include('foresail_catalogue_info{release="2099.1.0"} 1').and.to.not.include(`"${id}"`);
    expect(text).to.include("foresail_catalogue_data_refused_total 1");
  });

  it("outlive a port that is taken: one line in the log, and all else goes on", async () => {
    const lines: string[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => lines.push(line) });
    const taken = createServer().listen(0);
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const without = await serveMetrics(registry, port, log);
    expect(without.port).to.equal(undefined);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("--metrics-port").and.to.include("EADDRINUSE");
    await without.stop();
    taken.close();
  });

  it("end at once, whoever still listens", async () => {
    const other = await serveMetrics(createRegistry(), 0, silent);
    const idle = connect(other.port ?? 0, "127.0.0.1");
    idle.on("error", () => undefined);
    await once(idle, "connect");
    const closed = once(idle, "close");
    await other.stop();
    await closed;
  });
});
