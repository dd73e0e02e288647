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
        .map(({ host, path }) => ({
          path: formatPath(path),
          message: `${host} is not in zone ${dns.zone}`,
          remedy: `use a name that ends in .${dns.zone}`,
        }));

/** Two Ingresses of one host name: whichever the controller takes up first answers. */
export const hostsOnce: Rule = ({ platform }) =>
  [...Map.groupBy(platform.hosts, ({ host }) => host)].flatMap(([host, same]) => {
    const owners = [...new Set(same.map(({ path }) => path.join(".")))];
    const last = same.at(-1);
    if (same.length < 2 || last === undefined) return [];
    return [
      {
        path: formatPath(last.path),
        message: owners.length > 1 ? `${host} is the host name of ${owners.join(" and of ")}` : `has ${host} twice`,
        remedy: "give each a host name of its own",
      },
    ];
  });
