import { z } from "zod";
import { isCidr } from "../../shared/ipv4.ts";
import type { Rule } from "./rows.ts";
import { invalid } from "./state.ts";

export const ruleRequest = z.object({
  direction: z.enum(["in", "out"]),
  protocol: z.enum(["tcp", "udp", "icmp", "esp", "gre"]),
  port: z.string().nullish(),
  source_ips: z.array(z.string()).default([]),
  destination_ips: z.array(z.string()).default([]),
  description: z.string().max(255).nullish(),
});

// docs.hetzner.com/cloud/firewalls/overview
const maxRules = 50;
const maxCidrs = 100;
const maxEffective = 500;

function refusePort(field: string, port: string | null | undefined, protocol: Rule["protocol"]): void {
  const hasPorts = protocol === "tcp" || protocol === "udp";
  if (port == null || port === "") {
    if (hasPorts) throw invalid(field, `protocol ${protocol} needs a port or a range of ports`);
    return;
  }
  if (!hasPorts) throw invalid(field, `protocol ${protocol} has no ports`);
  const match = /^(\d+)(?:-(\d+))?$/.exec(port);
  const low = Number(match?.[1]);
  const high = Number(match?.[2] ?? match?.[1]);
  if (match === null || low < 1 || high > 65535 || low > high)
    throw invalid(field, `'${port}' is neither a port nor a range such as 1024-5000`);
}

/** @throws ServiceError `invalid_input` */
export function readRules(requests: readonly z.output<typeof ruleRequest>[]): Rule[] {
  if (requests.length > maxRules)
    throw invalid("rules", `${requests.length} rules, a firewall has at most ${maxRules}`);
  const rules = requests.map((rule, index): Rule => {
    const field = (name: string): string => `rules.${index}.${name}`;
    const [used, unused] =
      rule.direction === "in"
        ? (["source_ips", "destination_ips"] as const)
        : (["destination_ips", "source_ips"] as const);
    const cidrs = rule[used];
    if (rule[unused].length > 0) throw invalid(field(unused), `direction ${rule.direction} takes ${used}`);
    if (cidrs.length === 0) throw invalid(field(used), `direction ${rule.direction} needs at least one`);
    if (cidrs.length > maxCidrs)
      throw invalid(field(used), `${cidrs.length} CIDR blocks, a rule has at most ${maxCidrs}`);
    const wrong = cidrs.find((cidr) => !isCidr(cidr));
    if (wrong !== undefined) throw invalid(field(used), `'${wrong}' is no CIDR block with empty host bits`);
    refusePort(field("port"), rule.port, rule.protocol);
    return {
      direction: rule.direction,
      protocol: rule.protocol,
      port: rule.port ?? null,
      source_ips: rule.source_ips,
      destination_ips: rule.destination_ips,
      description: rule.description ?? null,
    };
  });
  const effective = rules.reduce((sum, rule) => sum + rule.source_ips.length + rule.destination_ips.length, 0);
  if (effective > maxEffective)
    throw invalid(
      "rules",
      `${effective} effective rules (one for each CIDR block), a firewall has at most ${maxEffective}`,
    );
  return rules;
}
