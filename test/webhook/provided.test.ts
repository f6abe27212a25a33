import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { connect } from "../../src/kube/connect.ts";
import type { Kube } from "../../src/kube/kube.ts";
import { createCertificateSet } from "../../webhook/certificate-set.ts";
import { providedStore, secretStore } from "../../webhook/certificate-store.ts";
import { FakeApiServer } from "../kube/support/api-server.ts";

const SECRET = { namespace: "foresail-system", name: "foresail-webhook-certs" };
const PATH = `/api/v1/namespaces/${SECRET.namespace}/secrets/${SECRET.name}`;
const HOSTS = ["127.0.0.1"];

describe("a Secret that somebody else keeps", () => {
  let server: FakeApiServer;
  let kube: Kube;
  before(async () => {
    server = await FakeApiServer.start();
    kube = await connect({ kubeconfig: server.kubeconfig() });
  });
  after(async () => {
    await kube.close();
    await server.stop();
  });
  beforeEach(() => {
    server.store.objects.clear();
    server.seen.length = 0;
  });

  const put = (data: { readonly [key: string]: string }) =>
    server.store.put(PATH, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: SECRET,
      data: Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
      ),
    });
  const writes = () => server.seen.filter(({ method }) => method !== "GET").length;

  it("is not made when it is missing or empty: the error says who must", async () => {
    for (const make of [() => undefined, () => put({})]) {
      make();
      const error = await providedStore(kube, SECRET).current(Date.now()).catch(String);
      expect(error).to.include("foresail-system/foresail-webhook-certs").and.to.include("cert-manager");
    }
    expect(writes()).to.equal(0);
  });

  it("is used to the end of its life, and with the key of a CA in it, and never written", async () => {
    const lives = { authorityMs: 60_000, servingMs: 40_000 };
    const set = await createCertificateSet(HOSTS, Date.now(), lives);
    const { cert, key } = set.serving;
    put({ "tls.crt": cert, "tls.key": key, "ca.crt": set.caBundle, "ca.key": set.authority?.key ?? "" });
    const late = Date.now() + 35_000;
    expect(await providedStore(kube, SECRET).current(late)).to.deep.equal({
      serving: set.serving,
      caBundle: set.caBundle,
    });
    expect(writes()).to.equal(0);
    const error = await providedStore(kube, SECRET)
      .current(Date.now() + 45_000)
      .catch(String);
    expect(error).to.include("expired");
    // The same Secret as one of ours is renewed.
    expect((await secretStore(kube, SECRET, HOSTS, lives).current(late)).serving.cert).to.not.equal(cert);
    expect(writes()).to.equal(1);
  });
});
