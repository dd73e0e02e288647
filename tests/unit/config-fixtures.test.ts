import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatFaults } from "../../config/faults.ts";
import { nodesOn } from "../../config/pools.ts";
import { readConfig } from "../../config/read.ts";
import { rules } from "../../config/rules/index.ts";
import type { Subject } from "../../config/rules/rule.ts";
import { stageSchema } from "../../config/stage.ts";
import { subjectOf, unsound } from "../../config/subject.ts";
import { location, serverType } from "../../lib/hetzner/nodes.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { loadStackConfig, UsageError } from "../../rehearsal/engine/stack-file.ts";
import { engineConfig, fixtures, parseConfig, readStackFile } from "../helpers/stack-file.ts";

const inFolder = (folder: string): readonly URL[] =>
  readdirSync(new URL(`${folder}/`, fixtures))
    .sort()
    .map((file) => new URL(`${folder}/${file}`, fixtures));

const nameOf = (file: URL): string => /([^/]+)\.yaml$/.exec(file.pathname)?.[1] ?? "";

/** The whole message, as a fixture's first comment lines give it: every fault, two columns further left. */
function expectedMessage(file: URL): string {
  const lines = readFileSync(file, "utf8").split("\n");
  const comment = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("#")),
  );
  const faults = comment
    .map((line) => line.replace(/^# ?/, ""))
    .join("\n")
    .split("\n\n");
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return [
    `Pulumi.${nameOf(file)}.yaml has ${count}; nothing was made.`,
    ...faults.map((fault) => `  ${fault.replaceAll("\n", "\n  ")}`),
  ].join("\n\n");
}

test.each(inFolder("invalid").map((file) => ({ name: nameOf(file), file })))(
  "refused with all that is wrong: $name",
  ({ name, file }) => {
    const parsed = parseConfig(readStackFile(file));
    expect(parsed.ok ? "no fault" : formatFaults(name, parsed.faults)).toBe(expectedMessage(file));
  },
);

const shown = ({ hostname, address, generation }: PlannedMachine, ...what: readonly string[]): string =>
  [hostname, address, ...what, `generation ${generation}`].join(" ");

test("accepted, with these nodes", () => {
  const nodes = inFolder("valid").map((file) => {
    const parsed = parseConfig(readStackFile(file));
    return [
      nameOf(file),
      parsed.ok
        ? [
            ...nodesOn(parsed.machines, "hetzner").map((node) => shown(node, serverType(node), location(node))),
            ...nodesOn(parsed.machines, "docker").map((node) => shown(node, "container")),
            ...nodesOn(parsed.machines, "metal").map((node) =>
              shown(node, node.pool.os, `${node.pool.user}:${node.pool.port}`),
            ),
            ...parsed.machines.filter(({ role }) => role === "docker-host").map((host) => shown(host, "Docker host")),
          ]
        : formatFaults(nameOf(file), parsed.faults),
    ];
  });
  expect(Object.fromEntries(nodes)).toMatchInlineSnapshot(`
    {
      "arm64": [
        "arm-cp-1 172.16.1.10 cpx22 fsn1 generation 1",
        "arm-cp-2 172.16.1.11 cpx22 nbg1 generation 1",
        "arm-cp-3 172.16.1.12 cpx22 hel1 generation 1",
        "arm-arm-1 172.16.2.10 cax21 fsn1 generation 1",
        "arm-arm-2 172.16.2.11 cax21 hel1 generation 1",
        "arm-arm-3 172.16.2.12 cax21 fsn1 generation 1",
        "arm-arm-4 172.16.2.13 cax31 nbg1 generation 1",
      ],
      "docker": [
        "local-cp-1 172.30.0.4 container generation 1",
        "local-cp-2 172.30.0.5 container generation 1",
        "local-cp-3 172.30.0.6 container generation 1",
        "local-worker-1 172.30.0.10 container generation 1",
        "local-worker-2 172.30.0.11 container generation 1",
      ],
      "docker-host": [
        "staging-server-1 172.30.0.4 container generation 1",
        "staging-agent-1 172.30.0.10 container generation 1",
        "staging-agent-2 172.30.0.11 container generation 1",
        "staging-docker-1 10.0.40.52 Docker host generation 1",
      ],
      "everything": [
        "full-cp-1 10.0.1.10 cpx22 fsn1 generation 1",
        "full-cp-2 10.0.1.11 cpx22 nbg1 generation 2",
        "full-cp-3 10.0.1.12 cpx22 hel1 generation 1",
        "full-worker-2 10.0.2.11 cpx32 nbg1 generation 1",
        "full-worker-3 10.0.2.12 cpx32 hel1 generation 1",
        "full-worker-4 10.0.2.13 cpx32 fsn1 generation 1",
      ],
      "five-control-planes": [
        "five-cp-a-1 10.0.1.10 cpx22 fsn1 generation 1",
        "five-cp-a-2 10.0.1.11 cpx22 nbg1 generation 1",
        "five-cp-a-3 10.0.1.12 cpx22 hel1 generation 1",
        "five-cp-b-1 10.0.2.10 cpx32 nbg1 generation 2",
        "five-cp-b-2 10.0.2.11 cpx32 hel1 generation 2",
      ],
      "gateway-jump-host": [
        "jump-cp-1 10.1.1.1 cpx22 nbg1 generation 1",
        "jump-cp-2 10.1.1.2 cpx22 nbg1 generation 1",
        "jump-cp-3 10.1.1.3 cpx22 nbg1 generation 1",
      ],
      "metal": [
        "home-cp-1 192.168.1.10 debian root:22 generation 1",
        "home-cp-2 192.168.1.11 debian root:22 generation 1",
        "home-cp-3 192.168.1.12 debian root:22 generation 1",
        "home-desk-1 192.168.1.77 arch ops:2222 generation 1",
      ],
      "one-lan": [
        "lab-rack-1 10.0.40.120 nixos root:22 generation 1",
      ],
      "own-address": [
        "vip-all-1 10.2.1.12 ccx13 sin generation 1",
        "vip-all-2 10.2.1.13 ccx13 sin generation 1",
        "vip-all-3 10.2.1.14 ccx13 sin generation 1",
      ],
      "private": [
        "prod-cp-1 10.0.1.10 cpx22 fsn1 generation 1",
        "prod-cp-2 10.0.1.11 cpx22 nbg1 generation 1",
        "prod-cp-3 10.0.1.12 cpx22 hel1 generation 1",
        "prod-worker-1 10.0.2.10 cpx32 fsn1 generation 1",
        "prod-worker-2 10.0.2.11 cpx32 nbg1 generation 1",
      ],
      "proxmox": [],
      "public-nodes": [
        "open-cp-1 192.168.0.10 cpx21 ash generation 1",
        "open-cp-2 192.168.0.11 cpx21 ash generation 1",
        "open-cp-3 192.168.0.12 cpx21 ash generation 1",
        "open-worker-1 192.168.0.20 cpx31 ash generation 1",
        "open-worker-3 192.168.0.22 ccx13 ash generation 2",
      ],
      "single-node": [
        "solo-cp-1 10.0.1.10 cpx22 hel1 generation 1",
      ],
      "talos": [],
      "talos-hetzner": [
        "cloud-cp-1 10.0.1.10 cpx22 fsn1 generation 1",
        "cloud-worker-1 10.0.2.10 cpx32 fsn1 generation 1",
      ],
      "talos-proxmox": [],
      "two-networks": [
        "wide-cp-1 10.0.1.10 cpx22 fsn1 generation 1",
        "wide-cp-2 10.0.1.11 cpx22 nbg1 generation 1",
        "wide-cp-3 10.0.1.12 cpx22 hel1 generation 1",
        "wide-eu-1 10.0.2.10 cpx32 fsn1 generation 1",
        "wide-eu-2 10.0.2.11 cpx32 nbg1 generation 1",
        "wide-us-1 10.1.2.10 cpx31 hil generation 1",
        "wide-us-2 10.1.2.11 cpx31 hil generation 1",
      ],
    }
  `);
});

/** What rules look at in a stack file, refused sections left out. */
function subjectIn(file: URL): Subject {
  const { config, secretKeys } = engineConfig(readStackFile(file));
  const { sections, secrets } = readConfig(config, (key) => secretKeys.includes(key));
  return subjectOf(
    new Map(
      Object.entries(stageSchema.shape).map(([name, schema]) => {
        const { success, data } = schema.safeParse(sections[name]);
        return [name, success ? { sound: data } : undefined];
      }),
    ),
    secrets,
  );
}

test("every rule has a fixture that offends it", () => {
  const subjects = inFolder("invalid").map(subjectIn);
  const offended = (rule: (typeof rules)[number]): boolean =>
    subjects.some((subject) => {
      try {
        return rule(subject).length > 0;
      } catch (error) {
        if (error === unsound) return false;
        throw error;
      }
    });
  expect(rules.filter((rule) => !offended(rule)).map(({ name }) => name)).toEqual([]);
});

test("a key that stands there twice: YAML keeps one, so the reader refuses it", () => {
  const project = mkdtempSync(join(tmpdir(), "groundwork-"));
  try {
    writeFileSync(join(project, "Pulumi.yaml"), "name: groundwork\nruntime: nodejs\n");
    const pools = ["  groundwork:pools:", "    cp: { count: 1 }", "    cp: { count: 3 }", ""];
    writeFileSync(join(project, "Pulumi.twice.yaml"), ["config:", ...pools].join("\n"));
    expect(() => loadStackConfig(project, "twice")).toThrow(
      new UsageError("Pulumi.twice.yaml:4:5: Map keys must be unique"),
    );
  } finally {
    rmSync(project, { recursive: true });
  }
});
