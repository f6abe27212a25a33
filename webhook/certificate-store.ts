import { isObject, type JsonObject } from "../src/core/json.ts";
import { isAlreadyExists, isConflict } from "../src/kube/error.ts";
import type { Kube, KubeObject } from "../src/kube/kube.ts";
import { SECRETS } from "../src/kube/resources.ts";
import { create, get, replace } from "../src/kube/verbs.ts";
import { type CertificateSet, certificatesIn, createCertificateSet, renew, unusable } from "./certificate-set.ts";
import { type HostNames, LIVES, type Lives } from "./certificates.ts";

/** Where the certificates live. */
export interface CertificateStore {
  /** The set to use at `nowMs`, made or renewed when due. Throws when there is none that can be served. */
  current(nowMs: number): Promise<CertificateSet>;
}

export interface SecretLocation {
  readonly namespace: string;
  readonly name: string;
}

/** Lost races (another replica created or renewed first) before giving up until the next check. */
const ATTEMPTS = 5;

/** One set for the life of the process: for `foresail up`, where a restart makes new ones. */
export function memoryStore(hosts: HostNames, lives = LIVES): CertificateStore {
  let set: CertificateSet | undefined;
  return {
    current: async (nowMs) => {
      set = await createdOrRenewed(set, { hosts, lives }, nowMs);
      return set;
    },
  };
}

/**
 * One set shared by all replicas in a Secret. A Secret that holds certificates without a CA key is somebody else's
 * (cert-manager writes the same keys): it is used and never written.
 */
export function secretStore(kube: Kube, location: SecretLocation, hosts: HostNames, lives = LIVES): CertificateStore {
  const attempt = async (nowMs: number): Promise<CertificateSet | undefined> => {
    const secret = await get(kube, { resource: SECRETS, ...location });
    const set = secret === undefined ? undefined : setFrom(secret);
    if (set !== undefined && set.authority === undefined) return usable(set, nowMs, location);
    const next = await createdOrRenewed(set, { hosts, lives }, nowMs);
    return next === set || (await stored(kube, secretWith(next, location, secret))) ? next : undefined;
  };
  return {
    current: async (nowMs) => {
      for (let i = 0; i < ATTEMPTS; i++) {
        const set = await attempt(nowMs);
        if (set !== undefined) return set;
      }
      const { namespace, name } = location;
      throw new Error(`the Secret ${namespace}/${name} changed ${ATTEMPTS} times while it was renewed`);
    },
  };
}

/** One set that somebody else (cert-manager) keeps in a Secret; nothing is ever written, whatever is or is not there. */
export function providedStore(kube: Kube, location: SecretLocation): CertificateStore {
  return {
    current: async (nowMs) => {
      const secret = await get(kube, { resource: SECRETS, ...location });
      const set = secret === undefined ? undefined : setFrom(secret);
      const { namespace, name } = location;
      if (set !== undefined) return usable({ serving: set.serving, caBundle: set.caBundle }, nowMs, location);
      throw new Error(`Secret ${namespace}/${name} holds no certificate: cert-manager, or you, must write it`);
    },
  };
}

interface Making {
  readonly hosts: HostNames;
  readonly lives: Lives;
}

async function createdOrRenewed(
  set: CertificateSet | undefined,
  { hosts, lives }: Making,
  nowMs: number,
): Promise<CertificateSet> {
  return set === undefined ? await createCertificateSet(hosts, nowMs, lives) : await renew(set, hosts, nowMs, lives);
}

/** False when somebody else wrote first. */
async function stored(kube: Kube, secret: KubeObject): Promise<boolean> {
  try {
    if (secret.metadata.resourceVersion === undefined) await create(kube, SECRETS, secret);
    else await replace(kube, SECRETS, secret);
    return true;
  } catch (error) {
    if (isConflict(error) || isAlreadyExists(error)) return false;
    throw error;
  }
}

function usable(set: CertificateSet, nowMs: number, { namespace, name }: SecretLocation): CertificateSet {
  const problem = unusable(set, nowMs);
  if (problem === undefined) return set;
  throw new Error(`Secret ${namespace}/${name}: ${problem}, and without ca.key it is not ours to renew`);
}

/** The set a Secret holds; undefined when it has no certificate yet. */
function setFrom(secret: KubeObject): CertificateSet | undefined {
  const data = isObject(secret["data"]) ? secret["data"] : {};
  const [cert = "", key = "", caBundle = "", caKey = ""] = ["tls.crt", "tls.key", "ca.crt", "ca.key"].map((name) =>
    decode(data[name]),
  );
  if (caKey === "" && cert === "") return undefined;
  const set = { serving: { cert, key }, caBundle };
  return caKey === "" ? set : { ...set, authority: { cert: certificatesIn(caBundle)[0] ?? "", key: caKey } };
}

/** `previous` keeps its labels and annotations, and its resourceVersion makes the write conditional. */
function secretWith(set: CertificateSet, location: SecretLocation, previous: KubeObject | undefined): KubeObject {
  const data: JsonObject = {
    "tls.crt": encode(set.serving.cert),
    "tls.key": encode(set.serving.key),
    "ca.crt": encode(set.caBundle),
    ...(set.authority && { "ca.key": encode(set.authority.key) }),
  };
  if (previous !== undefined) return { ...previous, data };
  const labels = { "app.kubernetes.io/name": "foresail-webhook", "app.kubernetes.io/managed-by": "foresail" };
  return { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: { ...location, labels }, data };
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decode(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? Buffer.from(value, "base64").toString("utf8") : undefined;
}
