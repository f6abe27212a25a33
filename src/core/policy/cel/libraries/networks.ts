import { addressText, containsAddress, masked, parseAddress, parseNetwork } from "../addresses.ts";
import { CelError } from "../errors.ts";
import { goQuoted } from "../go-text.ts";
import { fn, method, type Overload, orThrow } from "../overload.ts";
import type { Cidr, Ip } from "../value.ts";

function address(text: string): Ip {
  const problem = (): CelError =>
    new CelError(`IP Address ${goQuoted(text)} parse error during conversion from string`);
  return { kind: "net.IP", ...orThrow(parseAddress(text), problem) };
}

function network(text: string): Cidr {
  const problem = (): CelError => new CelError("network address parse error during conversion from string");
  return { kind: "net.CIDR", ...orThrow(parseNetwork(text), problem) };
}

const contains = (outer: Cidr, inner: Cidr): boolean => outer.prefix <= inner.prefix && containsAddress(outer, inner);

const isLoopback = ({ family, bits }: Ip): boolean => (family === 4 ? bits >> 24n === 127n : bits === 1n);
const isLinkLocal = ({ family, bits }: Ip): boolean =>
  family === 4 ? bits >> 16n === 0xa9fen : bits >> 118n === 0x3fan;
const isMulticast = ({ family, bits }: Ip): boolean => (family === 4 ? bits >> 28n === 0xen : bits >> 120n === 0xffn);
const isLocalMulticast = ({ family, bits }: Ip): boolean =>
  family === 4 ? bits >> 8n === 0xe00000n : bits >> 120n === 0xffn && ((bits >> 112n) & 0xfn) === 2n;
const isBroadcast = ({ family, bits }: Ip): boolean => family === 4 && bits === 0xffffffffn;

/** Kubernetes' ip and cidr libraries. */
export const networks: readonly Overload[] = [
  fn("ip", ["string"], ([text]) => address(text)),
  fn("isIP", ["string"], ([text]) => parseAddress(text) !== undefined),
  fn("ip.isCanonical", ["string"], ([text]) => addressText(address(text).family, address(text).bits) === text),
  method("family", ["net.IP"], ([ip]) => BigInt(ip.family)),
  method("isUnspecified", ["net.IP"], ([ip]) => ip.bits === 0n),
  method("isLoopback", ["net.IP"], ([ip]) => isLoopback(ip)),
  method("isLinkLocalUnicast", ["net.IP"], ([ip]) => isLinkLocal(ip)),
  method("isLinkLocalMulticast", ["net.IP"], ([ip]) => isLocalMulticast(ip)),
  method(
    "isGlobalUnicast",
    ["net.IP"],
    ([ip]) => ip.bits !== 0n && !isLoopback(ip) && !isLinkLocal(ip) && !isMulticast(ip) && !isBroadcast(ip),
  ),
  fn("cidr", ["string"], ([text]) => network(text)),
  fn("isCIDR", ["string"], ([text]) => parseNetwork(text) !== undefined),
  method("containsIP", ["net.CIDR", "string"], ([cidr, text]) => containsAddress(cidr, address(text))),
  method("containsIP", ["net.CIDR", "net.IP"], ([cidr, ip]) => containsAddress(cidr, ip)),
  method("containsCIDR", ["net.CIDR", "string"], ([cidr, text]) => contains(cidr, network(text))),
  method("containsCIDR", ["net.CIDR", "net.CIDR"], ([cidr, other]) => contains(cidr, other)),
  method("ip", ["net.CIDR"], ([{ family, bits }]) => ({ kind: "net.IP", family, bits })),
  method("prefixLength", ["net.CIDR"], ([{ prefix }]) => BigInt(prefix)),
  method("masked", ["net.CIDR"], ([cidr]) => ({ ...cidr, bits: masked(cidr) })),
];
