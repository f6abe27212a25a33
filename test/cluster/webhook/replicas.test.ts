import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import {
  followTrust,
  type LoadResult,
  throughApiServer,
  under,
  verifyingAnew,
  verifyingKeptAlive,
} from "../support/admission-load.ts";
import { cluster, mustKubectl, waitFor } from "../support/cluster.ts";
import { type Replica, type Replicas, startReplicas } from "../support/replicas.ts";

/** The webhook's timeoutSeconds: nobody's write is held up for longer. */
const TIMEOUT_MS = 5_000;

const NOTHING: LoadResult = { failures: ["no load ran"], retried: 0, slowestMs: 0 };

describe("two replicas behind one address, under load", () => {
  let replicas: Replicas;
  before(async () => {
    replicas = await startReplicas();
  });
  after(() => replicas.uninstall());

  const pair = (): readonly [Replica, Replica] => {
    const [a, b] = replicas.all;
    if (a === undefined || b === undefined) throw new Error("expected two replicas");
    return [a, b];
  };

  it("are restarted one after the other (SIGTERM) without one failed admission, nobody repeating anything", async () => {
    const load = throughApiServer({ clients: 4, retries: false });
    const [{ failures } = NOTHING] = await under([load], async () => {
      for (const replica of pair()) {
        await load.more(20);
        await replica.stop("SIGTERM");
        expect(cluster().logTail(replica.name, 1), "a clean end").to.include('"stopped"');
        await load.more(20);
        await replica.start();
      }
      await load.more(20);
    });
    expect(failures).to.deep.equal([]);
  });

  it("make everything new when their Secret is deleted, without one failed call", async () => {
    const { balancer } = replicas;
    const trust = await followTrust();
    const serials = new Set<string>();
    const apiServer = throughApiServer({ clients: 2, retries: false });
    const kept = verifyingKeptAlive(`https://127.0.0.1:${balancer.port}`, trust.ca, 2);
    const anew = verifyingAnew(balancer.port, trust.ca, (serial) => serials.add(serial));
    const results = await under([apiServer, kept, anew], async () => {
      await anew.more(10);
      expect(serials.size).to.equal(1);
      await mustKubectl(["delete", "secret", "foresail-webhook-certs", "-n", "foresail-system"]);
      await waitFor("the next certificate", () => serials.size > 1);
      await anew.more(20);
    });
    await trust.stop();
    for (const { failures } of results) expect(failures).to.deep.equal([]);
  });

  it("lose one to kill -9 without one failed admission of a caller that repeats", async () => {
    const load = throughApiServer({ clients: 4, retries: true });
    const [{ failures, slowestMs } = NOTHING] = await under([load], async () => {
      for (const replica of pair()) {
        await load.more(20);
        await replica.stop("SIGKILL");
        await load.more(20);
        await replica.start();
      }
    });
    expect(failures).to.deep.equal([]);
    expect(slowestMs).to.be.below(TIMEOUT_MS);
  });
});
