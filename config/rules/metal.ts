import { parsePublicKey } from "../../lib/ssh.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { hostKeysOf, nodesOn } from "../pools.ts";
import type { Rule } from "./rule.ts";

const keyPath = (poolName: string, number: number): string =>
  formatPath(["pools", poolName, "nodes", String(number), "hostKey"]);

/** Whoever answers in a host's place would be given the cluster's tokens. */
export const hostKeysPinned: Rule = ({ machines }) =>
  nodesOn(machines, "metal")
    .filter((node) => hostKeysOf(node).length === 0)
    .map(({ name, poolName, number, address }) => ({
      path: keyPath(poolName, number),
      message: `is missing: whoever answers at ${address} would be taken for ${name}`,
      remedy:
        "npm run doctor -- <stack> shows the keys that the hosts present: compare them with those on the host itself, and paste them here",
    }));

/** Hosts whose disks are copies of one another identify themselves alike. */
export const hostKeysApart: Rule = ({ machines }) => {
  const seen = new Map<string, string>();
  return nodesOn(machines, "metal").flatMap((node): readonly Fault[] => {
    const keys = new Set(hostKeysOf(node).flatMap((text) => parsePublicKey(text)?.line ?? []));
    const shared = [...keys].find((key) => seen.has(key));
    const other = shared === undefined ? undefined : seen.get(shared);
    for (const key of keys) if (!seen.has(key)) seen.set(key, node.name);
    return other === undefined
      ? []
      : [
          {
            path: keyPath(node.poolName, node.number),
            message: `is the key of ${other} too, so that either could pass for the other`,
            remedy:
              "paste the host's own; on a copied disk make new ones: rm /etc/ssh/ssh_host_*, ssh-keygen -A, and restart the SSH daemon",
          },
        ];
  });
};
