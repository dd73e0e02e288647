import { expect, test } from "vitest";
import { appOptions } from "../../lib/platform/apps/options.ts";
import { dependencies, type Given, object, plan } from "./platform-fixture.ts";

const shop = {
  image: "ghcr.io/example/shop:production",
  pullSecret: "ghcr",
  health: "/up",
  env: { APP_ENV: "production" },
  secretEnv: { DB_PASSWORD: { secret: "mysql", key: "password" } },
  secretsAsEnv: ["valkey"],
  writable: ["/tmp", "/app/storage"],
  exposed: { host: "shop.example.com", ingressClass: "haproxy", issuer: "letsencrypt" },
  alsoAt: ["www.example.com", "tenant.example.com"],
};
const opaque = (name: string) => ({
  type: "opaque" as const,
  namespaces: ["apps"],
  data: { password: { secret: name } },
});
const given: Given = {
  apps: { shop },
  releases: {
    haproxy: {},
    "cert-manager": { issuers: [{ name: "letsencrypt", server: "production", email: "ops@example.com" }] },
  },
  secrets: {
    ghcr: {
      ...{ type: "registry", namespaces: ["apps"] },
      ...{ server: "ghcr.io", username: "x", password: { secret: "g" } },
    },
    mysql: opaque("mysql-password"),
    valkey: opaque("valkey-password"),
  },
};

test("a web application rolls without downtime, as nobody in particular, with nothing to write to but what it names", () => {
  const made = plan(given);
  expect(made.faults).toEqual([]);
  expect(object(made, "deployment/apps/shop")).toMatchInlineSnapshot(`
    {
      "apiVersion": "apps/v1",
      "kind": "Deployment",
      "metadata": {
        "annotations": {
          "pulumi.com/timeoutSeconds": "420",
        },
        "labels": {
          "app.kubernetes.io/name": "shop",
        },
        "name": "shop",
        "namespace": "apps",
      },
      "spec": {
        "minReadySeconds": 5,
        "progressDeadlineSeconds": 420,
        "replicas": 3,
        "selector": {
          "matchLabels": {
            "app.kubernetes.io/name": "shop",
          },
        },
        "strategy": {
          "rollingUpdate": {
            "maxSurge": 1,
            "maxUnavailable": 0,
          },
          "type": "RollingUpdate",
        },
        "template": {
          "metadata": {
            "labels": {
              "app.kubernetes.io/name": "shop",
            },
          },
          "spec": {
            "automountServiceAccountToken": false,
            "containers": [
              {
                "env": [
                  {
                    "name": "APP_ENV",
                    "value": "production",
                  },
                  {
                    "name": "DB_PASSWORD",
                    "valueFrom": {
                      "secretKeyRef": {
                        "key": "password",
                        "name": "mysql",
                      },
                    },
                  },
                ],
                "envFrom": [
                  {
                    "secretRef": {
                      "name": "valkey",
                    },
                  },
                ],
                "image": "ghcr.io/example/shop:production",
                "imagePullPolicy": "Always",
                "lifecycle": {
                  "preStop": {
                    "sleep": {
                      "seconds": 10,
                    },
                  },
                },
                "livenessProbe": {
                  "failureThreshold": 6,
                  "httpGet": {
                    "path": "/up",
                    "port": "http",
                  },
                  "periodSeconds": 15,
                  "timeoutSeconds": 5,
                },
                "name": "shop",
                "ports": [
                  {
                    "containerPort": 8080,
                    "name": "http",
                  },
                ],
                "readinessProbe": {
                  "failureThreshold": 2,
                  "httpGet": {
                    "path": "/up",
                    "port": "http",
                  },
                  "periodSeconds": 5,
                  "timeoutSeconds": 5,
                },
                "resources": {
                  "limits": {
                    "memory": "512Mi",
                  },
                  "requests": {
                    "cpu": "100m",
                    "memory": "256Mi",
                  },
                },
                "securityContext": {
                  "allowPrivilegeEscalation": false,
                  "capabilities": {
                    "drop": [
                      "ALL",
                    ],
                  },
                  "readOnlyRootFilesystem": true,
                },
                "startupProbe": {
                  "failureThreshold": 24,
                  "httpGet": {
                    "path": "/up",
                    "port": "http",
                  },
                  "periodSeconds": 5,
                  "timeoutSeconds": 5,
                },
                "volumeMounts": [
                  {
                    "mountPath": "/tmp",
                    "name": "writable-1",
                  },
                  {
                    "mountPath": "/app/storage",
                    "name": "writable-2",
                  },
                ],
              },
            ],
            "enableServiceLinks": false,
            "imagePullSecrets": [
              {
                "name": "ghcr",
              },
            ],
            "securityContext": {
              "fsGroup": 1000,
              "runAsGroup": 1000,
              "runAsNonRoot": true,
              "runAsUser": 1000,
              "seccompProfile": {
                "type": "RuntimeDefault",
              },
            },
            "terminationGracePeriodSeconds": 40,
            "topologySpreadConstraints": [
              {
                "labelSelector": {
                  "matchLabels": {
                    "app.kubernetes.io/name": "shop",
                  },
                },
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
              },
            ],
            "volumes": [
              {
                "emptyDir": {},
                "name": "writable-1",
              },
              {
                "emptyDir": {},
                "name": "writable-2",
              },
            ],
          },
        },
      },
    }
  `);
});

test("several host names are one Ingress with one certificate", () => {
  const made = plan(given);
  expect(object(made, "ingress/apps/shop")).toMatchInlineSnapshot(`
    {
      "apiVersion": "networking.k8s.io/v1",
      "kind": "Ingress",
      "metadata": {
        "annotations": {
          "cert-manager.io/cluster-issuer": "letsencrypt",
          "pulumi.com/skipAwait": "true",
        },
        "name": "shop",
        "namespace": "apps",
      },
      "spec": {
        "ingressClassName": "haproxy",
        "rules": [
          {
            "host": "shop.example.com",
            "http": {
              "paths": [
                {
                  "backend": {
                    "service": {
                      "name": "shop",
                      "port": {
                        "number": 80,
                      },
                    },
                  },
                  "path": "/",
                  "pathType": "Prefix",
                },
              ],
            },
          },
          {
            "host": "www.example.com",
            "http": {
              "paths": [
                {
                  "backend": {
                    "service": {
                      "name": "shop",
                      "port": {
                        "number": 80,
                      },
                    },
                  },
                  "path": "/",
                  "pathType": "Prefix",
                },
              ],
            },
          },
          {
            "host": "tenant.example.com",
            "http": {
              "paths": [
                {
                  "backend": {
                    "service": {
                      "name": "shop",
                      "port": {
                        "number": 80,
                      },
                    },
                  },
                  "path": "/",
                  "pathType": "Prefix",
                },
              ],
            },
          },
        ],
        "tls": [
          {
            "hosts": [
              "shop.example.com",
              "www.example.com",
              "tenant.example.com",
            ],
            "secretName": "shop-tls",
          },
        ],
      },
    }
  `);
  expect(made.hosts.filter(({ path }) => path[0] === "apps").map(({ host }) => host)).toEqual([
    "shop.example.com",
    "www.example.com",
    "tenant.example.com",
  ]);
});

test("its pods wait for their Secrets, and a Secret that nobody makes is a fault of the configuration", () => {
  expect(dependencies(plan(given), "deployment/apps/shop")).toEqual([
    "secret/apps/ghcr",
    "secret/apps/mysql",
    "secret/apps/valkey",
  ]);
  const { ghcr, mysql } = given.secrets ?? {};
  if (ghcr === undefined || mysql === undefined) throw new Error("the fixture has lost its Secrets");
  expect(plan({ ...given, secrets: { ghcr, mysql } }).faults).toEqual([
    {
      path: ["apps", "shop"],
      message: "deployment/apps/shop needs the Secret apps/valkey, which nothing brings",
      remedy: "add it to groundwork:secrets",
    },
  ]);
});

test("drains take one copy at a time, and a single copy does not stop them", () => {
  const budgets = (replicas: number) =>
    plan({ apps: { shop: { image: shop.image, replicas } } }).steps.filter(({ id }) => id.startsWith("poddisruption"));
  expect(budgets(1)).toEqual([]);
  expect(budgets(2)).toMatchObject([{ manifest: { spec: { maxUnavailable: 1 } } }]);
});

test("an autoscaler decides how many copies there are, where there are metrics to go by", () => {
  const apps = { shop: { image: shop.image, replicas: 2, autoscale: { max: 9 } } };
  const made = plan({ apps });
  expect(made.faults).toEqual([]);
  expect(object(made, "horizontalpodautoscaler/apps/shop")).toMatchObject({
    spec: {
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [{ resource: { target: { averageUtilization: 70 } } }],
    },
  });
  expect(object(made, "deployment/apps/shop")).not.toHaveProperty("spec.replicas");
  expect(plan({ apps, context: { cluster: { disable: ["metrics-server"] } } }).faults).toEqual([
    {
      path: ["apps", "shop"],
      message: "horizontalpodautoscaler/apps/shop needs metrics of pods, which nothing brings",
      remedy: "keep metrics-server of k3s (groundwork:cluster.disable), or do without autoscaling",
    },
  ]);
});

test("whoever deploys may restart the one application and watch it, no more", () => {
  const made = plan({ apps: { shop: { image: shop.image, deployer: true } } });
  expect(object(made, "role/apps/shop-deployer")).toHaveProperty("rules", [
    { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["shop"], verbs: ["get", "patch"] },
    { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["list", "watch"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
  ]);
  expect(dependencies(made, "secret/apps/shop-deployer")).toEqual(["serviceaccount/apps/shop-deployer"]);
});

test("options that cannot be, each with what to write instead", () => {
  const refusals = (options: object): readonly string[] =>
    appOptions
      .safeParse({ image: shop.image, ...options })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
  expect([
    refusals({ image: "ghcr.io/example/shop" }),
    refusals({ image: "shop" }),
    refusals({ port: 80 }),
    refusals({ resources: { cpu: "half" } }),
    refusals({ autoscale: { max: 3 } }),
    refusals({ alsoAt: ["www.example.com"] }),
    refusals({ env: { A: "1" }, secretEnv: { A: { secret: "s", key: "k" } } }),
    refusals({ exposed: { host: "shop.example.com", ingressClass: "tailscale" } }),
    refusals({ exposed: { host: "shop.example.com", ingressClass: "haproxy", signOn: true } }),
  ]).toMatchInlineSnapshot(`
    [
      [
        "image: "ghcr.io/example/shop" has neither tag nor digest → add one: without, latest would be run",
      ],
      [
        "image: "shop" is no image → write registry/path with a tag or digest, such as ghcr.io/example/shop:production",
      ],
      [
        "port: 80 is for root alone, and it does not run as root → listen above 1023",
      ],
      [
        "resources.cpu: "half" is no amount of CPU → write cores such as 0.5, or thousandths such as 500m",
      ],
      [
        "autoscale.max: 3 is no more than replicas, 3 → raise it, or remove autoscale",
      ],
      [
        "alsoAt: it is not exposed at all → add exposed, with the first host name",
      ],
      [
        "secretEnv.A: A is in env too → remove one of them",
      ],
      [
        "exposed.host: "shop.example.com" is no name in a tailnet → write name.tailnet.ts.net, or choose another ingressClass",
      ],
      [
        "exposed.signOn: Traefik does it, and the ingress class is haproxy → set ingressClass: traefik",
      ],
    ]
  `);
});
