import { X509Certificate } from "node:crypto";
import { connect as connectTls } from "node:tls";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { connect } from "../../../src/kube/connect.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { Kube } from "../../../src/kube/kube.ts";
import { NODES, SECRETS, WORKSPACES } from "../../../src/kube/resources.ts";
import { create, get } from "../../../src/kube/verbs.ts";
import { readConfigurations, writeCaBundle } from "../../../webhook/ca-bundle.ts";
import { certificatesIn, createCertificateSet } from "../../../webhook/certificate-set.ts";
import { secretStore } from "../../../webhook/certificate-store.ts";
import { AUTHORITY_DAYS, SERVING_DAYS } from "../../../webhook/certificates.ts";
import { apply, cluster, kubectl, mustKubectl, read, waitFor } from "../support/cluster.ts";
import {
  CONFIGURATION_PATHS,
  manifestsFor,
  ofWorkspaces,
  startWebhook,
  type WebhookProcess,
} from "../support/webhook.ts";

const SECRET = { namespace: "foresail-system", name: "foresail-webhook-certs" };
const SECRET_PATH = `/api/v1/namespaces/${SECRET.namespace}/secrets/${SECRET.name}`;
const DAY_MS = 24 * 60 * 60 * 1000;
const HOSTS = ["127.0.0.1"];

describe("the webhook's certificates in a cluster", () => {
  let webhook: WebhookProcess;
  let kube: Kube;
  before(async () => {
    webhook = await startWebhook();
    kube = await connect({ kubeconfig: webhook.kubeconfig });
  });
  after(async () => {
    await kube.close();
    await webhook.uninstall();
  });

  it("are in its Secret, and both configurations trust them", async () => {
    const data = await secretData();
    expect(Object.keys(data).sort()).to.deep.equal(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
    for (const path of CONFIGURATION_PATHS) expect(await caBundleOf(path)).to.equal(data["ca.crt"]);
  });

  it("are trusted again after somebody applied the configurations anew or broke them", async () => {
    const trusted = await caBundleOf(CONFIGURATION_PATHS[0]);
    const url = `https://127.0.0.1:${webhook.port}`;
    // What `kubectl replace` and a careless edit do.
    await mustKubectl(
      ["replace", "-f", "-"],
      JSON.stringify({ kind: "List", apiVersion: "v1", items: manifestsFor(url) }),
    );
    for (const path of CONFIGURATION_PATHS) {
      await waitFor("the CA to be back", async () => (await caBundleOf(path)) === trusted);
    }
    const other = await createCertificateSet(HOSTS, Date.now());
    await writeCaBundle(kube, await readConfigurations(kube, "foresail"), other.caBundle);
    const [ca = ""] = certificatesIn(decode(String(trusted)));
    for (const path of CONFIGURATION_PATHS) {
      // Beside the other one, for a while: it could be that of a replica this one does not know.
      await waitFor("the right CA to be back", async () => decode(String(await caBundleOf(path))).startsWith(ca));
    }
  });

  it("survive an apply of the manifests without a change", async () => {
    const before = await Promise.all(CONFIGURATION_PATHS.map((path) => read(path)));
    await apply(...manifestsFor(`https://127.0.0.1:${webhook.port}`));
    const after = await Promise.all(CONFIGURATION_PATHS.map((path) => read(path)));
    expect(after.map(resourceVersion)).to.deep.equal(before.map(resourceVersion));
  });

  it("are served anew, without a restart, when the Secret is renewed or lost", async () => {
    const old = await servedSerial(webhook.port);
    await mustKubectl(["delete", "secret", SECRET.name, "-n", SECRET.namespace]);
    await waitFor("a new certificate", async () => (await servedSerial(webhook.port)) !== old);
    const { "ca.crt": ca = "" } = await secretData();
    for (const path of CONFIGURATION_PATHS) {
      const trusted = decode(String(await caBundleOf(path)));
      expect(trusted.startsWith(decode(ca)), "the new CA first").to.equal(true);
      expect(certificatesIn(trusted).length, "and the one before it, which other replicas may serve").to.be.above(1);
    }
    expect(await servedSerial(webhook.port, decode(ca)), "verified").to.be.a("string");
  });

  it("of somebody else are served and never written; broken ones change nothing", async () => {
    const theirs = await createCertificateSet(HOSTS, Date.now());
    const data = { "tls.crt": theirs.serving.cert, "tls.key": theirs.serving.key, "ca.crt": theirs.caBundle };
    await putSecret(data);
    const { serialNumber } = new X509Certificate(theirs.serving.cert);
    await waitFor("their certificate", async () => (await servedSerial(webhook.port)) === serialNumber);
    const broken = await createCertificateSet(HOSTS, Date.now());
    await putSecret({ ...data, "tls.key": broken.serving.key });
    await waitFor("the complaint", () => cluster().logTail(webhook.name, 20).includes("without ca.key it is not ours"));
    expect(await servedSerial(webhook.port)).to.equal(serialNumber);
    expect(decode((await secretData())["tls.key"] ?? ""), "left as it is").to.equal(broken.serving.key);
    await mustKubectl(["delete", "secret", SECRET.name, "-n", SECRET.namespace]);
    await waitFor("a certificate of ours", async () => (await servedSerial(webhook.port)) !== serialNumber);
  });

  describe("as replicas see them", () => {
    beforeEach(async () => {
      // Only these replicas are to write.
      if (cluster().processes().has(webhook.name)) await webhook.stop();
      await kubectl(["delete", "secret", SECRET.name, "-n", SECRET.namespace]);
    });
    after(() => webhook.start());

    const replicas = () => Array.from({ length: 4 }, () => secretStore(kube, SECRET, HOSTS));

    it("are one set, whoever makes it", async () => {
      const nowMs = Date.now();
      const sets = await Promise.all(replicas().map((store) => store.current(nowMs)));
      for (const set of sets) expect(set).to.deep.equal(sets[0]);
    });

    it("are renewed once, by whoever is first, with the CA kept", async () => {
      const nowMs = Date.now();
      const [first] = await Promise.all(replicas().map((store) => store.current(nowMs)));
      const later = nowMs + SERVING_DAYS * 0.7 * DAY_MS;
      const sets = await Promise.all(replicas().map((store) => store.current(later)));
      for (const set of sets) expect(set).to.deep.equal(sets[0]);
      expect(sets[0]?.caBundle).to.equal(first?.caBundle);
      expect(sets[0]?.serving.cert).to.not.equal(first?.serving.cert);
    });

    it("trust the earlier CA beside a new one", async () => {
      const store = secretStore(kube, SECRET, HOSTS);
      const nowMs = Date.now();
      const first = await store.current(nowMs);
      const next = await store.current(nowMs + AUTHORITY_DAYS * 0.7 * DAY_MS);
      expect(certificatesIn(next.caBundle)).to.have.length(2);
      expect(next.caBundle).to.include(first.caBundle);
    });
  });

  it("never put back a CA bundle older than what a replica has read", async () => {
    const stale = await readConfigurations(kube, "foresail");
    await mustKubectl(["label", "mutatingwebhookconfiguration", "foresail", `touched=${Date.now()}`, "--overwrite"]);
    const other = await createCertificateSet(HOSTS, Date.now());
    const error = await writeCaBundle(kube, stale, other.caBundle).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(KubeError).with.property("status", 409);
  });

  it("are all that its ServiceAccount may touch", async () => {
    const refused = async (action: () => Promise<unknown>) => {
      const error = await action().catch((e: unknown) => e);
      expect(error).to.be.instanceOf(KubeError).with.property("status", 403);
    };
    await refused(() => get(kube, { resource: SECRETS, namespace: SECRET.namespace, name: "other" }));
    await refused(() => get(kube, { resource: SECRETS, namespace: "default", name: SECRET.name }));
    await refused(() => kube.call({ method: "GET", path: `/api/v1/namespaces/${SECRET.namespace}/secrets` }));
    await refused(() => get(kube, { resource: WORKSPACES, namespace: "default", name: "any" }));
    await refused(() => get(kube, { resource: NODES, name: "any" }));
    const metadata = { name: "other", namespace: "default" };
    await refused(() => create(kube, SECRETS, { apiVersion: "v1", kind: "Secret", metadata }));
    const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    await refused(() => kube.call({ method: "GET", path }));
  });
});

async function secretData(): Promise<Record<string, string>> {
  const secret = await read(SECRET_PATH);
  return isObject(secret) && isObject(secret["data"]) ? (secret["data"] as Record<string, string>) : {};
}

async function putSecret(stringData: JsonObject): Promise<void> {
  const secret = { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: SECRET, stringData };
  await mustKubectl(["replace", "--force", "-f", "-"], JSON.stringify(secret));
}

async function caBundleOf(path = ""): Promise<unknown> {
  const { clientConfig } = ofWorkspaces(await read(path));
  return isObject(clientConfig) ? clientConfig["caBundle"] : undefined;
}

function resourceVersion(object: unknown): unknown {
  return isObject(object) && isObject(object["metadata"]) ? object["metadata"]["resourceVersion"] : undefined;
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

/** Serial number of the certificate a new connection gets; verified when `ca` is given. */
function servedSerial(port: number, ca?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const socket = connectTls({ host: "127.0.0.1", port, ...trust }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
