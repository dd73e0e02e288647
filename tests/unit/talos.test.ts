import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { machineConfig } from "../../lib/talos/config.ts";
import type { TalosNode, TalosOptions } from "../../lib/talos/options.ts";
import { installerImage, publicFactory, schematicId, schematicYaml } from "../../lib/talos/schematic.ts";
import { talosconfig } from "../../lib/talos/talosconfig.ts";
import { talosRefusal } from "../../lib/talos/versions.ts";
import { controlPlane, secrets, server, talos, virtualMachine, worker } from "../harness/talos.ts";

const older = { ...talos, version: "v1.12.7", kubernetes: "v1.35.4" };

test.each<readonly [string, TalosOptions, TalosNode]>([
  ["v1.13/control-plane", talos, controlPlane],
  ["v1.13/worker", talos, worker],
  [
    "v1.13/control-plane-plain",
    { ...talos, cni: "flannel", kubeProxy: true, kubeSpan: true },
    {
      ...controlPlane,
      addressing: "dhcp",
      link: "only",
      taints: ["node-role.kubernetes.io/control-plane:NoSchedule"],
    },
  ],
  ["v1.13/virtual-machine", talos, virtualMachine],
  ["v1.13/server", { ...talos, externalCloudProvider: true }, server],
  ["v1.12/virtual-machine", older, { ...virtualMachine, role: "control-plane" }],
  ["v1.12/control-plane", older, controlPlane],
  ["v1.12/worker", { ...older, kubeSpan: true }, { ...worker, link: { name: "enp1s0" }, addressing: "static" }],
])("the machine configuration of %s", async (name, options, node) => {
  await expect(machineConfig({ talos: options, node, secrets })).toMatchFileSnapshot(`../golden/talos/${name}.yaml`);
});

test("arguments of the kubelet, with and without a value, and a volume that pods mount inside", () => {
  const options = { ...talos, kubeletArgs: ["max-pods=200", "feature-gates=A=true,B=false", "serialize-image-pulls"] };
  const [main] = parseAllDocuments(machineConfig({ talos: options, node: worker, secrets }));
  expect(main?.toJS()).toMatchObject({
    machine: {
      kubelet: {
        extraArgs: { "max-pods": "200", "feature-gates": "A=true,B=false", "serialize-image-pulls": "true" },
        extraMounts: [
          { destination: "/var/mnt/data", type: "bind", source: "/var/mnt/data", options: ["bind", "rshared", "rw"] },
        ],
      },
    },
  });
});

test("metrics are shown outside their machine only when somebody scrapes them, and to the cluster's networks alone", () => {
  const documents = (metricsFor: readonly string[], node: TalosNode) =>
    parseAllDocuments(machineConfig({ talos: { ...talos, metricsFor, kubeProxy: true }, node, secrets })).map(
      (each) => each.toJS() as Readonly<Record<string, unknown>>,
    );
  const args = (metricsFor: readonly string[]) => {
    const { cluster } = documents(metricsFor, controlPlane)[0] as {
      readonly cluster: Readonly<Record<string, { readonly extraArgs?: unknown }>>;
    };
    return ["etcd", "scheduler", "controllerManager", "proxy"].map((part) => cluster[part]?.extraArgs);
  };
  const rules = (metricsFor: readonly string[], node: TalosNode) =>
    documents(metricsFor, node).flatMap(({ kind, portSelector, ingress }) =>
      kind === "NetworkRuleConfig" ? [{ portSelector, ingress }] : [],
    );
  expect(args(["10.42.0.0/24"])).toEqual([
    { "listen-metrics-urls": "http://0.0.0.0:2381" },
    { "bind-address": "0.0.0.0" },
    { "bind-address": "0.0.0.0" },
    { "metrics-bind-address": "0.0.0.0:10249" },
  ]);
  const ingress = [{ subnet: "10.42.0.0/24" }];
  expect(rules(["10.42.0.0/24"], controlPlane)).toEqual([
    { portSelector: { ports: [2381, 10257, 10259, 10249], protocol: "tcp" }, ingress },
  ]);
  expect(rules(["10.42.0.0/24"], worker)).toEqual([{ portSelector: { ports: [10249], protocol: "tcp" }, ingress }]);
  expect(args([])).toEqual([undefined, undefined, undefined, undefined]);
  expect([...rules([], controlPlane), ...rules([], worker)]).toEqual([]);
});

test("a worker holds no authority's key: whoever takes it over cannot speak for the cluster", () => {
  const text = machineConfig({ talos, node: worker, secrets });
  for (const key of [secrets.talos, secrets.kubernetes, secrets.etcd, secrets.aggregator].map(({ key }) => key))
    expect(text).not.toContain(key);
  expect(text).not.toContain(secrets.serviceAccountKey);
  expect(text).not.toContain(secrets.secretboxKey);
});

test("the virtual address is no node's own, and only control planes may hold it", () => {
  const kinds = (node: TalosNode) =>
    parseAllDocuments(machineConfig({ talos, node, secrets })).map((each) => String(each.get("kind")));
  expect(kinds(controlPlane)).toContain("Layer2VIPConfig");
  expect(kinds(worker)).not.toContain("Layer2VIPConfig");
  const [main] = parseAllDocuments(machineConfig({ talos, node: controlPlane, secrets }));
  expect(main?.toJS()).toMatchObject({
    machine: { kubelet: { nodeIP: { validSubnets: ["10.42.0.0/24", "!10.42.0.100/32"] } } },
    cluster: { etcd: { advertisedSubnets: ["10.42.0.0/24", "!10.42.0.100/32"] } },
  });
});

test("whatever a node is, its documents are read back as they were meant, one of each kind and name", () => {
  fc.assert(
    fc.property(
      fc.record({
        addressing: fc.constantFrom("static", "dhcp"),
        link: fc.constantFrom<TalosNode["link"]>("only", { name: "eno1" }, { mac: "aa:bb:cc:dd:ee:ff" }),
        role: fc.constantFrom("control-plane", "worker"),
        labels: fc.dictionary(fc.constantFrom("a", "example.com/b"), fc.constantFrom("on", "1", "null", "x")),
      }),
      fc.constantFrom("v1.12.7", "v1.13.9"),
      (more, version) => {
        const node: TalosNode = { ...worker, ...more };
        const all = parseAllDocuments(machineConfig({ talos: { ...talos, version }, node, secrets }));
        expect(all.flatMap(({ errors }) => errors)).toEqual([]);
        const names = all.slice(1).map((each) => `${String(each.get("kind"))} ${String(each.get("name"))}`);
        expect(new Set(names).size).toBe(names.length);
        for (const [key, value] of Object.entries(node.labels))
          expect(all[0]?.getIn(["machine", "nodeLabels", key])).toBe(value);
      },
    ),
  );
});

// The ids are those of siderolabs/image-factory, pkg/schematic/schematic_test.go, and of Talos' guide to boot assets.
test.each([
  [[], [], "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"],
  [["noapic", "nolapic"], [], "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c"],
  [
    ["net.ifnames=0"],
    ["siderolabs/gvisor", "siderolabs/intel-ucode"],
    "b8e8fbbe1b520989e6c52c8dc8303070cb42095997e76e812fa8892393e1d176",
  ],
])("Image Factory gives the schematic of %j and %j the id that is computed here", (kernelArgs, extensions, id) => {
  expect(schematicId({ kernelArgs, extensions })).toBe(id);
});

test("an installer is named by its platform, schematic and release", () => {
  expect(schematicYaml(talos.schematic)).toMatchInlineSnapshot(`
    "customization:
        systemExtensions:
            officialExtensions:
                - siderolabs/iscsi-tools
                - siderolabs/util-linux-tools
    "
  `);
  const plain = { extensions: [], kernelArgs: [] };
  expect(installerImage({ schematic: plain, version: "v1.13.9", platform: "hcloud", factory: publicFactory })).toBe(
    "factory.talos.dev/hcloud-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.13.9",
  );
});

test.each([
  ["v1.13.9", "v1.36.3", undefined],
  ["v1.12.7", "v1.30.1", undefined],
  ["v1.13.9", "v1.30.1", "Talos v1.13.9 does not run Kubernetes v1.30.1 → use v1.31 to v1.36"],
  ["v1.13.9", "1.36.3", "Talos v1.13.9 does not run Kubernetes 1.36.3 → use v1.31 to v1.36"],
  [
    "v1.14.0",
    "v1.36.3",
    "no machine configuration is known for Talos v1.14.0 → use a release of 1.12 or 1.13, such as v1.13.9",
  ],
])("Talos %s with Kubernetes %s", (version, kubernetes, refusal) => {
  expect(talosRefusal(version, kubernetes)).toBe(refusal);
});

test("an endpoint without port, or a taint without effect, is refused by name", () => {
  expect(() => machineConfig({ talos: { ...talos, endpoint: "10.42.0.100" }, node: worker, secrets })).toThrow(
    'the endpoint "10.42.0.100" is no address of an API → write https://host:6443',
  );
  expect(() => machineConfig({ talos, node: { ...worker, taints: ["db"] }, secrets })).toThrow(
    '"db" is no taint → write key=value:Effect',
  );
});

test("a talosconfig goes to control planes by their own addresses", () => {
  expect(
    talosconfig({
      cluster: "metal",
      endpoints: ["10.42.0.101", "10.42.0.102"],
      nodes: ["10.42.0.101"],
      ...{ ca: "Y2E=", crt: "Y3J0", key: "a2V5" },
    }),
  ).toMatchInlineSnapshot(`
    "context: metal
    contexts:
      metal:
        endpoints:
          - 10.42.0.101
          - 10.42.0.102
        nodes:
          - 10.42.0.101
        ca: Y2E=
        crt: Y3J0
        key: a2V5
    "
  `);
});
