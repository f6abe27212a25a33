import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import {
  type CertificateSet,
  certificatesIn,
  createCertificateSet,
  renew,
  renewalOf,
  unusable,
} from "../../webhook/certificate-set.ts";
import { AUTHORITY_DAYS, createAuthority, issueServingPair, SERVING_DAYS } from "../../webhook/certificates.ts";

const HOSTS = ["foresail-webhook.foresail-system.svc", "127.0.0.1"];
const DAY_MS = 24 * 60 * 60 * 1000;

describe("certificates", () => {
  const nowMs = Date.now();
  let set: CertificateSet;
  before(async () => {
    set = await createCertificateSet(HOSTS, nowMs);
  });

  it("are verified by a TLS client for each of their names", async () => {
    for (const servername of HOSTS) expect(await handshake(set, set.caBundle, servername)).to.equal("authorized");
  });

  it("are refused for another name, another CA, and after their end", async () => {
    expect(await handshake(set, set.caBundle, "other.svc")).to.equal("ERR_TLS_CERT_ALTNAME_INVALID");
    const stranger = await createAuthority(nowMs);
    expect(await handshake(set, stranger.cert, "127.0.0.1")).to.not.equal("authorized");
    const expired = await createCertificateSet(HOSTS, nowMs - (SERVING_DAYS + 1) * DAY_MS);
    expect(await handshake(expired, expired.caBundle, "127.0.0.1")).to.equal("CERT_HAS_EXPIRED");
  });

  it("say what they are for, for how long, and never twice the same serial number", async () => {
    const leaf = new X509Certificate(set.serving.cert);
    const ca = new X509Certificate(set.caBundle);
    expect(leaf.subjectAltName).to.equal("DNS:foresail-webhook.foresail-system.svc, IP Address:127.0.0.1");
    expect([leaf.ca, ca.ca, leaf.checkIssued(ca)]).to.deep.equal([false, true, true]);
    expect(days(leaf)).to.be.within(SERVING_DAYS, SERVING_DAYS + 1);
    expect(days(ca)).to.be.within(AUTHORITY_DAYS, AUTHORITY_DAYS + 1);
    const again = await createCertificateSet(HOSTS, nowMs);
    expect(new X509Certificate(again.serving.cert).serialNumber).to.not.equal(leaf.serialNumber);
    expect(new X509Certificate(again.caBundle).subject).to.not.equal(ca.subject);
  });

  it("need a name", async () => {
    const authority = await createAuthority(nowMs);
    const error = await issueServingPair(authority, [], nowMs).catch((e: Error) => e);
    expect(error).to.be.instanceOf(Error).with.property("message").that.includes("at least one");
  });

  describe("renewal", () => {
    const inDays = (n: number) => nowMs + n * DAY_MS;

    it("is due when less than a third of a life is left", () => {
      expect(renewalOf(set, HOSTS, nowMs).kind).to.equal("none");
      expect(renewalOf(set, HOSTS, inDays(SERVING_DAYS * 0.66)).kind).to.equal("none");
      expect(renewalOf(set, HOSTS, inDays(SERVING_DAYS * 0.68)).kind).to.equal("serving");
      expect(renewalOf(set, HOSTS, inDays(AUTHORITY_DAYS * 0.68)).kind).to.equal("authority");
    });

    it("is due when a clock that was ahead made it", async () => {
      expect(renewalOf(set, HOSTS, inDays(-1)).kind).to.equal("authority");
      expect(certificatesIn((await renew(set, HOSTS, inDays(-1))).caBundle)).to.have.length(1);
    });

    it("is due when the set does not hang together", async () => {
      const other = await createCertificateSet(HOSTS, nowMs);
      const kind = (broken: CertificateSet) => renewalOf(broken, HOSTS, nowMs).kind;
      expect(kind({ ...set, serving: other.serving })).to.equal("serving");
      expect(kind({ ...set, serving: { ...set.serving, key: other.serving.key } })).to.equal("serving");
      expect(kind({ ...set, serving: { cert: "", key: "" } })).to.equal("serving");
      expect(kind({ ...set, authority: { cert: set.caBundle, key: "rubbish" } })).to.equal("authority");
      expect(renewalOf(set, [...HOSTS, "localhost"], nowMs).kind).to.equal("serving");
    });

    it("of the serving certificate keeps the CA, so no client notices", async () => {
      const later = inDays(SERVING_DAYS * 0.7);
      const next = await renew(set, HOSTS, later);
      expect(next.caBundle).to.equal(set.caBundle);
      expect(next.serving.cert).to.not.equal(set.serving.cert);
      expect(renewalOf(next, HOSTS, later).kind).to.equal("none");
      expect(await renew(next, HOSTS, later)).to.equal(next);
    });

    it("of the CA trusts both while the earlier one is valid", async () => {
      const later = inDays(AUTHORITY_DAYS * 0.7);
      const next = await renew(set, HOSTS, later);
      expect(certificatesIn(next.caBundle)).to.have.length(2);
      expect(certificatesIn(next.caBundle)[1]).to.equal(certificatesIn(set.caBundle)[0]);
      expect(renewalOf(next, HOSTS, later).kind).to.equal("none");
      const afterwards = await renew(next, HOSTS, inDays(AUTHORITY_DAYS * 1.4));
      expect(certificatesIn(afterwards.caBundle)).to.have.length(2);
      expect(afterwards.caBundle).to.not.include(certificatesIn(set.caBundle)[0]);
    });

    it("replaces what cannot be read at all", async () => {
      const wreck = { authority: { cert: "x", key: "y" }, caBundle: "z", serving: { cert: "", key: "" } };
      const next = await renew(wreck, HOSTS, nowMs);
      expect(renewalOf(next, HOSTS, nowMs).kind).to.equal("none");
      expect(certificatesIn(next.caBundle)).to.have.length(1);
    });
  });

  it("live as long as told, and none longer than its CA", async () => {
    const lives = { authorityMs: 60_000, servingMs: 40_000 };
    const short = await createCertificateSet(HOSTS, nowMs, lives);
    expect(Math.floor((nowMs + 40_000) / 1000) * 1000).to.equal(endMs(short.serving.cert));
    const at = (seconds: number) => renewalOf(short, HOSTS, nowMs + seconds * 1000).kind;
    expect([at(0), at(24), at(29), at(39), at(42)]).to.deep.equal(["none", "none", "serving", "serving", "authority"]);
    const later = await renew(short, HOSTS, nowMs + 30_000, lives);
    expect(later.caBundle).to.equal(short.caBundle);
    expect(endMs(later.serving.cert), "30 s + 40 s, bounded").to.equal(endMs(short.caBundle));
  });

  it("of somebody else are judged by whether they can be served", async () => {
    const other = await createCertificateSet(HOSTS, nowMs);
    const { serving, caBundle } = set;
    expect(unusable({ serving, caBundle }, nowMs)).to.equal(undefined);
    expect(unusable({ serving: { ...serving, key: other.serving.key }, caBundle }, nowMs)).to.include("key");
    expect(unusable({ serving, caBundle }, nowMs + SERVING_DAYS * DAY_MS)).to.include("expired");
    expect(unusable({ serving, caBundle: "" }, nowMs)).to.include("ca.crt");
  });
});

function endMs(pem: string): number {
  return new X509Certificate(pem).validToDate.getTime();
}

function days(certificate: X509Certificate): number {
  return (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / DAY_MS;
}

/** One handshake with a bare TLS server: `authorized`, or the code of what the client objects to. */
async function handshake(set: CertificateSet, ca: string, name: string): Promise<string> {
  const server = createServer({ cert: set.serving.cert, key: set.serving.key });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const socket: TLSSocket = connect({ host: "127.0.0.1", port, ca, ...(name !== "127.0.0.1" && { servername: name }) });
  const outcome = await new Promise<string>((resolve) => {
    socket.once("secureConnect", () => resolve("authorized"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  return outcome;
}
