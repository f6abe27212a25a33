import { CelError } from "../errors.ts";
import { fn, method, type Overload, orThrow } from "../overload.ts";
import { escapedPath, hostnameOf, parseUrl, portOf, queryOf } from "../url-text.ts";

/** Kubernetes' URL library. */
export const urls: readonly Overload[] = [
  fn("url", ["string"], ([text]) =>
    orThrow(parseUrl(text), () => new CelError("URL parse error during conversion from string")),
  ),
  fn("isURL", ["string"], ([text]) => parseUrl(text) !== undefined),
  method("getScheme", ["kubernetes.URL"], ([{ scheme }]) => scheme),
  method("getHost", ["kubernetes.URL"], ([{ host }]) => host),
  method("getHostname", ["kubernetes.URL"], ([url]) => hostnameOf(url)),
  method("getPort", ["kubernetes.URL"], ([url]) => portOf(url)),
  method("getEscapedPath", ["kubernetes.URL"], ([url]) => escapedPath(url)),
  method("getQuery", ["kubernetes.URL"], ([url]) => queryOf(url)),
];
