import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type Load, throughApiServer } from "../support/admission-load.ts";
import { cluster, waitFor } from "../support/cluster.ts";
import { type Replica, type Replicas, startReplicas } from "../support/replicas.ts";

/** The webhook's timeoutSeconds: nobody's write is held up for longer. */
const TIMEOUT_MS = 5_000;

describe("two replicas behind one address, under load", () => {
  let replicas: Replicas;
  before(async () => {
    replicas = await startReplicas();
  });
  after(() => replicas.uninstall());

  const more = (load: Load, calls: number) => {
    const before = load.succeeded();
    return waitFor(`${calls} more calls`, () => load.succeeded() >= before + calls);
  };
  const pair = (): readonly [Replica, Replica] => {
    const [a, b] = replicas.all;
    if (a === undefined || b === undefined) throw new Error("expected two replicas");
    return [a, b];
  };

  it("are restarted one after the other (SIGTERM) without one failed admission, nobody repeating anything", async () => {
    const load = throughApiServer({ clients: 4, retries: false });
    for (const replica of pair()) {
      await more(load, 20);
      await replica.stop("SIGTERM");
      expect(cluster().logTail(replica.name, 1), "a clean end").to.include('"stopped"');
      await more(load, 20);
      await replica.start();
    }
    await more(load, 20);
    const { failures } = await load.stop();
    expect(failures).to.deep.equal([]);
  });

  it("lose one to kill -9 without one failed admission of a caller that repeats", async () => {
    const load = throughApiServer({ clients: 4, retries: true });
    for (const replica of pair()) {
      await more(load, 20);
      await replica.stop("SIGKILL");
      await more(load, 20);
      await replica.start();
    }
    const { failures, slowestMs } = await load.stop();
    expect(failures).to.deep.equal([]);
    expect(slowestMs).to.be.below(TIMEOUT_MS);
  });
});
