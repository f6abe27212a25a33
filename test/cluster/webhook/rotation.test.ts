import { X509Certificate } from "node:crypto";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type CertificateSet, certificatesIn, createCertificateSet } from "../../../webhook/certificate-set.ts";
import { followTrust, throughApiServer, under, verifyingAnew, verifyingKeptAlive } from "../support/admission-load.ts";
import { apply, cluster, mustKubectl, read, waitFor } from "../support/cluster.ts";
import { type Replicas, startReplicas } from "../support/replicas.ts";

// Renewed at two thirds: after 8 s and 16 s. What is left then, 4 s, is patience for a slow machine.
const SERVING_HOURS = 12 / 3600;
const CA_HOURS = 24 / 3600;

const SECRET_PATH = "/api/v1/namespaces/foresail-system/secrets/foresail-webhook-certs";

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
    const loads = [
      verifyingKeptAlive(url, ca, 4),
      verifyingAnew(balancer.port, ca, (serial) => serials.add(serial)),
      throughApiServer({ clients: 2, retries: false }),
    ];
    const results = await under(loads, () =>
      // A leaf, one more of the same CA, one of the next CA, and one more of that.
      waitFor("four certificates of two CAs", () => serials.size >= 4 && authorities.size >= 2, 90_000).then(
        () => undefined,
      ),
    );
    await trust.stop();
    for (const { failures } of results) expect(failures).to.deep.equal([]);
    for (const load of loads) expect(load.succeeded()).to.be.above(20);
  });
});

describe("certificates that somebody else makes", () => {
  const names = ["127.0.0.1"];
  let replicas: Replicas;
  let first: CertificateSet;
  before(async () => {
    first = await createCertificateSet(names, Date.now());
    replicas = await startReplicas({ args: ["--certificates=provided"], prepare: () => provide(first) });
  });
  after(() => replicas.uninstall());

  it("are followed to a new CA, with no overlap in their Secret, without one failed call", async () => {
    const { balancer } = replicas;
    const trust = await followTrust();
    const serials = new Set<string>();
    const kept = verifyingKeptAlive(`https://127.0.0.1:${balancer.port}`, trust.ca, 2);
    const anew = verifyingAnew(balancer.port, trust.ca, (serial) => serials.add(serial));
    const apiServer = throughApiServer({ clients: 2, retries: false });
    const results = await under([kept, anew, apiServer], async () => {
      await waitFor("the first certificate", () => serials.size === 1);
      // As cert-manager does it: leaf and CA in one write, the former CA gone.
      const next = await createCertificateSet(names, Date.now());
      await provide(next);
      const { serialNumber } = new X509Certificate(next.serving.cert);
      await waitFor("the next certificate", () => serials.has(serialNumber));
      await anew.more(20);
    });
    await trust.stop();
    for (const { failures } of results) expect(failures).to.deep.equal([]);
    const secret = await read(SECRET_PATH);
    expect(secret, "never written").to.have.nested.property("metadata.managedFields").with.length(1);
  });

  it("are waited for, never made", async () => {
    const [replica] = replicas.all;
    await replica?.stop();
    await mustKubectl(["delete", "secret", "foresail-webhook-certs", "-n", "foresail-system"]);
    const started = replica?.start();
    await waitFor("the complaint", () =>
      cluster()
        .logTail(replica?.name ?? "", 20)
        .includes("holds no certificate"),
    );
    expect(await read(SECRET_PATH)).to.equal(undefined);
    await provide(first);
    await started;
  });
});

async function provide({ serving, caBundle }: CertificateSet): Promise<void> {
  const metadata = { namespace: "foresail-system", name: "foresail-webhook-certs" };
  const stringData = { "tls.crt": serving.cert, "tls.key": serving.key, "ca.crt": caBundle };
  await apply({ apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata, stringData });
}
