import { expect, test } from "vitest";
import { readChart } from "../../lib/charts/chart.ts";
import { unknownKeys } from "../../lib/charts/unknown-keys.ts";

/** What a slip of the pen in Helm values would cost: the setting, without a word from Helm. */

const about = "name: demo\nversion: 1.2.3\n";

function unknown(
  files: Readonly<Record<string, string>>,
  values: Readonly<Record<string, unknown>>,
): readonly string[] {
  return unknownKeys(values, readChart(new Map(Object.entries({ "Chart.yaml": about, ...files }))));
}

test("a key that the defaults do not have is named with its path, at any depth", () => {
  const files = { "values.yaml": "replicas: 1\nservice:\n  spec:\n    type: ClusterIP\n" };
  expect(unknown(files, { replicas: 2, service: { type: "NodePort", spec: { type: "NodePort", tpye: "x" } } })).toEqual(
    ["service.type", "service.spec.tpye"],
  );
  expect(unknown(files, { Replicas: 2 })).toEqual(["Replicas"]);
});

test("what stands in a comment of the same map is known, and of another map is not", () => {
  const files = {
    "values.yaml": [
      "config:",
      "  # -- Name of a Secret.",
      "  # existingSecret: mine",
      "  host: x",
      "other:",
      "  port: 1",
      "  # leaseDuration: 15s",
      "last: 1",
      "",
    ].join("\n"),
  };
  const values = { config: { existingSecret: "a" }, other: { leaseDuration: "1s", existingSecret: "b" } };
  expect(unknown(files, values)).toEqual(["other.existingSecret"]);
});

test("maps that are free in form take any key: labels, empty ones, those without a default, those written out whole", () => {
  const files = {
    "values.yaml":
      "podLabels:\n  app: x\nextra: {}\nopen:\nconfig:\n  a: 1\nports:\n  web: 1\nrules:\n  x: 1\nparams:\n  create: true\nclosed:\n  a: 1\n",
    "templates/all.yaml": [
      "{{ toYaml .Values.config }}",
      "{{- range $name, $port := .Values.ports }}{{ end }}",
      "{{- with .Values.rules }}\n  rules:\n    {{- toYaml . | nindent 4 }}{{ end }}",
      '{{- $rest := omit .Values.params "create" }}',
      "{{ .Values.closed.a }}",
      "",
    ].join("\n"),
  };
  const any = { mine: { deep: true } };
  expect(
    unknown(files, { podLabels: any, extra: any, open: any, config: any, ports: any, rules: any, params: any }),
  ).toEqual([]);
  expect(unknown(files, { closed: any })).toEqual(["closed.mine"]);
});

test("a value that only a template reads is known", () => {
  const files = { "values.yaml": "externalIPs:\n  a: 1\n", "templates/x.yaml": "{{ .Values.externalIPs.enabled }}" };
  expect(unknown(files, { externalIPs: { enabled: true, enable: true } })).toEqual(["externalIPs.enable"]);
});

test("a schema's names are known through references and patterns; leniency beside names excuses nothing", () => {
  const files = {
    "values.yaml": "",
    "values.schema.json": JSON.stringify({
      type: "object",
      additionalProperties: true,
      properties: { ha: { $ref: "#/$defs/ha" }, free: { type: "object", additionalProperties: true } },
      patternProperties: { "^x-": {} },
      $defs: { ha: { allOf: [{ properties: { replicas: { type: "integer" } } }] } },
    }),
  };
  const values = { ha: { replicas: 3, replicsa: 3 }, free: { any: { thing: 1 } }, "x-mine": 1, hA: {} };
  expect(unknown(files, values)).toEqual(["ha.replicsa", "hA"]);
});

test("a subchart's values are looked up in it, by its alias, and in its parent; its switch is known", () => {
  const files = {
    "Chart.yaml": `${about}dependencies:\n  - { name: inner, alias: core, version: 1.x, condition: "core.enabled, other.on" }\n`,
    "values.yaml": "core:\n  fromParent: 1\n",
    "charts/inner/Chart.yaml": "name: inner\nversion: 1.0.0\n",
    "charts/inner/values.yaml": "own:\n  a: 1\n",
  };
  const values = { core: { enabled: true, fromParent: 2, own: { a: 2, b: 2 }, global: { x: 1 } }, other: { on: true } };
  expect(unknown(files, values)).toEqual(["core.own.b"]);
  expect(unknown(files, { inner: { own: { a: 1 } } })).toEqual([]);
});

test("lists are taken as they are, whatever the chart's own hold", () => {
  expect(unknown({ "values.yaml": "hosts:\n  - name: a\n" }, { hosts: [{ anything: 1 }] })).toEqual([]);
});
