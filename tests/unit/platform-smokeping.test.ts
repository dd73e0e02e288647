import { expect, test } from "vitest";
import { dependencies, type Given, object, plan } from "./platform-fixture.ts";

const smokeping = (options: unknown, rest: Given = {}) =>
  plan({
    ...rest,
    releases: { "hcloud-cloud-controller-manager": {}, "hcloud-csi": {}, haproxy: {}, smokeping: options },
  });

const configMap = "configmap/smokeping/smokeping";
const deployment = "deployment/smokeping/smokeping";
const claim = "persistentvolumeclaim/smokeping/smokeping";

test("it measures every node, and what else is named", () => {
  const made = smokeping({ pings: 10, targets: { internet: { quad9: "9.9.9.9", example: "example.com" } } });
  expect(made.faults).toEqual([]);
  const { data } = object(made, configMap) as { readonly data: Readonly<Record<string, string>> };
  expect(data.Targets).toMatchInlineSnapshot(`
    "*** Targets ***
    probe = FPing
    menu = Top
    title = Round-trip times of prod
    + nodes
    menu = nodes
    title = nodes
    ++ prod-cp-1
    menu = prod-cp-1
    title = prod-cp-1 (10.0.1.10)
    host = 10.0.1.10
    ++ prod-cp-2
    menu = prod-cp-2
    title = prod-cp-2 (10.0.1.11)
    host = 10.0.1.11
    ++ prod-cp-3
    menu = prod-cp-3
    title = prod-cp-3 (10.0.1.12)
    host = 10.0.1.12
    ++ prod-worker-1
    menu = prod-worker-1
    title = prod-worker-1 (10.0.2.10)
    host = 10.0.2.10
    ++ prod-worker-2
    menu = prod-worker-2
    title = prod-worker-2 (10.0.2.11)
    host = 10.0.2.11
    + internet
    menu = internet
    title = internet
    ++ quad9
    menu = quad9
    title = quad9 (9.9.9.9)
    host = 9.9.9.9
    ++ example
    menu = example
    title = example (example.com)
    host = example.com
    "
  `);
  expect(data.Database).toContain("step = 300\npings = 10\n");
  expect(data.General).toContain("cgiurl = http://smokeping.smokeping.svc/smokeping/smokeping.cgi\n");
});

test("its pod comes after nodes, its configuration and its claim, and anew when the configuration changes", () => {
  const made = smokeping({});
  expect(dependencies(made, deployment)).toEqual([configMap, claim]);
  expect(dependencies(made, claim)).toEqual(["namespace/smokeping", "release/hcloud-csi"]);
  expect(dependencies(smokeping({ storage: "none" }), deployment)).toEqual([
    configMap,
    "release/hcloud-cloud-controller-manager",
  ]);
  const template = (options: unknown) =>
    (object(smokeping(options), deployment) as { spec: { template: { metadata: unknown } } }).spec.template.metadata;
  expect(template({ pings: 10 })).not.toEqual(template({}));
  expect(template({ timeZone: "Europe/Berlin" })).toEqual(template({}));
});

test("without a volume there is no claim", () => {
  const made = smokeping({ storage: "none" });
  expect(made.steps.map(({ id }) => id)).not.toContain(claim);
  expect(JSON.stringify(object(made, deployment))).not.toContain("claimName");
  expect(
    object(
      smokeping({ storage: { size: "2Gi", class: "hcloud-volumes" } }),
      "persistentvolumeclaim/smokeping/smokeping",
    ),
  ).toMatchObject({
    spec: { storageClassName: "hcloud-volumes", resources: { requests: { storage: "2Gi" } } },
  });
});

test("outside it is a host name with a certificate, or a device of the tailnet, which takes no DNS record", () => {
  const host = "ping.example.com";
  const exposed = smokeping({ exposed: { host } });
  expect(exposed.hosts).toEqual([{ host, path: ["platform", "smokeping"] }]);
  expect(object(exposed, "ingress/smokeping/smokeping")).toMatchInlineSnapshot(`
    {
      "apiVersion": "networking.k8s.io/v1",
      "kind": "Ingress",
      "metadata": {
        "annotations": {
          "pulumi.com/skipAwait": "true",
        },
        "name": "smokeping",
        "namespace": "smokeping",
      },
      "spec": {
        "ingressClassName": "haproxy",
        "rules": [
          {
            "host": "ping.example.com",
            "http": {
              "paths": [
                {
                  "backend": {
                    "service": {
                      "name": "smokeping",
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
      },
    }
  `);
  const tailnet = plan({
    releases: {
      smokeping: { storage: "none", exposed: { host: "ping.example.ts.net", ingressClass: "tailscale" } },
      "tailscale-operator": {},
    },
  });
  expect({ hosts: tailnet.hosts, faults: tailnet.faults }).toEqual({ hosts: [], faults: [] });
  expect(object(tailnet, "ingress/smokeping/smokeping")).toMatchObject({
    spec: { ingressClassName: "tailscale", tls: [{ hosts: ["ping.example.ts.net"] }] },
  });
  expect(JSON.stringify(object(tailnet, configMap))).toContain("https://ping.example.ts.net/smokeping/smokeping.cgi");
});

test("groups that measure nothing, or twice", () => {
  const messages = (options: unknown) =>
    smokeping(options).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);
  expect(messages({ targets: { nodes: { other: "10.9.0.1" }, bare: {} } })).toMatchInlineSnapshot(`
    [
      "platform.smokeping.targets.nodes: group nodes is the stage's own nodes already → give this group another name, or set nodes: false",
      "platform.smokeping.targets.bare: group bare has no host → add a host to it, or leave it out",
    ]
  `);
  expect(messages({ nodes: false })).toMatchInlineSnapshot(`
    [
      "platform.smokeping.targets: there is nothing to measure → add a group of hosts, or set nodes: true",
    ]
  `);
});
