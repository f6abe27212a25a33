const IPV4_BITS = 32;
const IPV6_BITS = 128;
const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/**
 * Whether a text is an address range as every Kubernetes version takes it (IsValidCIDR of k8s.io/apimachinery): an IPv4 or
 * IPv6 network with no leading zeros, no IPv4 inside IPv6, and no bit set beyond the prefix (10.0.0.0/8, not 10.1.2.3/8).
 */
export function isCidr(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  if (rest.length > 0 || !PREFIX.test(prefix)) return false;
  const bits = address.includes(":") ? ipv6Bits(address) : ipv4Bits(address);
  const length = address.includes(":") ? IPV6_BITS : IPV4_BITS;
  if (bits === undefined || Number(prefix) > length) return false;
  return (bits & ((1n << BigInt(length - Number(prefix))) - 1n)) === 0n;
}

function ipv4Bits(address: string): bigint | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => PREFIX.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(address: string): bigint | undefined {
  const sides = address.split("::");
  const groups = sides.map((side) => (side === "" ? [] : side.split(":")));
  const stated = groups.flat();
  // `::` stands for one group or more.
  const complete = sides.length === 1 ? stated.length === 8 : sides.length === 2 && stated.length < 8;
  if (!complete || !stated.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  const [left = [], right = []] = groups;
  const zeros: readonly string[] = Array.from({ length: 8 - stated.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
