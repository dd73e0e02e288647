import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { missing, onPath } from "../harness/tools.ts";
import { type Given, object, plan } from "./platform-fixture.ts";

const root = new URL("../../", import.meta.url);
const list = (folder: string): readonly string[] => readdirSync(new URL(folder, root)).sort();

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}
const read = (file: string): Rules => parse(readFileSync(new URL(`rules/${file}`, root), "utf8")) as Rules;

test("what is alerted of, when, and how loudly", () => {
  const alerts = list("rules").flatMap((file) =>
    read(file).groups.flatMap(({ rules }) =>
      rules.map(({ alert, expr, for: pending, labels }) => {
        const threshold = /(==|[<>]) ([\d.]+)(?!.*(==|[<>]) [\d.]+)/s.exec(
          expr.replace(/and node_filesystem_readonly.*/s, ""),
        );
        return `${file} ${alert}: ${threshold?.[1]} ${threshold?.[2]} for ${pending}, ${labels.severity}`;
      }),
    ),
  );
  expect(alerts).toMatchInlineSnapshot(`
    [
      "ingress-haproxy.yaml IngressSlow: > 2 for 1m, warning",
      "ingress-traefik.yaml IngressSlow: > 2 for 1m, warning",
      "mysql.yaml MySQLDown: == 0 for 30s, critical",
      "nodes.yaml NodeDown: == 0 for 2m, critical",
      "nodes.yaml NodeMemoryLow: < 0.20 for 1m, warning",
      "nodes.yaml NodeDiskLow: < 0.15 for 1m, warning",
      "pods.yaml PodsFailed: > 0 for 5m, warning",
    ]
  `);
});

test("every alert says in words what is wrong, of which thing, and is tried", () => {
  for (const file of list("rules")) {
    for (const rule of read(file).groups.flatMap(({ rules }) => rules)) {
      expect(Object.keys(rule.annotations).sort(), rule.alert).toEqual(["description", "summary"]);
      expect(rule.annotations.description, rule.alert).toMatch(/\{\{ \$(labels\.\w+|value)/);
      const tried = list("tests/rules").filter((each) => {
        const text = readFileSync(new URL(`tests/rules/${each}`, root), "utf8");
        return text.includes(`rules/${file}]`) && text.includes(`alertname: ${rule.alert}`);
      });
      expect(tried, `${file}: ${rule.alert} has no test in tests/rules`).not.toEqual([]);
    }
  }
});

test("the guide names every alert with its file", () => {
  const guide = readFileSync(new URL("docs/observability.md", root), "utf8");
  const unnamed = list("rules").flatMap((file) =>
    read(file).groups.flatMap(({ rules }) =>
      rules
        .filter(
          ({ alert }) => !guide.split("\n").some((line) => line.startsWith(`| \`${alert}\` |`) && line.includes(file)),
        )
        .map(({ alert }) => `${alert} of ${file}`),
    ),
  );
  expect(unnamed).toEqual([]);
});

test("promtool takes the rules, and each fires and keeps silent as it should", ({ skip }) => {
  skip(!onPath("promtool"), missing("promtool"));
  const promtool = (...args: readonly string[]): string =>
    execFileSync("promtool", args, { cwd: root, encoding: "utf8" });
  expect(promtool("check", "rules", ...list("rules").map((file) => `rules/${file}`))).not.toContain("FAILED");
  const tests = list("tests/rules").map((file) => `tests/rules/${file}`);
  expect(promtool("test", "rules", ...tests).match(/SUCCESS/g)).toHaveLength(tests.length);
});

const monitoring = (options: unknown, others: Given["releases"] = {}, context: Given["context"] = {}) =>
  plan({
    context,
    releases: {
      "hcloud-cloud-controller-manager": {},
      "hcloud-csi": {},
      "prometheus-operator-crds": {},
      "kube-prometheus-stack": options,
      ...others,
    },
  });
const ofKind = (made: ReturnType<typeof monitoring>, kind: string): readonly string[] =>
  made.steps
    .map(({ id }) => id)
    .filter((id) => id.startsWith(`${kind}/`))
    .sort();

test("rules of what the stage has come with the stack, word for word", () => {
  expect(ofKind(monitoring({}), "prometheusrule")).toEqual([
    "prometheusrule/monitoring/groundwork-nodes",
    "prometheusrule/monitoring/groundwork-pods",
  ]);
  expect(ofKind(monitoring({}, { haproxy: {} }), "prometheusrule")).toContain(
    "prometheusrule/monitoring/groundwork-ingress-haproxy",
  );
  expect(
    ofKind(monitoring({}, {}, { cluster: { disable: ["local-storage", "servicelb"] } }), "prometheusrule"),
  ).toContain("prometheusrule/monitoring/groundwork-ingress-traefik");
  expect(ofKind(monitoring({ alerts: false }), "prometheusrule")).toEqual([]);
  expect(object(monitoring({}), "prometheusrule/monitoring/groundwork-nodes")).toHaveProperty(
    "spec",
    read("nodes.yaml"),
  );
});

const receivers = {
  chat: { type: "discord", urlSecret: "discord-webhook", severities: ["critical", "warning"] },
  ops: { type: "matrix", room: "!abcdef:example.com" },
  pager: { type: "webhook", urlSecret: "pager-url" },
};
const matrix = { homeserver: "https://matrix.example.com", user: "@alerts:example.com" };

test("receivers: each by its own configuration, addresses and tokens by reference", () => {
  const made = monitoring({ alertmanager: { receivers, matrix } });
  expect(made.faults).toEqual([]);
  expect(object(made, "alertmanagerconfig/monitoring/chat")).toMatchInlineSnapshot(`
    {
      "apiVersion": "monitoring.coreos.com/v1alpha1",
      "kind": "AlertmanagerConfig",
      "metadata": {
        "name": "chat",
        "namespace": "monitoring",
      },
      "spec": {
        "receivers": [
          {
            "discordConfigs": [
              {
                "apiURL": {
                  "key": "url",
                  "name": "alertmanager-chat",
                },
                "sendResolved": true,
              },
            ],
            "name": "chat",
          },
        ],
        "route": {
          "groupBy": [
            "alertname",
            "namespace",
          ],
          "matchers": [
            {
              "matchType": "!~",
              "name": "alertname",
              "value": "Watchdog|InfoInhibitor",
            },
            {
              "matchType": "=~",
              "name": "severity",
              "value": "critical|warning",
            },
          ],
          "receiver": "chat",
          "repeatInterval": "12h",
        },
      },
    }
  `);
  expect(object(made, "secret/monitoring/alertmanager-chat")).toMatchInlineSnapshot(`
    {
      "apiVersion": "v1",
      "kind": "Secret",
      "metadata": {
        "name": "alertmanager-chat",
        "namespace": "monitoring",
      },
      "stringData": {
        "url": SecretRef {
          "render": [Function],
          "secret": "discord-webhook",
        },
      },
      "type": "Opaque",
    }
  `);
  expect(object(made, "alertmanagerconfig/monitoring/pager")).toMatchObject({
    spec: {
      receivers: [{ name: "pager", webhookConfigs: [{ urlSecret: { name: "alertmanager-pager", key: "url" } }] }],
    },
  });
  expect(object(made, "alertmanagerconfig/monitoring/ops")).toMatchObject({
    spec: {
      receivers: [
        {
          name: "ops",
          webhookConfigs: [{ url: "http://matrix-alertmanager-receiver.monitoring.svc:12345/alerts/ops" }],
        },
      ],
    },
  });
});

test("receivers: alerts of every namespace reach them", () => {
  const spec = (options: unknown) => {
    const step = monitoring(options).steps.find(({ id }) => id === "release/kube-prometheus-stack");
    return (step as unknown as { values: { alertmanager: { alertmanagerSpec: unknown } } }).values.alertmanager
      .alertmanagerSpec;
  };
  expect(spec({ alertmanager: { receivers, matrix } })).toHaveProperty("alertmanagerConfigMatcherStrategy", {
    type: "None",
  });
  expect(spec({})).not.toHaveProperty("alertmanagerConfigMatcherStrategy");
});

test("Matrix: the bridge knows the rooms and the token, and only Alertmanager may write to it", () => {
  const made = monitoring({ alertmanager: { receivers, matrix } });
  const secret = object(made, "secret/monitoring/matrix-alertmanager-receiver") as {
    readonly stringData: { readonly "config.yaml": { readonly secret: string; render(value: string): string } };
  };
  const config = secret.stringData["config.yaml"];
  expect(config.secret).toBe("matrix-token");
  expect(parse(config.render("a-token"))).toMatchObject({
    http: { port: 12345, "alerts-path-prefix": "/alerts" },
    matrix: {
      "homeserver-url": "https://matrix.example.com",
      "user-id": "@alerts:example.com",
      "access-token": "a-token",
      "room-mapping": { ops: "!abcdef:example.com" },
    },
  });
  expect(JSON.stringify(object(made, "networkpolicy/monitoring/matrix-alertmanager-receiver"))).toContain(
    '"alertmanager"',
  );
  expect(
    monitoring({ alertmanager: { receivers: { pager: receivers.pager } } }).steps.map(({ id }) => id),
  ).not.toContain("deployment/monitoring/matrix-alertmanager-receiver");
});

const faults = (options: unknown): readonly string[] =>
  monitoring(options).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);

test("what cannot work is said once, with what to do", () => {
  expect(faults({ alertmanager: { receivers: { ops: receivers.ops } } })).toMatchInlineSnapshot(`
    [
      "platform.kube-prometheus-stack.alertmanager.receivers.ops: receiver ops is a room of Matrix, and there is no account to write to it as → add alertmanager.matrix with homeserver and user",
    ]
  `);
  expect(faults({ alertmanager: { matrix } })).toMatchInlineSnapshot(`
    [
      "platform.kube-prometheus-stack.alertmanager.matrix: there is an account for Matrix, and no receiver that is a room → add one to alertmanager.receivers with type: matrix, or leave the account out",
    ]
  `);
  expect(
    faults({ grafana: { signOn: { clientId: "grafana" }, credentials: { existing: "grafana" } } }),
  ).toMatchInlineSnapshot(`
    [
      "platform.kube-prometheus-stack.grafana.signOn: GitLab sends browsers back to Grafana, which has no address outside → set grafana.exposed",
      "platform.kube-prometheus-stack: release/kube-prometheus-stack needs the Secret monitoring/grafana, which nothing brings → add it to groundwork:secrets",
    ]
  `);
  expect(
    faults({ grafana: { dataSources: { Logs: { type: "loki" }, Shop: { type: "mysql" } } } }),
  ).toMatchInlineSnapshot(`
    [
      "platform.kube-prometheus-stack.grafana.dataSources.Logs: data source Logs is the stage's own Loki, which is off → add groundwork:platform.loki, or the url of another Loki",
      "platform.kube-prometheus-stack.grafana.dataSources.Shop: data source Shop has no address → add its url",
    ]
  `);
});
