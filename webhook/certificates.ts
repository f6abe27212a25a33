import { generateKeyPair, randomBytes, type X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import forge from "node-forge";

/** A certificate authority that signs the webhook's serving certificates. PEM. */
export interface Authority {
  readonly cert: string;
  readonly key: string;
}

/** What the server presents. PEM. */
export interface ServingPair {
  readonly cert: string;
  readonly key: string;
}

/** Names the API server may reach the webhook by: DNS names and IP addresses mixed. */
export type HostNames = readonly string[];

/** From a certificate's making to its end. */
export interface Lives {
  readonly authorityMs: number;
  readonly servingMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Renewed with a third left, so each CA signs for 20 months and overlaps the next for 10. */
export const AUTHORITY_DAYS = 913;

/** What public CAs issue for too; renewed 30 days before its end, which leaves time to notice that renewing fails. */
export const SERVING_DAYS = 90;

export const LIVES: Lives = { authorityMs: AUTHORITY_DAYS * DAY_MS, servingMs: SERVING_DAYS * DAY_MS };

/** Clocks of nodes differ; a certificate must be valid on one that is behind. */
const BACKDATED_MS = 60 * 60 * 1000;

/** node-forge reads RSA keys only ("Cannot read public key. Unknown OID" for EC); 2048 bits is what TLS clients expect of it. */
const RSA_BITS = 2048;

const makeKeyPair = promisify(generateKeyPair);

/** A new CA with a key of its own, valid from an hour before `nowMs` to `lifeMs` after. Takes about 0.2 s, mostly off the main thread. */
export async function createAuthority(nowMs: number, lifeMs = LIVES.authorityMs): Promise<Authority> {
  const keys = await rsaKeys();
  // The name is new each time: clients that look issuers up by name must not find the previous CA's key under it.
  const subject = [{ shortName: "CN", value: `foresail-webhook-ca ${randomBytes(4).toString("hex")}` }];
  const draft = draftCertificate(keys.publicKey, { nowMs, endMs: nowMs + lifeMs });
  draft.setSubject(subject);
  draft.setIssuer(subject);
  draft.setExtensions([
    { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
    { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    { name: "subjectKeyIdentifier" },
  ]);
  draft.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  return { cert: toPem(draft), key: keys.privateKey };
}

/**
 * A serving certificate for `hosts` with a key of its own, signed by `authority` and ending no later than it.
 * Throws Error when `hosts` is empty: clients only look at the alternative names.
 */
export async function issueServingPair(
  authority: Authority,
  hosts: HostNames,
  nowMs: number,
  lifeMs = LIVES.servingMs,
): Promise<ServingPair> {
  const [first] = hosts;
  if (first === undefined) throw new Error("no host name for the serving certificate: give at least one");
  const keys = await rsaKeys();
  const issuer = forge.pki.certificateFromPem(authority.cert);
  const endMs = Math.min(nowMs + lifeMs, issuer.validity.notAfter.getTime());
  const draft = draftCertificate(keys.publicKey, { nowMs, endMs });
  // The common name is limited to 64 characters and nobody reads it.
  draft.setSubject([{ shortName: "CN", value: first.slice(0, 64) }]);
  draft.setIssuer(issuer.subject.attributes);
  draft.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: hosts.map(alternativeName) },
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  draft.sign(forge.pki.privateKeyFromPem(authority.key), forge.md.sha256.create());
  return { cert: toPem(draft), key: keys.privateKey };
}

/** forge ends lines with CR LF; one spelling makes a stored certificate equal to the one that was made. */
function toPem(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");
}

async function rsaKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return await makeKeyPair("rsa", {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** When a certificate of ours was made. */
export function madeAtMs(certificate: X509Certificate): number {
  return certificate.validFromDate.getTime() + BACKDATED_MS;
}

function draftCertificate(publicKeyPem: string, life: { nowMs: number; endMs: number }): forge.pki.Certificate {
  const draft = forge.pki.createCertificate();
  draft.publicKey = forge.pki.publicKeyFromPem(publicKeyPem);
  draft.serialNumber = serialNumber();
  draft.validity.notBefore = new Date(life.nowMs - BACKDATED_MS);
  draft.validity.notAfter = new Date(life.endMs);
  return draft;
}

/** 127 random bits: positive, and within the 20 bytes of RFC 5280. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** Types of RFC 5280 GeneralName: 2 is dNSName, 7 iPAddress. */
function alternativeName(host: string): object {
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host };
}
