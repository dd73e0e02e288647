import { expect, test } from "vitest";
import { type Given, plan } from "./platform-fixture.ts";

/** Faults as a person reads them. */
const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);

const local = { machines: new Set(["docker"]), cluster: { disable: ["traefik", "servicelb"] } } as const;

test("a release without the one that it stands on", () => {
  expect(faults({ releases: { "hcloud-csi": {}, "kube-prometheus-stack": {} } })).toMatchInlineSnapshot(`
    [
      "platform.hcloud-csi: hcloud-csi does not work without hcloud-cloud-controller-manager, which is off → add groundwork:platform.hcloud-cloud-controller-manager",
      "platform.kube-prometheus-stack: kube-prometheus-stack does not work without prometheus-operator-crds, which is off → add groundwork:platform.prometheus-operator-crds",
    ]
  `);
});

test("classes and issuers that nothing brings", () => {
  expect(
    faults({
      releases: {
        "prometheus-operator-crds": {},
        haproxy: {},
        "kube-prometheus-stack": {
          prometheus: { storage: { size: "20Gi", class: "fast" } },
          alertmanager: { storage: "none" },
          grafana: { exposed: { host: "grafana.example.com", ingressClass: "nginx", issuer: "letsencrypt" } },
        },
      },
    }),
  ).toMatchInlineSnapshot(`
    [
      "platform.kube-prometheus-stack: release/kube-prometheus-stack needs the storage class fast, which nothing brings → add a release that brings it",
      "platform.kube-prometheus-stack: release/kube-prometheus-stack needs a default storage class, which nothing brings → name a storage class, or add a release that brings a default one",
      "platform.kube-prometheus-stack: release/kube-prometheus-stack needs the ingress class nginx, which nothing brings → name one that there is (haproxy), or add a release that brings it",
      "platform.kube-prometheus-stack: release/kube-prometheus-stack needs the issuer letsencrypt, which nothing brings → add it to groundwork:platform.cert-manager.issuers",
    ]
  `);
});

test("k3s's own storage class serves as the default one", () => {
  expect(faults({ releases: { "prometheus-operator-crds": {}, "kube-prometheus-stack": {} }, context: local })).toEqual(
    [],
  );
});

test("two default storage classes", () => {
  const cluster = { disable: ["traefik", "servicelb"] };
  const releases = { "hcloud-cloud-controller-manager": {}, "hcloud-csi": {} };
  expect(faults({ releases, context: { cluster } })).toMatchInlineSnapshot(`
    [
      "platform.hcloud-csi: k3s and release/hcloud-csi both bring a default storage class → add local-storage to groundwork:cluster.disable, or set groundwork:platform.hcloud-csi.storageClass.default: false",
    ]
  `);
  expect(
    faults({ releases: { ...releases, "hcloud-csi": { storageClass: { default: false } } }, context: { cluster } }),
  ).toEqual([]);
});

test("two that answer for Services of type LoadBalancer", () => {
  const metallb = { pools: { internal: { addresses: ["10.0.200.0/24"], via: "worker-1" } } };
  expect(
    faults({ releases: { metallb }, context: { cluster: { disable: ["traefik", "local-storage"] } } }),
  ).toMatchInlineSnapshot(`
    [
      "platform.metallb: k3s and release/metallb both bring addresses for Services of type LoadBalancer → add servicelb to groundwork:cluster.disable, or keep only one of them",
    ]
  `);
  const both = { metallb, "hcloud-cloud-controller-manager": { loadBalancers: { location: "fsn1" } } };
  expect(faults({ releases: both })).toMatchInlineSnapshot(`
    [
      "platform.metallb: release/hcloud-cloud-controller-manager and release/metallb both bring addresses for Services of type LoadBalancer → keep only one of them",
    ]
  `);
});

test("a Secret of the stack file that a release makes as well", () => {
  const secrets = {
    hcloud: { type: "opaque", namespaces: ["kube-system"], data: { token: { secret: "other-token" } } },
  } as const;
  expect(faults({ releases: { "hcloud-cloud-controller-manager": {} }, secrets })).toMatchInlineSnapshot(`
    [
      "platform.hcloud-cloud-controller-manager: secrets.hcloud and platform.hcloud-cloud-controller-manager both make secret/kube-system/hcloud → give one of them another name",
    ]
  `);
});

test("pools that no network routes, that overlap, or that hold nodes", () => {
  const pools = {
    nowhere: { addresses: ["10.0.200.0/28"] },
    typo: { addresses: ["10.0.200.8-10.0.200.40"], via: "wroker-1" },
    nodes: { addresses: ["10.0.2.0/24", "10.43.7.0/24"], via: "worker-1" },
  };
  expect(faults({ releases: { metallb: { pools } } })).toMatchInlineSnapshot(`
    [
      "platform.metallb.pools.nowhere.via: network prod-main routes packets and asks no neighbour: pool nowhere would be unreachable → name one of: cp-1, cp-2, cp-3, worker-1 or worker-2",
      "platform.metallb.pools.typo.via: there is no node "wroker-1" → name one of: cp-1, cp-2, cp-3, worker-1 or worker-2",
      "platform.metallb.pools.typo.addresses.0: 10.0.200.8-10.0.200.40 of pool typo overlaps 10.0.200.0/28 of pool nowhere → choose addresses that nothing else has",
      "platform.metallb.pools.nodes.addresses.0: 10.0.2.0/24 of pool nodes contains 10.0.2.10 of node prod-worker-1 → leave nodes' addresses out of pools",
      "platform.metallb.pools.nodes.addresses.0: 10.0.2.0/24 of pool nodes contains 10.0.2.11 of node prod-worker-2 → leave nodes' addresses out of pools",
      "platform.metallb.pools.nodes.addresses.1: 10.43.7.0/24 of pool nodes overlaps the services' network 10.43.0.0/16 → choose addresses that nothing else has",
    ]
  `);
});

test("issuers with one name, or without a zone", () => {
  const issuer = { name: "letsencrypt", server: "staging", email: "ops@example.com" };
  expect(
    faults({ releases: { "cert-manager": { issuers: [issuer, { ...issuer, zones: ["example.org"] }] } } }),
  ).toMatchInlineSnapshot(`
    [
      "platform.cert-manager: platform.cert-manager makes clusterissuer/letsencrypt twice → give one of them another name",
    ]
  `);
  const zoneless = { releases: { "cert-manager": { issuers: [issuer] } }, without: ["dns"] } as const;
  expect(faults(zoneless)).toMatchInlineSnapshot(`
    [
      "platform.cert-manager.issuers.0.zones: issuer letsencrypt has no DNS zone to prove names in → list its zones, or describe the stage's zone in groundwork:dns",
    ]
  `);
});

test("releases for machines or distributions that the stage has not", () => {
  const releases = {
    "hcloud-cloud-controller-manager": {},
    "hcloud-csi": { storageClass: { default: false } },
    "system-upgrade-controller": {},
  };
  expect(
    faults({ releases, context: { machines: new Set(["proxmox"]), cluster: { distribution: "talos" } } }),
  ).toMatchInlineSnapshot(`
    [
      "platform.hcloud-cloud-controller-manager: the stage has no Hetzner servers for it to look after → remove it, or add a pool with machine: hetzner",
      "platform.hcloud-csi: the stage has no Hetzner servers to attach volumes to → remove it, or add a pool with machine: hetzner",
      "platform.system-upgrade-controller: its plans upgrade k3s, and the cluster is talos → remove it",
    ]
  `);
});
