import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** Users of the local API server, each with a token of its own. All are cluster administrators. */
const USERS = ["admin", "kube-controller-manager", "kube-scheduler", "kwok", "karpenter"] as const;
export type LocalUser = (typeof USERS)[number];

export interface Credentials {
  readonly tokens: Readonly<Record<LocalUser, string>>;
  readonly tokensFile: string;
  readonly signingKeyFile: string;
  readonly publicKeyFile: string;
}

/** Makes fresh random tokens and a key for service account tokens, as files of mode 0600 in `folder`. */
export function writeCredentials(folder: string): Credentials {
  const token = () => randomBytes(32).toString("base64url");
  const tokens = Object.fromEntries(USERS.map((user) => [user, token()])) as Record<LocalUser, string>;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    tokens,
    tokensFile: secretFile(
      folder,
      "tokens.csv",
      USERS.map((user) => `${tokens[user]},${user},${user},"system:masters"\n`).join(""),
    ),
    signingKeyFile: secretFile(folder, "service-account.key", privateKey.export({ type: "sec1", format: "pem" })),
    publicKeyFile: secretFile(folder, "service-account.pub", publicKey.export({ type: "spki", format: "pem" })),
  };
}

/** The name of cluster, user and context in every kubeconfig written here. */
export const CONTEXT = "foresail-local";

export interface KubeconfigContent {
  readonly url: string;
  /** PEM of the authority that signed the server's certificate; absent for one that every machine trusts. */
  readonly ca?: string | undefined;
  readonly token: string;
  readonly namespace?: string;
}

/** Writes a kubeconfig of mode 0600 and returns its path. */
export function writeKubeconfig(path: string, content: KubeconfigContent): string {
  const namespace = content.namespace === undefined ? {} : { namespace: content.namespace };
  const authority =
    content.ca === undefined ? {} : { "certificate-authority-data": Buffer.from(content.ca).toString("base64") };
  const text = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: CONTEXT,
        cluster: { server: content.url, ...authority },
      },
    ],
    users: [{ name: CONTEXT, user: { token: content.token } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT, ...namespace } }],
    "current-context": CONTEXT,
  });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function secretFile(folder: string, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
