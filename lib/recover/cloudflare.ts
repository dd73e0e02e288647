import { type Lookup, record, records, text } from "./lookups.ts";
import type { Props } from "./state.ts";

/**
 * A record of the same name, type and content: Cloudflare refuses a second one, and allows any other beside it.
 * Source: developers.cloudflare.com/api/resources/dns/subresources/records/methods/list
 */
export function cloudflareLookup(type: string, inputs: Props): Lookup {
  if (type !== "cloudflare:index/dnsRecord:DnsRecord")
    return { kind: "unknown", why: `nothing here knows where to look for a ${type}` };
  const [zone, name, kind, content] = ["zoneId", "name", "type", "content"].map((key) => text(inputs, key));
  if (zone === undefined || name === undefined || kind === undefined || content === undefined)
    return { kind: "absent" };
  return {
    ...{ kind: "ask", service: "cloudflare" },
    path: `/zones/${zone}/dns_records?${new URLSearchParams({ name, type: kind }).toString()}`,
    find(answer) {
      const found = records(record(answer).result).find(
        (each) => each.name === name && each.type === kind && same(text(each, "content"), content),
      );
      if (found === undefined) return undefined;
      const id = String(found.id);
      return { importId: `${zone}/${id}`, id, what: `record ${id}` };
    },
  };
}

/** Names are compared without their case and last dot, as DNS does; text records lose their quotes. */
function same(one: string | undefined, other: string): boolean {
  const shape = (content: string): string =>
    content
      .toLowerCase()
      .replace(/\.$/, "")
      .replace(/^"(.*)"$/, "$1");
  return one !== undefined && shape(one) === shape(other);
}
