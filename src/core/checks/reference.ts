import { error, type Issue, warning } from "../issue.ts";
import { shown } from "../schema.ts";

// The grammar of github.com/distribution/reference: host, lower-case path, tag and digest.
const REFERENCE =
  /^([a-zA-Z0-9.-]+(:\d{1,5})?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
const LONGEST_REFERENCE = 512;
// What manifests to copy from use for "put yours here".
const PLACEHOLDER = /[A-Z]{2,}(?:_[A-Z]+)*_HERE/;

function placeholderIn(text: string): string | undefined {
  return text.length <= LONGEST_REFERENCE ? PLACEHOLDER.exec(text)?.[0] : undefined;
}

/** An image reference. A placeholder is a warning that names it, so that the first try of a copied manifest goes in. */
export function checkImage(path: string, image: string): readonly Issue[] {
  const placeholder = placeholderIn(image);
  if (placeholder !== undefined) return [placeholderWarning(path, placeholder)];
  return image.length <= LONGEST_REFERENCE && REFERENCE.test(image)
    ? []
    : [
        error(
          path,
          "image/invalid",
          `${path} must be an image reference such as registry.example/name:tag, given ${shown(image)}`,
        ),
      ];
}

/** A name of a Secret; placeholders as above. */
export function checkSecretName(path: string, name: string): readonly Issue[] {
  const placeholder = placeholderIn(name);
  if (placeholder !== undefined) return [placeholderWarning(path, placeholder)];
  return /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)
    ? []
    : [error(path, "secret/invalid", `${path} must be the name of a Secret, given ${shown(name)}`)];
}

function placeholderWarning(path: string, placeholder: string): Issue {
  return warning(path, "placeholder", `${path}: replace the placeholder ${placeholder.slice(0, 40)}`);
}

/** A name of a ConfigMap of the namespace. */
export function checkConfigMapName(path: string, name: string | undefined): readonly Issue[] {
  return name === undefined || /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)
    ? []
    : [error(path, "config/invalid", `${path} must be the name of a ConfigMap, given ${shown(name)}`)];
}

const forbiddenHosts = [
  /^localhost$/,
  /\.localhost$/,
  /^metadata\.google(\.internal)?$/,
  /^instance-data\.ec2\.internal$/,
];

/** An address a pod may download from: http or https, and no address of the node, the cluster or a cloud's metadata. */
export function checkUrl(path: string, address: string): readonly Issue[] {
  if (!URL.canParse(address))
    return [error(path, "url/invalid", `${path} must be an http or https address, given ${shown(address)}`)];
  const url = new URL(address);
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
      (a === 192 && b === 168)
    );
  }
  if (!host.startsWith("[")) return false;
  const v6 = host.slice(1, -1);
  return (
    v6 === "::" ||
    v6 === "::1" ||
    /^f[cd]/.test(v6) ||
    /^fe[89ab]/.test(v6) ||
    v6.startsWith("::ffff:") ||
    v6.startsWith("64:ff9b:")
  );
}
