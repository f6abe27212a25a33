export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** Go's netip.ParseAddr, without zones and without IPv4 inside IPv6, which Kubernetes' libraries refuse. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) {
    const bits = fourBits(text);
    return bits === undefined ? undefined : { family: 4, bits };
  }
  const bits = sixBits(text);
  return bits === undefined || bits >> 32n === 0xffffn ? undefined : { family: 6, bits };
}

function fourBits(text: string): bigint | undefined {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return valid ? parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n) : undefined;
}

function sixBits(text: string): bigint | undefined {
  const sides = text.split("::");
  const [left, right] = sides.map(groupsOf);
  if (left === undefined || sides.length > 2 || (sides.length === 2 && right === undefined)) return undefined;
  const stated = left.length + (right?.length ?? 0);
  if (right === undefined ? stated !== 8 : stated > 7) return undefined;
  const zeros = Array.from({ length: 8 - stated }, () => 0n);
  return [...left, ...zeros, ...(right ?? [])].reduce((bits, group) => (bits << 16n) | group, 0n);
}

/** Groups of 16 bits; the last may be written as IPv4. */
function groupsOf(side: string): readonly bigint[] | undefined {
  if (side === "") return [];
  const parts = side.split(":");
  const last = parts.at(-1) ?? "";
  const four = last.includes(".") ? fourBits(last) : undefined;
  if (last.includes(".") && four === undefined) return undefined;
  const hex = four === undefined ? parts : parts.slice(0, -1);
  if (!hex.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  return [...hex.map((part) => BigInt(`0x${part}`)), ...(four === undefined ? [] : [four >> 16n, four & 0xffffn])];
}

/** The canonical text: RFC 5952. */
export function addressText(family: 4 | 6, bits: bigint): string {
  const size = family === 4 ? 8n : 16n;
  const count = family === 4 ? 4 : 8;
  const groups = Array.from(
    { length: count },
    (_, i) => (bits >> (size * BigInt(count - 1 - i))) & ((1n << size) - 1n),
  );
  if (family === 4) return groups.join(".");
  const run = longestZeros(groups);
  const hex = (part: readonly bigint[]): string => part.map((group) => group.toString(16)).join(":");
  return run === undefined ? hex(groups) : `${hex(groups.slice(0, run.from))}::${hex(groups.slice(run.to))}`;
}

/** The first longest run of two or more zero groups. */
function longestZeros(groups: readonly bigint[]): { readonly from: number; readonly to: number } | undefined {
  let best: { readonly from: number; readonly to: number } | undefined;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0n) to++;
    if (to - from > Math.max(1, best === undefined ? 0 : best.to - best.from)) best = { from, to };
  }
  return best;
}

export interface Network extends Address {
  readonly prefix: number;
}

/** Go's netip.ParsePrefix. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.lastIndexOf("/");
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) <= widthOf(address.family) ? { ...address, prefix: Number(prefix) } : undefined;
}

/** The first address of a network. */
export function masked({ family, bits, prefix }: Network): bigint {
  const host = BigInt(widthOf(family) - prefix);
  return (bits >> host) << host;
}

export function containsAddress(network: Network, address: Address): boolean {
  return network.family === address.family && masked({ ...network, bits: address.bits }) === masked(network);
}
