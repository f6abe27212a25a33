import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

export interface Certificate {
  readonly keyPem: string;
  /** Self-signed for 127.0.0.1 and localhost, so it is its own CA. */
  readonly certPem: string;
}

let made: Certificate | undefined;

/** One certificate per test run: an RSA key takes a tenth of a second. */
export function certificate(): Certificate {
  made ??= make();
  return made;
}

function make(): Certificate {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keyPem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const key = forge.pki.privateKeyFromPem(keyPem);
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  cert.serialNumber = "01";
  cert.validity.notBefore = new Date(Date.now() - 3_600_000);
  cert.validity.notAfter = new Date(Date.now() + 86_400_000);
  const subject = [{ name: "commonName", value: "fake-kube-apiserver" }];
  cert.setSubject(subject);
  cert.setIssuer(subject);
  cert.setExtensions([
    { name: "basicConstraints", cA: true },
    {
      name: "subjectAltName",
      altNames: [
        { type: 2, value: "localhost" },
        { type: 7, ip: "127.0.0.1" },
      ],
    },
  ]);
  cert.sign(key, forge.md.sha256.create());
  return { keyPem, certPem: forge.pki.certificateToPem(cert) };
}
