import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { certificatesIn } from "../../../webhook/certificate-set.ts";
import { followTrust, throughApiServer, verifyingAnew, verifyingKeptAlive } from "../support/admission-load.ts";
import { waitFor } from "../support/cluster.ts";
import { type Replicas, startReplicas } from "../support/replicas.ts";

// Renewed at two thirds: after 8 s and 16 s. What is left then, 4 s, is patience for a slow machine.
const SERVING_HOURS = 12 / 3600;
const CA_HOURS = 24 / 3600;

describe("certificates that end every few seconds", () => {
  let replicas: Replicas;
  before(async () => {
    replicas = await startReplicas({ args: [`--certificate-hours=${SERVING_HOURS}`, `--ca-hours=${CA_HOURS}`] });
  });
  after(() => replicas.uninstall());

  it("are exchanged, leaf and CA, without one failed call of two replicas' callers", async () => {
    const { balancer } = replicas;
    const url = `https://127.0.0.1:${balancer.port}`;
    const trust = await followTrust();
    const [serials, authorities] = [new Set<string>(), new Set<string>()];
    const ca = () => {
      for (const one of certificatesIn(trust.ca())) authorities.add(one);
      return trust.ca();
    };
    const loads = {
      kept: verifyingKeptAlive(url, ca, 4),
      anew: verifyingAnew(balancer.port, ca, (serial) => serials.add(serial)),
      apiServer: throughApiServer({ clients: 2, retries: false }),
    };
    // A leaf, one more of the same CA, one of the next CA, and one more of that.
    await waitFor("four certificates of two CAs", () => serials.size >= 4 && authorities.size >= 2, 90_000);
    const results = await Promise.all(
      Object.entries(loads).map(async ([name, load]) => ({ name, ...(await load.stop()) })),
    );
    await trust.stop();
    for (const { name, failures } of results) expect(failures, name).to.deep.equal([]);
    for (const [name, load] of Object.entries(loads)) expect(load.succeeded(), name).to.be.above(20);
  });
});
