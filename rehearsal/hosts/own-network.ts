import { spawnSync } from "node:child_process";
import { networkInterfaces } from "node:os";

/**
 * A command that runs another in a network of its own (a Linux network namespace) in which every IPv4 address is this
 * machine's, over loopback, and from which nothing leads out: unmodified programs dial 10.0.1.10:22 or a public address
 * there and find a simulated machine, or nobody. Needs `unshare` (util-linux) and `ip` (iproute2); root, or a kernel
 * that lets users make namespaces.
 */
export function inOwnNetwork(command: readonly string[]): readonly [string, ...string[]] {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return ["unshare", ...user, "--net", "sh", "-c", `${setUp} && exec "$@"`, "sh", ...command];
}

// A local route to everything makes every address ours: ip-route(8), type local.
const setUp = "ip link set lo up && ip route add local 0.0.0.0/0 dev lo";

/** Whether this process is in such a network: there is no interface but loopback. */
export function isOwnNetwork(): boolean {
  return Object.values(networkInterfaces()).every((addresses) => addresses?.every(({ internal }) => internal) ?? true);
}

/** Why this machine lets nobody make such a network, with the remedy; undefined where it does. */
export function whyNoOwnNetwork(): string | undefined {
  const [probe, ...args] = inOwnNetwork(["true"]);
  const { status, stderr, error } = spawnSync(probe, args, { encoding: "utf8" });
  if (status === 0) return undefined;
  return `no network of its own (${(stderr ?? String(error)).trim()}) → needs util-linux and iproute2, and root or user namespaces`;
}
