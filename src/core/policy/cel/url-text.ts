import type { UrlValue } from "./value.ts";

const PARTS = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;
const PATH_ONLY = /^(?:\/\/([^/?#]*))?(\/[^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;
/** What stays as it is in a path that Go escapes. */
const PLAIN_PATH = /^(?:[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]]|%[0-9a-fA-F]{2})*$/;

/** Go's url.ParseRequestURI, then Parse: an absolute URL or an absolute path; undefined where Go refuses it. */
export function parseUrl(text: string): UrlValue | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what Go refuses
  if (text === "" || /[\x00-\x1f\x7f]/.test(text)) return undefined;
  const absolute = PARTS.exec(text);
  const local = absolute === null ? PATH_ONLY.exec(text) : null;
  if (absolute === null && local === null) return undefined;
  const [authority = "", path = "", query = ""] = (absolute?.slice(2) ?? local?.slice(1) ?? []).map(
    (part) => part ?? "",
  );
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (!validHost(host) || BAD_ESCAPE.test(path) || (absolute !== null && authority === "" && path === ""))
    return undefined;
  const scheme = absolute?.[1]?.toLowerCase() ?? "";
  // `mailto:x` has no path in Go's sense: what follows is opaque.
  const opaque = absolute !== null && authority === "" && !path.startsWith("/");
  return { kind: "kubernetes.URL", scheme, host, path: opaque ? "" : path, query, text };
}

function validHost(host: string): boolean {
  if (/[ "<>\\^`{|}]/.test(host)) return false;
  const port = host.startsWith("[") ? host.slice(host.indexOf("]") + 1) : (/:[^:]*$/.exec(host)?.[0] ?? "");
  return port === "" || /^:\d*$/.test(port);
}

export function hostnameOf({ host }: UrlValue): string {
  return host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, "");
}

export function portOf({ host }: UrlValue): string {
  return /:(\d+)$/.exec(host.slice(host.lastIndexOf("]") + 1))?.[1] ?? "";
}

export function escapedPath({ path }: UrlValue): string {
  return PLAIN_PATH.test(path)
    ? path
    : encodeURI(decode(path) ?? path)
        .replaceAll("#", "%23")
        .replaceAll("?", "%3F");
}

/** Values by name; pairs that cannot be unescaped, or hold a semicolon, are left out as Go does. */
export function queryOf({ query }: UrlValue): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const pair of query.split("&").filter((one) => one !== "" && !one.includes(";"))) {
    const equals = pair.indexOf("=");
    const [name, value] = [equals < 0 ? pair : pair.slice(0, equals), equals < 0 ? "" : pair.slice(equals + 1)];
    const [key, item] = [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))];
    if (key !== undefined && item !== undefined) values.set(key, [...(values.get(key) ?? []), item]);
  }
  return values;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
