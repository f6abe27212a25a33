import { error, type Issue, warning } from "../issue.ts";
import { shown } from "../schema.ts";

// The grammar of github.com/distribution/reference: host, lower-case path, tag and digest.
const HOST = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*(:\\d{1,5})?";
const PART = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
const REFERENCE = new RegExp(
  `^(${HOST}/)?${PART}(/${PART})*(:\\w[\\w.-]{0,127})?(@sha(256|384|512):[0-9a-f]{64,128})?$`,
);
const LONGEST_REFERENCE = 512;
// What manifests to copy from use for "put yours here".
const PLACEHOLDER = /[A-Z]{2,}(?:_[A-Z]+)*_HERE/;

/** The first placeholder, and the text with something harmless in the place of each. */
function fillPlaceholders(text: string): { readonly placeholder?: string; readonly filled: string } {
  const found = text.length <= LONGEST_REFERENCE ? PLACEHOLDER.exec(text)?.[0] : undefined;
  if (found === undefined) return { filled: text };
  return { placeholder: found, filled: text.replaceAll(new RegExp(PLACEHOLDER, "g"), "placeholder") };
}

/** An image reference. A placeholder is a warning that names it, so that the first try of a copied manifest goes in. */
export function checkImage(path: string, image: string): readonly Issue[] {
  const { placeholder, filled } = fillPlaceholders(image);
  if (filled.length > LONGEST_REFERENCE || !REFERENCE.test(filled)) {
    const text = `${path} must be an image reference such as registry.example/name:tag, given ${shown(image)}`;
    return [error(path, "image/invalid", text)];
  }
  return placeholder === undefined ? [] : [placeholderWarning(path, placeholder)];
}

/** A name of a Secret; placeholders as above. */
export function checkSecretName(path: string, name: string): readonly Issue[] {
  const { placeholder, filled } = fillPlaceholders(name);
  if (!OBJECT_NAME.test(filled))
    return [error(path, "secret/invalid", `${path} must be the name of a Secret, given ${shown(name)}`)];
  return placeholder === undefined ? [] : [placeholderWarning(path, placeholder)];
}

// Names of Secrets of one image; each becomes a file of a projected volume.
const MOST_PULL_SECRETS = 10;

/** Secrets to pull an image with: few, valid, each once (the same twice is a conflict in the pod's volume). */
export function checkPullSecrets(path: string, names: readonly string[]): readonly Issue[] {
  if (names.length > MOST_PULL_SECRETS) {
    const text = `${path} may have at most ${MOST_PULL_SECRETS} entries, given ${names.length}`;
    return [error(path, "secret/too-many", text)];
  }
  return names.flatMap((name, i) => [
    ...checkSecretName(`${path}[${i}]`, name),
    ...(names.indexOf(name) < i
      ? [error(`${path}[${i}]`, "secret/duplicate", `${path}[${i}] ${shown(name)} is listed twice: remove one`)]
      : []),
  ]);
}

function placeholderWarning(path: string, placeholder: string): Issue {
  return warning(path, "reference/placeholder", `${path}: replace the placeholder ${placeholder.slice(0, 40)}`);
}

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A name of a ConfigMap of the namespace. */
export function checkConfigMapName(path: string, name: string | undefined): readonly Issue[] {
  return name === undefined || OBJECT_NAME.test(name)
    ? []
    : [error(path, "config/invalid", `${path} must be the name of a ConfigMap, given ${shown(name)}`)];
}

// The longest address that servers and proxies agree on.
const LONGEST_ADDRESS = 2048;

/** Characters that curl reads in another way than this check does would lead the download to another host. */
function parsed(address: string): URL | undefined {
  if (address.length > LONGEST_ADDRESS || !/^[\x21-\x7e]+$/.test(address) || /[\\{}<>"`^|]/.test(address))
    return undefined;
  try {
    const url = new URL(address);
    // Of several @ one reader takes the first, another the last as the end of the credentials.
    return url.username.includes("%40") || url.password.includes("%40") ? undefined : url;
  } catch {
    return undefined;
  }
}

const forbiddenHosts = [
  /^localhost$/,
  /\.localhost$/,
  /^metadata\.google(\.internal)?$/,
  /^instance-data\.ec2\.internal$/,
];

/** An address a pod may download from: http or https, and no address of the node, the cluster or a cloud's metadata. */
export function checkUrl(path: string, address: string): readonly Issue[] {
  const url = parsed(address);
  if (url === undefined) {
    const rule = `an http or https address of at most ${LONGEST_ADDRESS} characters without spaces, braces and backslashes`;
    return [error(path, "url/invalid", `${path} must be ${rule}, given ${shown(address)}`)];
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return [error(path, "url/scheme", `${path} must be an http or https address, given ${shown(url.protocol)}`)];
  }
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  return forbiddenHosts.some((pattern) => pattern.test(host)) || isInternalAddress(host)
    ? [
        error(
          path,
          "url/internal",
          `${path} points at ${shown(host)}, an address inside the cluster or cloud: use a public one`,
        ),
      ]
    : [];
}

/** Loopback, private, link-local, shared (RFC 6598) and unspecified addresses, v4, v6 and v4 mapped into v6. */
function isInternalAddress(host: string): boolean {
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  if (v4 !== null) {
    const [a, b] = [Number(v4[1]), Number(v4[2])];
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      // Multicast, reserved and broadcast.
      a >= 224
    );
  }
  if (!host.startsWith("[")) return false;
  const v6 = host.slice(1, -1);
  return (
    // Unspecified, loopback, v4 mapped into v6, and the older form of it.
    v6.startsWith("::") || /^f[cd]/.test(v6) || v6.startsWith("ff") || /^fe[89ab]/.test(v6) || v6.startsWith("64:ff9b:")
  );
}
