import { once } from "node:events";
import { Agent } from "node:https";
import { connect } from "node:tls";
import { expect } from "chai";
import { describe, it } from "mocha";
import { call, review, type TestServer, testServer } from "./support/tls-server.ts";

describe("webhook server stopping", () => {
  it("is ready only when told, and not from the moment it stops", async () => {
    const { server, ca } = await testServer();
    const readyz = async () => (await call({ port: server.port, ca, method: "GET", path: "/readyz" })).status;
    const healthz = async () => (await call({ port: server.port, ca, method: "GET", path: "/healthz" })).status;
    expect([await readyz(), await healthz()]).to.deep.equal([503, 200]);
    server.setReady();
    expect(await readyz()).to.equal(200);
    const stopped = server.stop({ drainMs: 300, graceMs: 1000 });
    expect([await readyz(), await healthz()]).to.deep.equal([503, 200]);
    await stopped;
    const refused = await readyz().catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).to.equal("ECONNREFUSED");
  });

  it("W4: loses no request under load when another replica is there", async () => {
    const [a, b] = [await testServer(), await testServer()];
    a.server.setReady();
    b.server.setReady();
    const service = endpoints([a, b]);
    const load = { running: true };
    const clients = Array.from({ length: 16 }, (_, i) => client(service, i, load));
    await until(() => service.answered() > 500);
    await a.server.stop({ drainMs: 500, graceMs: 2000 });
    const atStop = service.answered();
    await until(() => service.answered() > atStop + 200);
    load.running = false;
    const failures = (await Promise.all(clients)).flat();
    service.close();
    await b.server.stop({ drainMs: 0, graceMs: 0 });
    expect(failures).to.deep.equal([]);
    expect(service.closedByServer(), "answers that ended their connection").to.be.greaterThan(0);
  });

  it("cuts what is still open when its grace is over", async () => {
    const { server, ca } = await testServer();
    const socket = connect({ host: "127.0.0.1", port: server.port, ca });
    await once(socket, "secureConnect");
    socket.write("POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{");
    // An answer on another connection: by now the server has seen the unfinished request.
    await call({ port: server.port, ca, body: JSON.stringify(review("other")) });
    const closed = once(socket, "close");
    socket.on("error", () => undefined);
    await server.stop({ drainMs: 0, graceMs: 50 });
    await closed;
  });
});

interface Service {
  /** One replica a new connection would reach: ready ones in turn. */
  pick(i: number): { readonly target: TestServer; readonly agent: Agent };
  count(reply: { readonly headers: Readonly<Record<string, unknown>> }): void;
  answered(): number;
  closedByServer(): number;
  close(): void;
}

/** A Service in small: polls /readyz of its endpoints and gives new connections to the ready ones. */
function endpoints(replicas: readonly TestServer[]): Service {
  const ready = new Set(replicas);
  const agents = new Map(replicas.map((replica) => [replica, new Agent({ keepAlive: true })]));
  let [answered, closed] = [0, 0];
  const probe = setInterval(() => {
    for (const replica of replicas) {
      call({ port: replica.server.port, ca: replica.ca, method: "GET", path: "/readyz" }).then(
        ({ status }) => (status === 200 ? ready.add(replica) : ready.delete(replica)),
        () => ready.delete(replica),
      );
    }
  }, 20);
  return {
    pick: (i) => {
      const [target] = [...ready].slice(i % ready.size);
      const agent = target && agents.get(target);
      if (target === undefined || agent === undefined) throw new Error("no endpoint is ready");
      return { target, agent };
    },
    count: ({ headers }) => {
      answered++;
      if (headers["connection"] === "close") closed++;
    },
    answered: () => answered,
    closedByServer: () => closed,
    close: () => {
      clearInterval(probe);
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Sends one review after the other as long as the load runs; gives what went wrong. */
async function client(service: Service, id: number, load: { readonly running: boolean }): Promise<string[]> {
  const failures: string[] = [];
  for (let n = 0; load.running; n++) {
    const uid = `${id}-${n}`;
    try {
      const { target, agent } = service.pick(id + n);
      const reply = await call({ port: target.server.port, ca: target.ca, agent, body: JSON.stringify(review(uid)) });
      if (reply.status !== 200 || !reply.text.includes(uid)) failures.push(`${uid}: ${reply.status} ${reply.text}`);
      service.count(reply);
    } catch (error) {
      failures.push(`${uid}: ${error}`);
    }
  }
  return failures;
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error("the condition did not come true in 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
