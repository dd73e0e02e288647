import { formatPath } from "../issues.ts";
import { planStagePlatform } from "../platform.ts";
import type { Rule } from "./rule.ts";

/** What the platform's own plan finds: a release that needs another, a class that nobody brings, a cycle. */
export const platformHolds: Rule = ({ stage, nodes }) =>
  planStagePlatform({ ...stage, nodes }).faults.map(({ path, message, remedy }) => ({
    path: formatPath(path),
    message,
    remedy,
  }));

export const exposedInZone: Rule = ({ stage, nodes }) => {
  const { dns } = stage;
  if (dns === undefined) return [];
  return planStagePlatform({ ...stage, nodes })
    .hosts.filter(({ host }) => host !== dns.zone && !host.endsWith(`.${dns.zone}`))
    .map(({ host, release }) => ({
      path: `groundwork:platform.${release}`,
      message: `${host} is not in zone ${dns.zone}`,
      remedy: `use a name that ends in .${dns.zone}`,
    }));
};
