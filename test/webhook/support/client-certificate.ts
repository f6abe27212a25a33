import forge from "node-forge";
import { type Authority, issueServingPair, type ServingPair } from "../../../webhook/certificates.ts";

/** A certificate for a client named `name`: a serving one, signed again for the other use. */
export async function issueClientPair(authority: Authority, name: string): Promise<ServingPair> {
  const { cert, key } = await issueServingPair(authority, [name], Date.now());
  const certificate = forge.pki.certificateFromPem(cert);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true },
    { name: "extKeyUsage", clientAuth: true },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(authority.key), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}
