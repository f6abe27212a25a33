import type { AksOptions, AzureCloud } from "./options.ts";

/** Where requests go and what signs them. */
export interface Endpoint {
  /** Origin of ARM, without a slash at the end. */
  readonly origin: string;
  /** Plain http at a loopback address: nobody is signed in there. */
  readonly unsigned: boolean;
  readonly tokenScope: string;
  /** Origin of the sign-in authority. */
  readonly authorityHost: string;
  /** Not one of Microsoft's authorities, so Microsoft's list of them must not be asked about it. */
  readonly customAuthority: boolean;
}

const CLOUDS: { readonly [C in AzureCloud]: { readonly arm: string; readonly authority: string } } = {
  public: { arm: "https://management.azure.com", authority: "https://login.microsoftonline.com" },
  "us-government": { arm: "https://management.usgovcloudapi.net", authority: "https://login.microsoftonline.us" },
  china: { arm: "https://management.chinacloudapi.cn", authority: "https://login.chinacloudapi.cn" },
};

/** The endpoint, or what is wrong with what was given. */
export function endpointOf(
  options: Pick<AksOptions, "azureCloud" | "armEndpoint" | "authorityHost" | "tokenScope">,
  environment: { readonly [name: string]: string | undefined },
): Endpoint | string {
  const name = options.azureCloud ?? "public";
  const cloud = CLOUDS[name];
  if (!Object.hasOwn(CLOUDS, name)) return `cloud ${options.azureCloud}: expected ${Object.keys(CLOUDS).join(", ")}`;
  const arm = originOf(options.armEndpoint ?? cloud.arm);
  if (arm === undefined) return `ARM endpoint ${options.armEndpoint}: expected an origin such as ${CLOUDS.public.arm}`;
  const unsigned = arm.protocol === "http:";
  if (unsigned && !isLoopbackAddress(arm.hostname)) {
    return `ARM endpoint ${options.armEndpoint}: plain http carries no sign-in, so only a loopback address may have it (127.0.0.1, [::1]); use https`;
  }
  const stated = options.authorityHost ?? (environment["AZURE_AUTHORITY_HOST"] || undefined);
  const authority = originOf(stated ?? cloud.authority);
  if (authority?.protocol !== "https:") return `sign-in authority ${stated}: expected an https origin`;
  return {
    origin: arm.origin,
    unsigned,
    // The SDK's default is the public cloud's, whatever the endpoint. The double slash is for resources that end in one.
    tokenScope: options.tokenScope ?? `${arm.origin}/.default`,
    authorityHost: authority.origin,
    customAuthority: !Object.values(CLOUDS).some((known) => known.authority === authority.origin),
  };
}

/**
 * 127.0.0.0/8 and ::1, written as addresses. Not `localhost`: a name is what a resolver makes of it. Not 0.0.0.0, which is
 * any interface, nor an IPv4 address inside an IPv6 one, whose route is the system's choice.
 *
 * @param hostname of a URL, which has brought all spellings of an IPv4 address to four decimal numbers
 */
export function isLoopbackAddress(hostname: string): boolean {
  return hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

function originOf(text: string): URL | undefined {
  const url = URL.parse(text);
  const bare = url !== null && url.pathname === "/" && url.search + url.hash + url.username + url.password === "";
  return bare && (url.protocol === "https:" || url.protocol === "http:") ? url : undefined;
}
