import { X509Certificate } from "node:crypto";

/** The certificates of a PEM text, one text each. What is between them is dropped. */
export function certificatesIn(pem: string): readonly string[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => `${text}\n`);
}

/** False for what cannot be read, too. */
export function isValidAt(pem: string, nowMs: number): boolean {
  const certificate = certificateOf(pem);
  if (certificate === undefined) return false;
  return certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime();
}

/** The first certificate of a PEM text; undefined where it cannot be read. */
export function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
