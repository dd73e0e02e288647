import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { missing, onPath } from "../harness/tools.ts";
import { metricNames } from "../helpers/promql.ts";
import { type Given, object, plan } from "./platform-fixture.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const list = (folder: string, ending: string): readonly string[] =>
  readdirSync(new URL(folder, root))
    .filter((file) => file.endsWith(ending))
    .sort();

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
  readonly panels: readonly Panel[];
}

const boards = list("dashboards", ".json").map((file) => ({
  name: file.replace(".json", ""),
  board: JSON.parse(read(`dashboards/${file}`)) as Dashboard,
}));

/** Exporters whose metrics each dashboard and rule may read: what is there whenever it is. */
const stack = ["node-exporter", "kube-state-metrics", "cadvisor", "kubelet", "apiserver", "etcd", "prometheus"];
const exporters: Readonly<Record<string, readonly string[]>> = {
  cluster: stack,
  node: stack,
  application: stack,
  database: ["mysqld-exporter"],
  traefik: ["traefik"],
  longhorn: ["longhorn"],
  "nodes.yaml": stack,
  "pods.yaml": stack,
  "ingress-traefik.yaml": ["traefik"],
  "ingress-haproxy.yaml": ["haproxy"],
  "mysql.yaml": ["mysqld-exporter", "prometheus"],
};

const lines = (exporter: string): readonly string[] => read(`dashboards/metrics/${exporter}.txt`).trim().split("\n");
const given = (name: string): ReadonlySet<string> =>
  new Set((exporters[name] ?? []).flatMap((exporter) => lines(exporter).filter((line) => !line.startsWith("#"))));
const strangers = (name: string, expressions: readonly string[]): readonly string[] => {
  const known = given(name);
  return expressions.flatMap(metricNames).filter((metric) => !known.has(metric));
};

/** What a variable is filled from: label_values(metric{matchers}, label). */
const source = (definition: string): string => /^label_values\((.+), \w+\)$/.exec(definition)?.[1] ?? "";
const expressions = ({ panels, templating }: Dashboard): readonly string[] => [
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...templating.list.map(({ definition }) => source(definition)),
];

test("dashboards are those that are promised", () => {
  expect(boards.map(({ name }) => name)).toEqual(["application", "cluster", "database", "longhorn", "node", "traefik"]);
});

test.each(boards)("$name: reads only metrics that the stack's exporters give", ({ name, board }) => {
  const read = expressions(board);
  expect(read.length).toBeGreaterThan(10);
  expect(strangers(name, read)).toEqual([]);
});

test("promtool takes every query of a dashboard", ({ skip }) => {
  skip(!onPath("promtool"), missing("promtool"));
  // As rules, which is the only form in which it looks at expressions.
  const rules = boards.flatMap(({ name, board }) =>
    expressions(board).map((expr, index) => ({
      record: `${name}:${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    })),
  );
  const folder = mkdtempSync(join(tmpdir(), "groundwork-dashboards-"));
  try {
    const file = join(folder, "queries.yaml");
    writeFileSync(file, stringify({ groups: [{ name: "queries", rules }] }));
    const said = execFileSync("promtool", ["check", "rules", "--lint=none", file], { encoding: "utf8" });
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("rules read only metrics that the stack's exporters give", () => {
  const files = list("rules", ".yaml");
  const found = files.flatMap((file) => {
    const { groups } = parse(read(`rules/${file}`)) as { groups: { rules: { expr: string }[] }[] };
    return strangers(
      file,
      groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ).map((metric) => `${file}: ${metric}`);
  });
  expect(files.filter((file) => exporters[file] === undefined)).toEqual([]);
  expect(found).toEqual([]);
});

test("lists of metrics name their source, in order and once", () => {
  for (const file of list("dashboards/metrics", ".txt")) {
    const [first, ...rest] = lines(file.replace(".txt", ""));
    expect(first, file).toMatch(/^# Source: (github\.com\/[\w-]+\/[\w-]+|\w+(\.\w+)+\/docs)/);
    const names = rest.filter((line) => !line.startsWith("#"));
    expect(names, file).toEqual([...new Set(names)].sort());
  }
});

test.each(boards)("$name: is what Grafana shows without a fault", ({ name, board }) => {
  expect(board.uid).toBe(`groundwork-${name}`);
  const { panels, templating } = board;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const shown = panels.filter(({ type }) => type !== "row");
  expect(shown.filter(({ title, targets = [] }) => title === "" || targets.length === 0)).toEqual([]);
  const sources = shown.flatMap(({ targets = [] }) => targets.map(({ datasource }) => JSON.stringify(datasource)));
  expect([...new Set(sources)]).toEqual(['{"type":"prometheus","uid":"prometheus"}']);
  // A variable that is not declared would be shown as it is written.
  const used = expressions(board).flatMap((each) => [...each.matchAll(/\$(\w+)/g)].map(([, variable]) => variable));
  const declared = [...templating.list.map((variable) => variable.name), "__rate_interval"];
  expect([...new Set(used)].filter((variable) => !declared.includes(variable ?? ""))).toEqual([]);
});

test.each(boards)("$name: no panel lies on another or beyond the right edge", ({ board }) => {
  const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(board.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});

const made = (
  releases: Given["releases"],
  options: unknown = {},
  disable: readonly string[] = ["traefik", "servicelb"],
) =>
  plan({
    releases: { "prometheus-operator-crds": {}, "kube-prometheus-stack": options, ...releases },
    context: { cluster: { disable } },
  });
const configMaps = (of: ReturnType<typeof made>): readonly string[] =>
  of.steps.flatMap(({ id }) => /^configmap\/monitoring\/groundwork-dashboard-(\w+)$/.exec(id)?.[1] ?? []);

test("dashboards of what the stage has come to Grafana, word for word", () => {
  expect(configMaps(made({}))).toEqual(["application", "cluster", "node"]);
  const all = {
    traefik: { service: "NodePort" },
    longhorn: { default: false },
    "prometheus-mysql-exporter": { host: "mysql.databases.svc" },
  };
  expect(configMaps(made(all))).toEqual(["application", "cluster", "database", "longhorn", "node", "traefik"]);
  expect(configMaps(made({}, { grafana: { dashboards: false } }))).toEqual([]);
  expect(object(made({}), "configmap/monitoring/groundwork-dashboard-node")).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "groundwork-dashboard-node", namespace: "monitoring", labels: { grafana_dashboard: "1" } },
    data: { "groundwork-node.json": read("dashboards/node.json") },
  });
});

test("k3s's own Traefik is read, and one that is a release is not read twice", () => {
  const monitor = "podmonitor/monitoring/k3s-traefik";
  const bundled = made({}, {}, []);
  expect(bundled.faults).toEqual([]);
  expect(object(bundled, monitor)).toMatchObject({
    spec: { namespaceSelector: { matchNames: ["kube-system"] }, podMetricsEndpoints: [{ port: "metrics" }] },
  });
  expect(configMaps(bundled)).toContain("traefik");
  expect(made({ traefik: { service: "NodePort" } }).steps.map(({ id }) => id)).not.toContain(monitor);
});
