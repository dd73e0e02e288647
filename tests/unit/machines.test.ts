import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pool } from "../../config/pools.ts";

// docs/adding-machines.md, held to what is there.

const guide = readFileSync("docs/adding-machines.md", "utf8");
const kinds = pool.options.map(({ shape }) => shape.machine.value);

test("every file that the guide names is there", () => {
  const named = [...guide.matchAll(/`((?:components|config|rehearsal|tests|schemas|docs|examples|lib)\/[^`]*)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => !path.includes("<"));
  const linked = [...guide.matchAll(/\]\((adr\/[^)]+)\)/g)].map(([, path = ""]) => join("docs", path));
  expect(named.length).toBeGreaterThan(10);
  expect([...named, ...linked].filter((path) => !existsSync(path))).toEqual([]);
});

test("every kind of machine has its schema branch, its component and its world where the guide says", () => {
  const own = (kind: string): readonly string[] => [
    `config/pools/${kind}.ts`,
    // k3d makes the containers, and Talos configures the machines: the cluster's part is the component.
    { docker: "components/cluster/k3d", talos: "components/cluster/talos" }[kind] ?? `components/machines/${kind}`,
    { docker: "rehearsal/docker", hetzner: "rehearsal/world/servers.ts" }[kind] ?? `rehearsal/world/${kind}.ts`,
  ];
  expect(kinds.toSorted()).toEqual(["docker", "hetzner", "metal", "proxmox", "talos"]);
  expect(kinds.flatMap(own).filter((path) => !existsSync(path))).toEqual([]);
});
