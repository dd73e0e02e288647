import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { asRoot, sentScript } from "../../lib/bootstrap/as-root.ts";
import { bootstrapFile } from "../../lib/bootstrap/bootstrap.ts";
import { perBootFile, renderCloudInit, userDataLimit } from "../../lib/bootstrap/cloud-init.ts";
import { dockerHostDocument } from "../../lib/bootstrap/docker-host.ts";
import { nodeDocument } from "../../lib/bootstrap/document.ts";
import { gatewayDocument } from "../../lib/bootstrap/gateway.ts";
import { filesOf, renderScript } from "../../lib/bootstrap/script.ts";
import { shellAssignments } from "../../lib/bootstrap/shell.ts";
import type { Document } from "../../lib/bootstrap/types.ts";
import { dockerHostArgs, existingArgs, gatewayArgs, k3s, network, node, nodeArgs } from "../harness/systems.ts";
import { missing, onPath } from "../harness/tools.ts";

vi.setConfig({ testTimeout: 60_000 });

const documents: Readonly<Record<string, Document>> = {
  "first-server": nodeDocument(nodeArgs("cp", 1, { mayInitialise: true })),
  "joining-server": nodeDocument(nodeArgs("cp", 2)),
  agent: nodeDocument(nodeArgs("worker", 1)),
  "agent-tailnet": nodeDocument(nodeArgs("worker", 2, { k3s: { ...k3s, transport: "tailnet" } })),
  "agent-storage": nodeDocument(
    nodeArgs("worker", 3, {
      packages: ["nfs-common", "open-iscsi"],
      provision: { modules: ["iscsi_tcp"], enabled: ["iscsid.service"], masked: ["multipathd.service"], nixos: [] },
    }),
  ),
  gateway: gatewayDocument(gatewayArgs),
  "docker-host": dockerHostDocument(dockerHostArgs),
};
const cases = Object.entries(documents);

/** For hosts that exist: no first key of their own, and a script instead of user data. */
const existing: Readonly<Record<string, Document>> = {
  debian: nodeDocument(existingArgs("cp", 1, "debian")),
  arch: nodeDocument(existingArgs("worker", 1, "arch")),
  nixos: nodeDocument(existingArgs("cp", 2, "nixos")),
};
const everything = [...cases, ...Object.entries(existing)];

test.each(Object.entries(existing))("the script that sets up a host that runs %s", async (name, document) => {
  await expect(renderScript(document, { timeout: 900 }).script).toMatchFileSnapshot(`../golden/hosts/${name}.sh`);
});

test.each(everything)(
  "the files in the script for %s, and on its standard input, are the document's",
  (_, document) => {
    const files = [...document.files, bootstrapFile(document)].map(({ path, content }) => [path, content] as const);
    const script = renderScript(document, { timeout: 900 });
    expect([...filesOf(script)].toSorted()).toEqual(files.toSorted());
    const sent = asRoot("ops", script.script);
    expect([sentScript(sent), sent.split("\n", 2)]).toEqual([script.script, script.script.split("\n", 2)]);
  },
);

test("a host that exists keeps its name, its network and its SSH daemon", () => {
  for (const [name, document] of Object.entries(existing)) {
    const { script } = renderScript(document, { timeout: 900 });
    const taken = ["hostnamectl", "network.sh", "/etc/ssh/", "resolv.conf", "groundwork-metadata.service\n"];
    expect([name, taken.filter((word) => script.includes(word) && word !== "/etc/ssh/")]).toEqual([name, []]);
    expect(document.files.filter(({ path }) => path.startsWith("/etc/ssh/"))).toEqual([]);
  }
});

test.each(cases)("user data of %s", async (name, document) => {
  const text = renderCloudInit(document);
  await expect(text).toMatchFileSnapshot(`../golden/cloud-init/${name}.yaml`);
  expect(Buffer.byteLength(text)).toBeLessThan(userDataLimit);
});

test("user data gives back every file exactly as the document has it", () => {
  for (const [, document] of cases) {
    const written = (parse(renderCloudInit(document)) as { write_files: { path: string; content: string }[] })
      .write_files;
    expect(written.map(({ path, content }) => ({ path, content }))).toEqual(
      [...document.files, bootstrapFile(document), perBootFile].map(({ path, content }) => ({ path, content })),
    );
  }
});

test("no machine's user data has a cluster token, and a cluster is started by the one node that may", () => {
  for (const [name, document] of cases) {
    const text = renderCloudInit(document);
    expect(text).not.toMatch(/^\s*(token|agent-token):/m);
    expect([name, /cluster-init: true/.test(text), text.includes("path: /etc/groundwork/init")]).toEqual([
      name,
      name === "first-server",
      name === "first-server",
    ]);
  }
});

test("too much user data is compressed first, and still the same", () => {
  const large = nodeDocument(nodeArgs("cp", 1));
  const filler = { path: "/etc/filler", mode: "0644", content: "a line that repeats\n".repeat(2000) };
  const text = renderCloudInit({ ...large, files: [...large.files, filler] });
  expect(Buffer.byteLength(text)).toBeLessThan(userDataLimit);
  const written = (parse(text) as { write_files: { path: string; content: string; encoding?: string }[] }).write_files;
  const file = written.find(({ path }) => path === filler.path);
  expect(file?.encoding).toBe("gz+b64");
  expect(gunzipSync(Buffer.from(file?.content ?? "", "base64")).toString()).toBe(filler.content);
});

test("user data that cannot fit is refused, with the largest files named", () => {
  const document = documents.agent as Document;
  const noise = Buffer.from(Uint8Array.from({ length: 40_000 }, (_, i) => (i * 7919 * (i % 251)) % 256)).toString(
    "base64",
  );
  const files = [...document.files, { path: "/etc/noise", mode: "0644", content: `${noise}\n` }];
  expect(() => renderCloudInit({ ...document, files })).toThrow(
    /^the user data of worker-1 has \d+ bytes even when compressed, and 32768 are allowed; largest: \/etc\/noise \(53337\), .* → shorten these, or fetch them in a command$/,
  );
});

test("four nameservers are refused, since a resolver reads three", () => {
  const nameservers = ["10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"];
  expect(() => nodeDocument(nodeArgs("cp", 1, { network: { ...network, nameservers } }))).toThrow(
    "cp-1 has 4 nameservers (10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8), and a resolver reads three → remove all but three",
  );
});

test("a node that talks over the tailnet must join one", () => {
  const { tailscale: _, ...without } = nodeArgs("cp", 1, { k3s: { ...k3s, transport: "tailnet" } });
  expect(() => nodeDocument(without)).toThrow("cp-1 talks to its peers over the tailnet but does not join one");
});

test("a worker cannot be told to start a cluster", () => {
  expect(() => nodeDocument(nodeArgs("worker", 1, { mayInitialise: true }))).toThrow(
    "worker-1 is a worker and cannot start a cluster → only a control plane may have mayInitialise",
  );
});

test("a mirror replaces GitHub, with the plus sign of the version encoded", () => {
  const urls = [undefined, "https://mirror.example.com/k3s/"].map((mirror) => {
    const document = nodeDocument(nodeArgs("cp", 1, { k3s: { ...k3s, ...(mirror ? { mirror } : {}) } }));
    return /GW_K3S_URL='(.*)'/.exec(document.files[0]?.content ?? "")?.[1];
  });
  expect(urls).toEqual([
    "https://github.com/k3s-io/k3s/releases/download/v1.36.4%2Bk3s1",
    "https://mirror.example.com/k3s/v1.36.4%2Bk3s1",
  ]);
});

test("a script for a host that exists carries its secrets on standard input only", () => {
  const { script, stdin } = renderScript(documents.agent as Document, { timeout: 900 });
  expect(script).not.toContain("canary");
  expect(Buffer.from(stdin, "base64").toString()).toBe("tskey-auth-canary\n");
});

test("what a shell reads back is what was assigned, whatever is in it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed()),
      (value) => {
        const printed = execFileSync("sh", ["-c", `${shellAssignments({ value })}printf %s "$value"`]).toString();
        expect(printed).toBe(value);
      },
    ),
    { numRuns: 60 },
  );
});

const shellFiles = ["cloud-init", "cloud-init/steps"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".sh"))
    .map((name) => join(folder, name)),
);

test("shellcheck finds nothing in the scripts, alone or composed", ({ skip }) => {
  skip(!onPath("shellcheck"), missing("shellcheck"));
  const folder = mkdtempSync(join(tmpdir(), "groundwork-"));
  try {
    const composed = everything.flatMap(([name, document]) => [
      { name: `${name}-bootstrap.sh`, text: bootstrapFile(document).content },
      { name: `${name}-script.sh`, text: renderScript(document, { timeout: 900 }).script },
    ]);
    for (const { name, text } of composed) writeFileSync(join(folder, name), text);
    const own = spawnSync("shellcheck", ["-x", ...shellFiles], { encoding: "utf8" });
    expect(own.stdout + own.stderr).toBe("");
    const rest = spawnSync("shellcheck", [...composed.map(({ name }) => join(folder, name))], {
      encoding: "utf8",
    });
    expect(rest.stdout + rest.stderr).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("cloud-init accepts the user data of every kind of machine", ({ skip }) => {
  skip(!onPath("cloud-init"), missing("cloud-init"));
  const folder = mkdtempSync(join(tmpdir(), "groundwork-"));
  try {
    for (const [name, document] of cases) {
      const path = join(folder, `${name}.yaml`);
      writeFileSync(path, renderCloudInit(document));
      const result = spawnSync("cloud-init", ["schema", "--config-file", path], { encoding: "utf8" });
      expect([name, result.status, result.stdout + result.stderr]).toEqual([name, 0, expect.stringContaining(`Valid`)]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("nothing under cloud-init is left out of every document and step", () => {
  const used = new Set(everything.flatMap(([, document]) => document.files.map(({ content }) => content)));
  const merged = ["base.yaml", "bootstrap.sh", "per-boot.sh"];
  const unused = readdirSync("cloud-init").filter(
    (name) =>
      statSync(join("cloud-init", name)).isFile() &&
      !merged.includes(name) &&
      !used.has(readFileSync(join("cloud-init", name), "utf8")),
  );
  expect(unused).toEqual([]);
});

test("two nodes of one pool differ only in what is theirs", () => {
  const strip = (name: string, address: string, text: string) =>
    text.replaceAll(name, "NAME").replaceAll(address, "ADDRESS");
  const [second, third] = [2, 3].map((number) => {
    const { name, address } = node("cp", number);
    const document = nodeDocument(nodeArgs("cp", number, { k3s: { ...k3s, tlsSans: [] } }));
    return document.files.map((file) => ({ ...file, content: strip(name, address, file.content) }));
  });
  expect(third).toEqual(second);
});
