import ipaddr from "ipaddr.js";
import { ServiceError } from "../../model.ts";

const types = [
  "A",
  "AAAA",
  "CAA",
  "CERT",
  "CNAME",
  "DNSKEY",
  "DS",
  "HTTPS",
  "LOC",
  "MX",
  "NAPTR",
  "NS",
  "OPENPGPKEY",
  "PTR",
  "SMIMEA",
  "SRV",
  "SSHFP",
  "SVCB",
  "TLSA",
  "TXT",
  "URI",
] as const;

export type RecordType = (typeof types)[number];

/** Types whose content the API puts together from `data`. */
const structured: readonly RecordType[] = [
  "CAA",
  "CERT",
  "DNSKEY",
  "DS",
  "HTTPS",
  "LOC",
  "NAPTR",
  "SMIMEA",
  "SRV",
  "SSHFP",
  "SVCB",
  "TLSA",
  "URI",
];

export const isType = (type: string): type is RecordType => types.some((known) => known === type);

const label = /^(?:\*|[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)$/i;

/** Whether the text is a name of DNS: labels of letters, digits, dashes and underscores; `*` alone as the first. */
export function isName(text: string): boolean {
  const labels = text.split(".");
  return text.length <= 253 && labels.every((part, index) => label.test(part) && (part !== "*" || index === 0));
}

const isHostname = (text: string): boolean =>
  isName(text.replace(/\.$/, "")) && !text.startsWith("*") && !ipaddr.isValid(text);

export interface Body {
  readonly type: RecordType;
  readonly name: string;
  readonly content?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly priority?: number | undefined;
}

/** Whether traffic to the record could go through Cloudflare's proxy. */
export function isProxiable(body: Pick<Body, "type" | "content">): boolean {
  if (body.type === "CNAME") return true;
  if (body.type !== "A" && body.type !== "AAAA") return false;
  return body.content !== undefined && ipaddr.isValid(body.content) && isRoutable(body.content);
}

/** Addresses of documentation count as public here: the simulated clouds hand them out as such. */
function isRoutable(address: string): boolean {
  const parsed = ipaddr.parse(address);
  const kind = parsed.range();
  return kind === "unicast" || kind === "reserved";
}

/**
 * The content as the API keeps it.
 * @throws ServiceError with Cloudflare's codes: 9005 and its neighbours, 1004 where none is known.
 */
export function readContent(body: Body): string {
  const { type, name, content, data } = body;
  const refuse = (code: string, message: string): ServiceError =>
    new ServiceError(code, `record ${name} ${type}: ${message}`);
  if (structured.includes(type)) {
    if (data === undefined || Object.keys(data).length === 0)
      throw refuse("1004", "DNS Validation Error: a record of this type needs data");
    return Object.values(data).map(String).join(" ");
  }
  if (content === undefined || content === "") throw refuse("1004", "DNS Validation Error: content is missing");
  switch (type) {
    case "A":
      if (!ipaddr.IPv4.isValidFourPartDecimal(content))
        throw refuse("9005", `content for A record must be a valid IPv4 address, not '${content}'`);
      return content;
    case "AAAA":
      if (!ipaddr.IPv6.isValid(content))
        throw refuse("9006", `content for AAAA record must be a valid IPv6 address, not '${content}'`);
      return ipaddr.IPv6.parse(content).toString();
    case "CNAME":
      if (!isHostname(content)) throw refuse("9007", `content for CNAME record must be a hostname, not '${content}'`);
      return content.replace(/\.$/, "").toLowerCase();
    case "MX":
      if (!isHostname(content)) throw refuse("9009", `content for MX record must be a hostname, not '${content}'`);
      if (body.priority === undefined) throw refuse("9101", "priority is a required field");
      return content.replace(/\.$/, "").toLowerCase();
    case "NS":
    case "PTR":
      if (!isHostname(content))
        throw refuse("1004", `DNS Validation Error: content must be a hostname, not '${content}'`);
      return content.replace(/\.$/, "").toLowerCase();
    default:
      return content;
  }
}
