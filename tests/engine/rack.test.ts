import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { authorityNames, splitCertificates } from "../../lib/k3s/authority.ts";
import { type Life, runSequence } from "./sequence.ts";
import { clusterOf, namespaceByHand, replacedOneByOne } from "./steps.ts";

// Servers that stand, with NixOS: what is done to them is done by the scripts themselves.

const servers = ["rack-server-1", "rack-server-2", "rack-server-3"];
const order = ["server-2", "server-3", "server-1"];
const replaced = replacedOneByOne(order, ["-member", "-join", "-reach-last", "-setup"]);

/** How often each server's configuration was activated. */
const rebuilds = ({ world }: Life): readonly number[] =>
  servers.map(
    (name) => (world.machines.get(name).host.stateOf("nixos-rebuilds") ?? "").split("\n").filter(Boolean).length,
  );
const modules = ({ world }: Life): readonly (string | undefined)[] =>
  servers.map((name) => world.machines.get(name).host.read("/etc/nixos/groundwork.nix"));

/** The names in the chain of each authority on each server's disk, whose every link has been checked. */
const chains = ({ world }: Life): readonly (readonly string[])[] =>
  servers.flatMap((server) =>
    authorityNames.map((name) => {
      const text = world.machines.get(server).host.read(`/var/lib/rancher/k3s/server/tls/${name}.crt`) ?? "";
      const chain = splitCertificates(text).map((pem) => new X509Certificate(pem));
      return chain.map((each, index) => {
        const above = chain[index + 1] ?? each;
        return each.ca && each.checkIssued(above) && each.verify(above.publicKey) ? each.subject : "not signed";
      });
    }),
  );
const oneRoot = servers.flatMap(() =>
  authorityNames.map((name) => [`CN=rack-${name.replace("/", "-")}`, "CN=rack intermediate", "CN=rack root"]),
);

/** `npm run etcd`, as a person would. */
async function etcd({ stack }: Life, ...args: readonly string[]): Promise<string> {
  const command = join(import.meta.dirname, "../../commands/etcd.ts");
  return (await promisify(execFile)(process.execPath, [command, "rack", ...args], stack.surroundings())).stdout;
}

/** What etcd keeps, in the simulated cluster. */
const kept = "clusters/c1/data";

async function restored(life: Life): Promise<void> {
  life.world.hosts.set(kept, "as it was");
  const folder = join(life.stack.surroundings().cwd, "backups");
  const taken = JSON.parse(await etcd(life, "backup", "--to", folder, "--json")) as { node: string; file: string };
  expect([taken.node, readdirSync(folder)]).toEqual(["server-1", [taken.file]]);
  expect(await etcd(life, "list")).toContain(`server-1  ${taken.file}  10 bytes`);
  life.world.hosts.set(kept, "changed since");
  expect(await etcd(life, "restore", join(folder, taken.file), "--node", "server-2", "--yes")).toBe(
    `${taken.file}: restored\n`,
  );
  expect(readFileSync(join(life.world.hosts.path, kept), "utf8")).toBe("as it was\n");
  await clusterOf(servers)(life);
}

runSequence({
  name: "rack",
  world: { otherVersions: { "cert-manager": ["v1.99.0"] } },
  established: ["server-1", "server-2", "server-3"],
  made: async (life) => {
    await clusterOf(servers)(life);
    expect(rebuilds(life)).toEqual([1, 1, 1]);
    expect(chains(life)).toEqual(oneRoot);
  },
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { traefik: { values: { log: { level: "WARN" } } } } },
      expected: ["update release/traefik"],
    },
    {
      title: "Argo CD manages itself, and is not upgraded from here",
      change: { platform: { argocd: { values: { notifications: { enabled: false } } } } },
      expected: [],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { "cert-manager": { version: "v1.99.0" } } },
      expected: ["update release/cert-manager"],
    },
    {
      title: "what only new servers take touches none that is set up",
      change: {
        pools: { server: { packages: ["nfs-utils", "openiscsi", "htop"] } },
        cluster: { kubeletArgs: ["max-pods=200"] },
      },
      expected: [],
      afterwards: (life) => expect(rebuilds(life)).toEqual([1, 1, 1]),
    },
    { title: "etcd is backed up, and all three servers go back to it", check: restored },
    {
      title: "control planes are set up anew one at a time, the first last, each drained before",
      change: { pools: { server: { generation: 2 } } },
      expected: replaced,
      inOrder: replaced,
      drained: order.map((name) => `rack-${name}`),
      // Given back, and set up again.
      afterwards: async (life) => {
        await clusterOf(servers)(life);
        expect(rebuilds(life)).toEqual([3, 3, 3]);
        expect(chains(life)).toEqual(oneRoot);
      },
    },
  ],
  destroyed: (life) => expect(modules(life)).toEqual(["{ }\n", "{ }\n", "{ }\n"]),
});
