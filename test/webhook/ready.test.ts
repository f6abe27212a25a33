import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { startServer } from "../../webhook/server.ts";
import { allowAll, call, certificates } from "./support/tls-server.ts";

describe("readiness", () => {
  it("ends with what makes a replica useless, says what it is, and comes back with it", async () => {
    const { serving, caBundle: ca } = await certificates();
    let problem: string | undefined = "the serving certificate has expired";
    const server = await startServer({
      decide: allowAll,
      serving,
      log: pino({ level: "silent" }),
      port: 0,
      address: "127.0.0.1",
      unready: () => problem,
    });
    const readyz = async () => {
      const { status, text } = await call({ port: server.port, ca, method: "GET", path: "/readyz" });
      return [status, text];
    };
    expect((await readyz())[0], "not told yet").to.equal(503);
    server.setReady();
    expect(await readyz()).to.deep.equal([503, "the serving certificate has expired"]);
    problem = undefined;
    expect((await readyz())[0]).to.equal(200);
    await server.stop({ drainMs: 0, graceMs: 0 });
  });
});
