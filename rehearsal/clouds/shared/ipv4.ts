import ipaddr from "ipaddr.js";

// On purpose not the program's own arithmetic (lib/): one mistake in both would hide itself.

/** A block of IPv4 addresses; addresses are unsigned 32-bit numbers. */
export interface Block {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** Reads `a.b.c.d`; undefined for anything else. */
export function readIp(text: string): number | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(text).octets;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export function writeIp(ip: number): string {
  return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join(".");
}

/** Reads `a.b.c.d/n` whose host bits are zero; undefined for anything else. */
export function readBlock(text: string): Block | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const ip = match?.[1] === undefined ? undefined : readIp(match[1]);
  const prefix = Number(match?.[2]);
  if (ip === undefined || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  return ip % size === 0 ? { first: ip, last: ip + size - 1, prefix } : undefined;
}

export function writeBlock(block: Block): string {
  return `${writeIp(block.first)}/${block.prefix}`;
}

export const holds = (block: Block, ip: number): boolean => block.first <= ip && ip <= block.last;

export const within = (outer: Block, inner: Block): boolean => outer.first <= inner.first && inner.last <= outer.last;

export const overlap = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last;

const privateBlocks: readonly Block[] = [
  { first: 0x0a000000, last: 0x0affffff, prefix: 8 },
  { first: 0xac100000, last: 0xac1fffff, prefix: 12 },
  { first: 0xc0a80000, last: 0xc0a8ffff, prefix: 16 },
];

/** Whether RFC 1918 keeps the whole block for private networks. */
export const isPrivate = (block: Block): boolean => privateBlocks.some((range) => within(range, block));

/** Whether an address is in a network, both texts, of either family. False for what is no address, such as a name. */
export function isWithin(address: string, cidr: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const [base, bits] = ipaddr.parseCIDR(cidr);
  return parsed.kind() === base.kind() && parsed.match(base, bits);
}

/** Whether the text is a CIDR of either family with empty host bits. */
export function isCidr(text: string): boolean {
  try {
    const [address, prefix] = ipaddr.parseCIDR(text);
    const network =
      address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
    return prefix >= 0 && network.toNormalizedString() === address.toNormalizedString();
  } catch {
    return false;
  }
}
