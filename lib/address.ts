import ipaddr from "ipaddr.js";

/** An IPv4 network: first and last address as unsigned 32-bit numbers, prefix length in bits. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** Reads a dotted IPv4 address. Returns undefined for anything else, shortened forms included. */
export function parseAddress(text: string): number | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text).octets.reduce((number, octet) => number * 256 + octet, 0);
}

export function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** Reads `a.b.c.d/n`. Returns undefined when it is no network; host bits are kept out of `first`. */
export function parseCidr(text: string): Range | undefined {
  const [address, prefix, ...rest] = text.split("/");
  if (address === undefined || prefix === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefix)) return undefined;
  const bits = Number(prefix);
  const number = parseAddress(address);
  if (number === undefined || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1, prefix: bits };
}

/** The network that a CIDR with host bits was meant to be: `10.0.1.5/24` -> `10.0.1.0/24`. */
export function formatCidr(range: Range): string {
  return `${formatAddress(range.first)}/${range.prefix}`;
}

/** Reads a network or a range `first-last` (as MetalLB and Cilium write pools), inclusive. */
export function parsePool(text: string): Pick<Range, "first" | "last"> | undefined {
  if (text.includes("/")) return parseCidr(text);
  const [from, to, ...rest] = text.split("-").map((part) => parseAddress(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0 || from > to) return undefined;
  return { first: from, last: to };
}

type Span = Pick<Range, "first" | "last">;

export const overlaps = (a: Span, b: Span): boolean => a.first <= b.last && b.first <= a.last;

export const contains = (outer: Span, inner: Span): boolean => outer.first <= inner.first && inner.last <= outer.last;

/** A CIDR that validation has already accepted. */
export function cidr(text: string): Range {
  const range = parseCidr(text);
  if (range === undefined) throw new Error(`${text} is no IPv4 network`);
  return range;
}

/** An address that validation has already accepted. */
export function address(text: string): number {
  const number = parseAddress(text);
  if (number === undefined) throw new Error(`${text} is no IPv4 address`);
  return number;
}

/** The address `offset` places after `text`. */
export const addressAfter = (text: string, offset: number): string => formatAddress(address(text) + offset);

/**
 * The gateway of a Hetzner network: the first address of its range, never of a subnet.
 * Source: docs.hetzner.com/cloud/networks/faq
 */
export const firstAddress = (network: string): string => formatAddress(cidr(network).first + 1);
