import type { TLSSocket } from "node:tls";

/** Who may ask for decisions: clients with a certificate of this CA. Health checks come without one. */
export interface AllowedClients {
  /** PEM. */
  readonly ca: string;
  /** Common names or DNS names; none: every certificate of the CA will do. */
  readonly names: readonly string[];
}

/** Why a client may not ask; undefined when it may. Connections are remembered: a certificate belongs to one for its life. */
export function clientCheck(allowed: AllowedClients | undefined): (socket: TLSSocket) => string | undefined {
  if (allowed === undefined) return () => undefined;
  const known = new WeakSet<TLSSocket>();
  return (socket) => {
    if (known.has(socket)) return undefined;
    const problem = problemWith(socket, allowed.names);
    if (problem === undefined) known.add(socket);
    return problem;
  };
}

function problemWith(socket: TLSSocket, names: readonly string[]): string | undefined {
  const certificate = socket.getPeerCertificate();
  // Without a certificate Node gives an empty object.
  if (certificate.subject === undefined) return "a client certificate is required";
  if (!socket.authorized) return "the client certificate is not of the CA that is trusted here";
  if (names.length === 0) return undefined;
  const given = [certificate.subject.CN, ...dnsNames(certificate.subjectaltname)]
    .flat()
    .filter((name) => name !== undefined);
  return given.some((name) => names.includes(name)) ? undefined : "the name in the client certificate is not allowed";
}

/** `DNS:a, DNS:b, IP Address:10.0.0.1`; a name with a comma in it is quoted and so never equals an allowed one. */
function dnsNames(subjectAltName = ""): readonly string[] {
  return subjectAltName
    .split(", ")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice("DNS:".length));
}
