import { expect, test } from "vitest";
import { type Given, object, plan, releaseStep } from "./platform-fixture.ts";

const base = { "hcloud-cloud-controller-manager": {}, "hcloud-csi": {}, "prometheus-operator-crds": {} };
const values = (name: string, releases: Given["releases"]): unknown =>
  releaseStep(plan({ releases: { ...base, ...releases } }), name).values;
const faults = (releases: Given["releases"]): readonly string[] =>
  plan({ releases: { ...base, ...releases } }).faults.map(
    ({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`,
  );

test("Loki keeps logs on its volume, in one process that takes no more than it needs", () => {
  expect(
    values("loki", { loki: { retention: "14d", storage: { size: "20Gi", class: "hcloud-volumes" } } }),
  ).toMatchInlineSnapshot(`
    {
      "backend": {
        "replicas": 0,
      },
      "chunksCache": {
        "enabled": false,
      },
      "deploymentMode": "Monolithic",
      "gateway": {
        "enabled": false,
      },
      "loki": {
        "auth_enabled": false,
        "commonConfig": {
          "replication_factor": 1,
        },
        "compactor": {
          "delete_request_store": "filesystem",
          "retention_enabled": true,
        },
        "limits_config": {
          "retention_period": "14d",
        },
        "schemaConfig": {
          "configs": [
            {
              "from": "2024-01-01",
              "index": {
                "period": "24h",
                "prefix": "index_",
              },
              "object_store": "filesystem",
              "schema": "v13",
              "store": "tsdb",
            },
          ],
        },
        "storage": {
          "type": "filesystem",
        },
      },
      "lokiCanary": {
        "enabled": false,
      },
      "monitoring": {
        "serviceMonitor": {
          "enabled": true,
        },
      },
      "read": {
        "replicas": 0,
      },
      "resultsCache": {
        "enabled": false,
      },
      "sidecar": {
        "rules": {
          "enabled": false,
        },
      },
      "singleBinary": {
        "persistence": {
          "enabled": true,
          "size": "20Gi",
          "storageClass": "hcloud-volumes",
        },
        "replicas": 1,
      },
      "test": {
        "enabled": false,
      },
      "write": {
        "replicas": 0,
      },
    }
  `);
});

test("Loki keeps logs in a bucket, with keys from its environment", () => {
  const objectStore = { host: "s3.example.com", bucket: "logs", region: "fsn1" };
  const made = plan({ releases: { ...base, loki: { objectStore } } });
  expect(made.faults).toEqual([]);
  expect(releaseStep(made, "loki").values).toMatchObject({
    loki: {
      storage: {
        type: "s3",
        bucketNames: { chunks: "logs", ruler: "logs" },
        s3: { endpoint: "https://s3.example.com:443" },
      },
      schemaConfig: { configs: [{ object_store: "s3" }] },
      compactor: { delete_request_store: "s3" },
    },
    singleBinary: { extraEnvFrom: [{ secretRef: { name: "loki-object-store" } }] },
  });
  expect(object(made, "secret/loki/loki-object-store")).toMatchObject({
    stringData: { LOKI_ACCESS_KEY: { secret: "loki-access-key" }, LOKI_SECRET_KEY: { secret: "loki-secret-key" } },
  });
});

test("Alloy reads the logs of every node's pods and writes them to the stage's Loki, or another", () => {
  const content = (releases: Given["releases"]): string =>
    (values("alloy", releases) as { alloy: { configMap: { content: string } } }).alloy.configMap.content;
  const own = content({ loki: {}, alloy: { labels: { stage: "prod" } } });
  expect(own.slice(own.indexOf("loki.write"))).toMatchInlineSnapshot(`
    "loki.write.loki.receiver]
    }

    loki.write "loki" {
      endpoint {
        url = "http://loki.loki.svc:3100/loki/api/v1/push"
      }
      external_labels = {
        cluster = "prod",
        stage = "prod",
      }
    }
    "
  `);
  expect(content({ alloy: { url: "https://loki.example.com/" } })).toContain(
    'url = "https://loki.example.com/loki/api/v1/push"',
  );
  // Helm would fill it in.
  expect(own).not.toContain("{{");
  expect(values("alloy", { loki: {}, alloy: {} })).toMatchObject({
    controller: { type: "daemonset", tolerations: [{ operator: "Exists" }] },
  });
});

test("every component that the pipeline speaks of is in it", () => {
  const { content } = (values("alloy", { loki: {}, alloy: {} }) as { alloy: { configMap: { content: string } } }).alloy
    .configMap;
  const defined = [...content.matchAll(/^([a-z_.]+) "(\w+)" \{/gm)].map(
    ([, component, label]) => `${component}.${label}`,
  );
  const used = [...content.matchAll(/(?:targets|path_targets|forward_to)\s*=\s*\[?([a-z_.]+)\.\w+\]?$/gm)].map(
    ([, name]) => name,
  );
  expect(defined).toHaveLength(6);
  expect(used).toHaveLength(5);
  expect(used.filter((name) => !defined.includes(name ?? ""))).toEqual([]);
});

test("Grafana has the stage's Loki as a data source, once", () => {
  const sources = (options: unknown, others: Given["releases"]): unknown =>
    (
      values("kube-prometheus-stack", { ...others, "kube-prometheus-stack": options }) as {
        grafana: { additionalDataSources?: unknown };
      }
    ).grafana.additionalDataSources;
  const url = "http://loki.loki.svc:3100";
  expect(sources({}, { loki: {} })).toEqual([{ name: "Loki", uid: "loki", type: "loki", access: "proxy", url }]);
  expect(sources({ grafana: { dataSources: { Logs: { type: "loki" } } } }, { loki: {} })).toEqual([
    { name: "Logs", type: "loki", access: "proxy", url },
  ]);
  expect(sources({}, {})).toBeUndefined();
});

test("MySQL's exporter: its password by reference, and read often enough for the alert", () => {
  const name = "prometheus-mysql-exporter";
  const options = { host: "mysql.databases.svc.cluster.local" };
  const made = plan({ releases: { ...base, [name]: options } });
  expect(made.faults).toEqual([]);
  expect(releaseStep(made, name).values).toMatchObject({
    mysql: {
      host: "mysql.databases.svc.cluster.local",
      user: "exporter",
      existingPasswordSecret: { name: "prometheus-mysql-exporter-password", key: "password" },
    },
    serviceMonitor: { enabled: true, interval: "15s" },
  });
  expect(object(made, "secret/monitoring/prometheus-mysql-exporter-password")).toMatchObject({
    stringData: { password: { secret: "mysql-exporter-password" } },
  });
});

test("what cannot work is said once, with what to do", () => {
  expect(faults({ alloy: {} })).toMatchInlineSnapshot(`
    [
      "platform.alloy: it collects logs for Loki, which is off → add groundwork:platform.loki, or the url of another Loki",
    ]
  `);
  expect(
    faults({ "prometheus-mysql-exporter": { host: "mysql.databases.svc", credentials: { existing: "mysql" } } }),
  ).toMatchInlineSnapshot(`
    [
      "platform.prometheus-mysql-exporter: release/prometheus-mysql-exporter needs the Secret monitoring/mysql, which nothing brings → add it to groundwork:secrets",
    ]
  `);
  const refused = () => plan({ releases: { loki: { retention: "36h" } } });
  expect(refused).toThrow('36h\\" is no number of days: Loki deletes whole days → write days or weeks, such as 30d');
});
