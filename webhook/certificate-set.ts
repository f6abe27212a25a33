import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { certificatesIn, isValidAt } from "../src/core/pem.ts";
import {
  type Authority,
  createAuthority,
  type HostNames,
  issueServingPair,
  LIVES,
  madeAtMs,
  type ServingPair,
} from "./certificates.ts";

export { certificatesIn, isValidAt };

/** Everything TLS needs on both sides. */
export interface CertificateSet {
  readonly serving: ServingPair;
  /** PEM of every CA a client has to trust: the one in use first, then earlier ones that are still valid. */
  readonly caBundle: string;
  /** Absent when somebody else (cert-manager) issues the certificates. */
  readonly authority?: Authority;
}

/** Why a set has to be renewed. `authority` renews both. */
export type Renewal = { readonly kind: "none" } | { readonly kind: "serving" | "authority"; readonly reason: string };

/** A complete new set. */
export async function createCertificateSet(hosts: HostNames, nowMs: number, lives = LIVES): Promise<CertificateSet> {
  const authority = await createAuthority(nowMs, lives.authorityMs);
  const serving = await issueServingPair(authority, hosts, nowMs, lives.servingMs);
  return { authority, caBundle: authority.cert, serving };
}

/** The set with what `renewal` names made new. Both CAs stay trusted while the earlier one is valid. */
export async function renew(
  set: CertificateSet,
  hosts: HostNames,
  nowMs: number,
  lives = LIVES,
): Promise<CertificateSet> {
  const renewal = renewalOf(set, hosts, nowMs);
  const { authority } = set;
  if (renewal.kind === "none") return set;
  if (renewal.kind === "serving" && authority !== undefined) {
    return { ...set, serving: await issueServingPair(authority, hosts, nowMs, lives.servingMs) };
  }
  const next = await createCertificateSet(hosts, nowMs, lives);
  const earlier = certificatesIn(set.caBundle).filter((pem) => isValidAt(pem, nowMs));
  return { ...next, caBundle: [next.caBundle, ...earlier].join("") };
}

/** Pure: the first reason to renew a set of ours, looked for in this order. */
export function renewalOf(set: CertificateSet, hosts: HostNames, nowMs: number): Renewal {
  const authorityReason = authorityProblem(set, nowMs);
  if (authorityReason !== undefined) return { kind: "authority", reason: authorityReason };
  const servingReason = servingProblem(set, nowMs) ?? hostProblem(set.serving, hosts);
  return servingReason === undefined ? { kind: "none" } : { kind: "serving", reason: servingReason };
}

/** What makes the set unusable for serving right now, whoever issued it; undefined when nothing does. */
export function unusable(set: CertificateSet, nowMs: number): string | undefined {
  const pair = pairProblem(set.serving, "serving certificate");
  if (pair !== undefined) return pair;
  if (!isValidAt(set.serving.cert, nowMs)) return "the serving certificate has expired or is not valid yet";
  return certificatesIn(set.caBundle).some((pem) => isValidAt(pem, nowMs))
    ? undefined
    : "ca.crt has no valid certificate";
}

function authorityProblem(set: CertificateSet, nowMs: number): string | undefined {
  if (set.authority === undefined) return "there is no CA";
  const pair = pairProblem(set.authority, "CA");
  if (pair !== undefined) return pair;
  return lifeProblem(new X509Certificate(set.authority.cert), "CA", nowMs);
}

function servingProblem(set: CertificateSet, nowMs: number): string | undefined {
  const pair = pairProblem(set.serving, "serving certificate");
  if (pair !== undefined) return pair;
  const cert = new X509Certificate(set.serving.cert);
  const life = lifeProblem(cert, "serving certificate", nowMs);
  if (life !== undefined) return life;
  const issuer = set.authority && new X509Certificate(set.authority.cert);
  return issuer !== undefined && cert.verify(issuer.publicKey)
    ? undefined
    : "the serving certificate is not from this CA";
}

function hostProblem(serving: ServingPair, hosts: HostNames): string | undefined {
  const cert = new X509Certificate(serving.cert);
  const missing = hosts.find((host) => (isIP(host) === 0 ? cert.checkHost(host) : cert.checkIP(host)) === undefined);
  return missing === undefined ? undefined : `the serving certificate is not for ${missing}`;
}

function pairProblem(pair: ServingPair, what: string): string | undefined {
  try {
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))
      ? undefined
      : `the key does not belong to the ${what}`;
  } catch {
    return `the ${what} or its key cannot be read`;
  }
}

/** Less than a third of its life left, or made by a clock that was ahead. */
function lifeProblem(cert: X509Certificate, what: string, nowMs: number): string | undefined {
  const [made, end] = [madeAtMs(cert), cert.validToDate.getTime()];
  if (nowMs < cert.validFromDate.getTime())
    return `the ${what} is not valid before ${cert.validFromDate.toISOString()}`;
  return (end - nowMs) / (end - made) < 1 / 3 ? `the ${what} ends on ${cert.validToDate.toISOString()}` : undefined;
}
