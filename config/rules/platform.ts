import { formatPath } from "../issues.ts";
import type { Rule } from "./rule.ts";

/** What the platform's own plan finds: a release that needs another, a class that nobody brings, a cycle. */
export const platformHolds: Rule = ({ platform }) =>
  platform.faults.map(({ path, message, remedy }) => ({ path: formatPath(path), message, remedy }));

export const exposedInZone: Rule = ({ stage: { dns }, platform }) =>
  dns === undefined
    ? []
    : platform.hosts
        .filter(({ host }) => host !== dns.zone && !host.endsWith(`.${dns.zone}`))
        .map(({ host, release }) => ({
          path: formatPath(["platform", release]),
          message: `${host} is not in zone ${dns.zone}`,
          remedy: `use a name that ends in .${dns.zone}`,
        }));
