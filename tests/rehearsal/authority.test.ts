import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { splitCertificates } from "../../lib/k3s/authority.ts";
import type { Secret } from "../../rehearsal/recording.ts";
import { sshKey } from "../harness/keys.ts";
import { changes, Life, madeUp, wrong } from "./life.ts";

/** Certificates of a cluster's components under one root, through its life. */

const vault = { kind: "vault", address: "https://vault.example.com:8200", mount: "pki" };

const stage = (authority?: object, count = 1) => ({
  cluster: {
    ...{ name: "rack", distribution: "k3s", version: "v1.36.4+k3s1" },
    endpoint: { kind: "address", host: "192.168.1.5" },
    ...(authority === undefined ? {} : { authority }),
  },
  networks: { main: { kind: "lan", cidr: "192.168.1.0/24", gateway: "192.168.1.1" } },
  pools: {
    cp: {
      ...{ machine: "metal", os: "nixos", role: "control-plane", count, firstAddress: "192.168.1.10" },
      nodes: Object.fromEntries([1, 2, 3].slice(0, count).map((n) => [n, { hostKey: sshKey(n).public.trim() }])),
    },
  },
  access: { via: "direct" },
});

/** The chain that whoever uses the kubeconfig checks the API server by. */
function chainOf(life: Life): readonly X509Certificate[] {
  const [cluster] = life.world.clusters.all();
  return splitCertificates(cluster?.pki.server.certificate ?? "").map((pem) => new X509Certificate(pem));
}

const names = (chain: readonly X509Certificate[]): readonly string[] => chain.map(({ subject }) => subject);

const signedBy = (chain: readonly X509Certificate[]): readonly boolean[] =>
  chain.map((each, index) => each.ca && each.verify((chain[index + 1] ?? each).publicKey));

test("authorities under one root: checked chain by chain at the first start, kept, and known to kubeconfigs", async () => {
  const made = { kind: "made" };
  const life = new Life(madeUp(stage(made, 3), ["ssh-key"]));
  const first = await life.up(stage(made, 1));
  // A server whose authorities are not all there, or under more than one root, does not start in the rehearsal.
  expect(wrong(first)).toEqual([]);
  const chain = chainOf(life);
  expect(names(chain)).toEqual(["CN=rack-server-ca", "CN=rack intermediate", "CN=rack root"]);
  expect(signedBy(chain)).toEqual([true, true, true]);
  // Each lasts longer than what it signs.
  const ends = chain.map(({ validTo }) => Date.parse(validTo));
  expect(ends.toSorted((a, b) => a - b)).toEqual(ends);
  const kubeconfig = String((first.outputs.kubeconfig as Secret).value);
  const [, data = ""] = /certificate-authority-data: (\S+)/.exec(kubeconfig) ?? [];
  const known = splitCertificates(Buffer.from(data, "base64").toString()).map((pem) => new X509Certificate(pem));
  expect(names(known)).toEqual(names(chain));

  const grown = await life.up(stage(made, 3));
  expect(wrong(grown)).toEqual([]);
  expect(changes(grown).filter((line) => /rack-(root|intermediate|.*-ca)$/.test(line))).toEqual([]);
  expect(life.world.clusters.all().flatMap(({ nodes }) => [...nodes.keys()])).toHaveLength(3);
});

test("Vault signs them instead, and a cluster that stands is given no other root", async () => {
  const life = new Life(madeUp(stage(vault), ["ssh-key", "vault-token"]));
  expect(wrong(await life.up(stage(vault)))).toEqual([]);
  const chain = chainOf(life);
  expect(names(chain)).toEqual([
    "CN=rack-server-ca",
    "CN=rack intermediate",
    "CN=Vault at https://vault.example.com:8200",
  ]);
  expect(signedBy(chain)).toEqual([true, true, true]);
  const run = await life.up(stage({ kind: "made" }));
  expect(wrong(run).join("\n")).toContain(
    "a cluster keeps the root that it was made with: rack has one of Vault's (kind: vault), and one that the program made (kind: made) is asked for",
  );
  expect(changes(run)).toEqual([]);
});
