import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readStage } from "../../commands/stage.ts";
import { systemDiagram, systemPage } from "../../config/system/page.ts";
import { surroundingsDrawing } from "../../config/system/surroundings.ts";
import { type System, systemOf } from "../../config/system/system.ts";
import { platformUnits } from "../../config/system/units.ts";
import { boxesOf, type Drawing, mermaid } from "../../lib/diagram/mermaid.ts";
import { markdownTable } from "../../lib/diagram/table.ts";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { stackFiles } from "../../rehearsal/engine/stack-file.ts";
import { parseConfig, readStackFile } from "../helpers/stack-file.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pages = join(root, "docs/systems");
const stacks = [...stackFiles(root)];
const systems = new Map(stacks.map(([name]) => [name, systemOf(readStage(root, name))]));
const systemNamed = (name: string): System => {
  const system = systems.get(name);
  if (system === undefined) throw new Error(`there is no stack ${name}`);
  return system;
};
const page = (name: string): string => readFileSync(join(pages, `${name}.md`), "utf8");
const generated = /<!-- generated: .*? -->[\s\S]*?<!-- end of generated -->/g;

test("each stack file's system has a page, and no page is left of one that went", () => {
  const names = stacks.map(([name]) => name).sort();
  expect(names.length).toBeGreaterThan(8);
  expect(
    readdirSync(pages)
      .map((file) => basename(file, ".md"))
      .sort(),
  ).toEqual(names);
  const linked = names.filter((name) =>
    readFileSync(join(root, "README.md"), "utf8").includes(`docs/systems/${name}.md`),
  );
  expect(linked).toEqual(names);
});

test.each(stacks)("what is generated in the page of %s is what the stack file says: npm run schema", (name) => {
  const system = systemNamed(name);
  expect(systemPage(name, page(name), system)).toBe(page(name));
  expect(boxesOf(surroundingsDrawing(system).members).length).toBeLessThan(40);
});

test.each(stacks)("a user of %s is told what it gives and takes, and what to do with it", (name) => {
  const written = page(name).replaceAll(generated, "");
  const sections = new Map(written.split(/^## /m).map((part) => [part.split("\n")[0], part] as const));
  const empty = [
    "What you get",
    "What it takes",
    "First steps",
    "What is stored where",
    "Everyday changes",
    "Backups and recovery",
  ].filter((title) => (sections.get(title) ?? "").length < 150);
  expect(empty).toEqual([]);
});

test.each(stacks)("what is written by hand about %s names only what is there", (name, file) => {
  const told = page(name);
  const written = told.replaceAll(generated, "");
  const known = [readFileSync(file, "utf8"), ...(told.match(generated) ?? [])].join("\n");
  const names = [
    ...written.matchAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g),
    ...written.matchAll(/\b[a-z0-9.-]+\.example\.(?:com|ts\.net)\b/g),
    ...written.matchAll(/(?<=secret:)[a-z0-9-]+/g),
  ].map(([found]) => found);
  const loopback = "127.0.0.1";
  expect(names.filter((each) => each !== loopback && !known.includes(each))).toEqual([]);
  const files = [...written.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  expect(files.filter((target) => !fileIsThere(target))).toEqual([]);
});

test.each(stacks)("commands that %s's page tells of are there, and are told of this stack", (name) => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  const told = [...page(name).matchAll(/npm run ([\w:]+)(?: -- ([\w-]+))?/g)].map(([, script = "", stack]) => ({
    script,
    stack,
  }));
  expect(told.length).toBeGreaterThan(3);
  expect(told.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  expect(told.filter(({ stack }) => stack !== undefined && stack !== name)).toEqual([]);
});

function fileIsThere(target: string): boolean {
  try {
    return readFileSync(join(pages, target)).length > 0;
  } catch {
    return false;
  }
}

test("each release of the catalogue is in a stack that somebody can begin with", () => {
  const used = new Set([...systems.values()].flatMap(({ stage }) => Object.keys(stage.platform)));
  expect(catalogue.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
});

test("a page that lost a marker is refused: its part would never be fresh again", () => {
  const system = systemNamed("dev");
  const broken = page("dev").replace("<!-- generated: hosts (npm run schema) -->", "");
  expect(() => systemPage("dev", broken, system)).toThrow(
    "docs/systems/dev.md has no <!-- generated: hosts (npm run schema) --> with <!-- end of generated --> after it → put both where it belongs",
  );
  expect(systemPage("dev", "", system)).toContain("flowchart");
});

test("many workers are three boxes", () => {
  const config = readStackFile(new URL("../../Pulumi.prod.yaml", import.meta.url));
  const pools = config["groundwork:pools"] as Readonly<Record<string, object>>;
  const many = { ...pools, worker: { ...pools.worker, count: 20 } };
  const set = Object.keys(config).filter((key) => key.startsWith("secret:"));
  const parsed = parseConfig({
    ...config,
    ...Object.fromEntries(set.map((key) => [key, { secure: "v1:YQ==" }])),
    "groundwork:pools": many,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const boxes = boxesOf(surroundingsDrawing(systemOf(parsed)).members).map(({ lines }) => lines[0]);
  expect(boxes.filter((line) => /worker|more/.test(line ?? ""))).toEqual(["worker-1", "and 18 more", "worker-20"]);
});

test("what waits for what, of prod: each release for the fewest that imply the rest", () => {
  const units = platformUnits(systemNamed("prod"));
  expect(Object.fromEntries(units.map(({ name, waitsFor }) => [name, waitsFor]))).toEqual({
    "prometheus-operator-crds": [],
    secrets: [],
    "hcloud-cloud-controller-manager": ["prometheus-operator-crds"],
    "hcloud-csi": ["hcloud-cloud-controller-manager"],
    metallb: ["hcloud-cloud-controller-manager"],
    haproxy: ["hcloud-cloud-controller-manager"],
    "cert-manager": ["hcloud-cloud-controller-manager"],
    "kube-prometheus-stack": ["hcloud-csi"],
    "tailscale-operator": ["hcloud-cloud-controller-manager"],
    "system-upgrade-controller": ["hcloud-cloud-controller-manager"],
  });
  const upgrades = units.find(({ name }) => name === "system-upgrade-controller");
  expect([...(upgrades?.after.kinds ?? [])]).toEqual([["Plan", 2]]);
  expect(upgrades?.after.waitsFor).toContain("kube-prometheus-stack");
});

test.each(stacks)("each thing on %s comes after those that it waits for", (name) => {
  const units = platformUnits(systemNamed(name));
  const early = units.flatMap((unit, index) =>
    unit.waitsFor.filter((other) => !units.slice(0, index).some((each) => each.name === other)),
  );
  expect(early).toEqual([]);
});

const diagram = (...args: readonly string[]) => {
  const command = join(root, "commands/diagram.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: root, encoding: "utf8" });
  return { status, stdout, stderr };
};

test("npm run diagram draws a stack, and says what is wrong with another", () => {
  expect(diagram("dev")).toEqual({ status: 0, stdout: systemDiagram("dev", systemNamed("dev")), stderr: "" });
  const usage = diagram("--help").stdout;
  expect(usage).toContain("npm run --silent diagram -- <stack>");
  expect(diagram()).toEqual({ status: 2, stdout: "", stderr: `diagram: name one stack\n\n${usage}` });
});

test("the diagram of one's own stack is the page's generated parts", () => {
  const name = "homelab-staging";
  const text = systemDiagram(name, systemNamed(name));
  const parts = (page(name).match(generated) ?? []).map((part) => part.replace(/^.*\n\n/, "").replace(/\n\n.*$/, ""));
  expect(parts.length).toBe(4);
  expect(parts.filter((part) => !text.includes(part))).toEqual([]);
});

const small: Drawing = {
  direction: "LR",
  members: [
    { id: "you", lines: ['say "hi" & <go>', "#1"], shape: "round" },
    { id: "end", title: "net", members: [{ id: "a", lines: ["a"] }] },
  ],
  arrows: [
    { from: "you", to: "end", label: "80 → 443" },
    { from: "a", to: "you", dotted: true },
  ],
};

test("a drawing in Mermaid's words, whatever things are called", () => {
  expect(mermaid(small)).toMatchInlineSnapshot(`
    "flowchart LR
      n1(["say #34;hi#34; #38; #60;go#62;<br/>#35;1"])
      subgraph n3["net"]
        n2["a"]
      end
      n1 -->|"80 → 443"| n3
      n2 -.-> n1"
  `);
  expect(() => mermaid({ ...small, arrows: [{ from: "a", to: "b" }] })).toThrow("an arrow leads to b");
  expect(() => mermaid({ ...small, members: [...small.members, { id: "a", lines: [] }] })).toThrow(
    "two things of a drawing are called a",
  );
});

test("no text breaks out of its quotes or its cell", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const [head, line = "", ...rest] = mermaid({
        direction: "TB",
        members: [{ id: text, lines: [text, text] }],
        arrows: [],
      }).split("\n");
      const cells = markdownTable(["a"], [[text]]).split("\n");
      return (
        head === "flowchart TB" &&
        /^ {2}n1\["[^"<>&`]*<br\/>[^"<>&`]*"\]$/.test(line) &&
        rest.length === 0 &&
        cells.length === 3
      );
    }),
  );
});
