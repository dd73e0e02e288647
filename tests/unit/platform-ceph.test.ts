import { expect, test } from "vitest";
import { stringify } from "yaml";
import { platformContext } from "../../config/context.ts";
import { nodeProvision } from "../../lib/platform/node-needs.ts";
import type { PlatformContext, SecretRef } from "../../lib/platform/release.ts";
import { fixtures, parseConfig, readStackFile } from "../helpers/stack-file.ts";
import { dependencies, type Given, object, plan, releaseStep } from "./platform-fixture.ts";

const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);

const context = (given: Readonly<Record<string, unknown>>): PlatformContext =>
  ({ releases: new Map(Object.entries(given)) }) as unknown as PlatformContext;

/** Three machines of Proxmox VE with a second disk, and one without. */
const machines = {
  machines: new Set(["proxmox"]),
  proxmox: { endpoint: "https://10.0.40.11:8006/", insecure: true, disks: "local-zfs" },
  controlPlanes: [1, 2, 3].map((n) => ({
    name: `prod-cp-${n}`,
    address: `10.0.1.${9 + n}`,
    disks: ["/dev/nvme0n1", "/dev/nvme1n1"],
  })),
  workers: [{ name: "prod-worker-1", address: "10.0.2.10" }],
};
const ceph = { "rook-ceph": {}, "ceph-csi-drivers": {}, "rook-ceph-cluster": {} };

test.each(["rook-ceph", "ceph-csi-drivers", "rook-ceph-cluster", "proxmox-csi-plugin", "local-path-provisioner"])(
  "Helm values of %s",
  async (name) => {
    const made = plan({
      releases: { ...ceph, "prometheus-operator-crds": {}, "proxmox-csi-plugin": {}, "local-path-provisioner": {} },
      context: machines,
    });
    const { values } = releaseStep(made, name);
    await expect(stringify(values, { lineWidth: 0 })).toMatchFileSnapshot(`../golden/helm/${name}.values.yaml`);
  },
);

test("whoever claims a volume of Ceph waits until one could be made, not for Helm alone", () => {
  const made = plan({
    releases: {
      ...ceph,
      "prometheus-operator-crds": {},
      "kube-prometheus-stack": { prometheus: { storage: { size: "20Gi", class: "ceph-block" } } },
    },
    context: machines,
  });
  expect(made.faults).toEqual([]);
  const chain = (id: string): readonly string[] => [id, ...dependencies(made, id)];
  const first = "persistentvolumeclaim/rook-ceph/first-volume";
  expect(chain("release/kube-prometheus-stack")).toContain(first);
  expect([first, "release/rook-ceph-cluster", "release/ceph-csi-drivers", "release/rook-ceph"].map(chain)).toEqual([
    [first, "release/ceph-csi-drivers", "release/rook-ceph-cluster"],
    ["release/rook-ceph-cluster", "release/prometheus-operator-crds", "release/rook-ceph"],
    ["release/ceph-csi-drivers", "release/rook-ceph"],
    ["release/rook-ceph", "namespace/rook-ceph"],
  ]);
  expect(made.steps.find(({ id }) => id === "namespace/rook-ceph")).toMatchObject({
    labels: { "pod-security.kubernetes.io/enforce": "privileged" },
  });
});

test("Ceph without disks, with more copies than nodes that have some, and without its parts", () => {
  expect(faults({ releases: ceph })).toMatchInlineSnapshot(`
    [
      "platform.rook-ceph-cluster: no node has a disk for it → name disks that hold nothing in groundwork:pools.<name>.disks",
    ]
  `);
  expect(
    faults({ releases: { ...ceph, "rook-ceph-cluster": { replicas: 4 } }, context: machines }),
  ).toMatchInlineSnapshot(`
    [
      "platform.rook-ceph-cluster.replicas: 4 copies on nodes of their own, and 3 nodes have disks for it → lower replicas to 3, or name disks of more nodes in groundwork:pools.<name>.disks",
    ]
  `);
  expect(faults({ releases: { "rook-ceph-cluster": {} }, context: machines })).toMatchInlineSnapshot(`
    [
      "platform.rook-ceph-cluster: rook-ceph-cluster does not work without rook-ceph, which is off → add groundwork:platform.rook-ceph",
      "platform.rook-ceph-cluster: rook-ceph-cluster does not work without ceph-csi-drivers, which is off → add groundwork:platform.ceph-csi-drivers",
    ]
  `);
});

test("one machine for Ceph: one monitor, and a single copy that is meant", () => {
  const [only] = machines.controlPlanes;
  const { values } = releaseStep(
    plan({
      releases: { ...ceph, "rook-ceph-cluster": { replicas: 1 } },
      context: { controlPlanes: only === undefined ? [] : [only], workers: [] },
    }),
    "rook-ceph-cluster",
  );
  expect(values).toMatchObject({
    cephClusterSpec: { mon: { count: 1 }, mgr: { count: 1 } },
    cephBlockPools: [{ spec: { replicated: { size: 1, requireSafeReplicaSize: false } } }],
  });
});

test("the driver of Proxmox VE has its token, API and region in a Secret that is there before it", () => {
  const made = plan({ releases: { "proxmox-csi-plugin": {} }, context: machines });
  const id = "secret/csi-proxmox/proxmox-csi-config";
  expect(dependencies(made, "release/proxmox-csi-plugin")).toContain(id);
  const { stringData } = object(made, id) as { readonly stringData: Readonly<Record<string, SecretRef>> };
  const file = stringData["config.yaml"];
  expect(file?.secret).toBe("proxmox-csi-token");
  expect(file?.render("0f4f6a7e")).toMatchInlineSnapshot(`
    "clusters:
      - url: https://10.0.40.11:8006/api2/json
        insecure: true
        token_id: kubernetes-csi@pve!csi
        token_secret: 0f4f6a7e
        region: prod
    "
  `);
  expect(faults({ releases: { "proxmox-csi-plugin": {} } })).toMatchInlineSnapshot(`
    [
      "platform.proxmox-csi-plugin: the stage has no virtual machines of Proxmox VE to give disks to → remove it, or add a pool with machine: proxmox",
    ]
  `);
});

test("local-path: on Talos below the volume that it needs there, elsewhere where k3s does not bring it", () => {
  const local = { "local-path-provisioner": {} };
  const paths = (given: Given) => releaseStep(plan(given), "local-path-provisioner").values.nodePathMap;
  expect(paths({ releases: local, context: { cluster: { distribution: "talos" } } })).toEqual([
    { node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: ["/var/mnt/local-path-provisioner"] },
  ]);
  expect(nodeProvision(context({ "local-path-provisioner": {} })).talos.volumes).toEqual(["local-path-provisioner"]);
  expect(nodeProvision(context({ "local-path-provisioner": { path: "/var/mnt/fast" } })).talos.volumes).toEqual([]);
  expect(faults({ releases: local })).toEqual([]);
  expect(faults({ releases: local, context: { cluster: { disable: ["traefik"] } } })).toMatchInlineSnapshot(`
    [
      "platform.local-path-provisioner: k3s and release/local-path-provisioner both bring the storage class local-path → add local-storage to groundwork:cluster.disable, or keep only one of them",
      "platform.local-path-provisioner: k3s and release/local-path-provisioner both bring a default storage class → add local-storage to groundwork:cluster.disable, or set groundwork:platform.local-path-provisioner.default: false",
    ]
  `);
});

test("one default class among all, whoever brings it", () => {
  const releases = { longhorn: {}, ...ceph };
  expect(faults({ releases, context: machines })).toMatchInlineSnapshot(`
    [
      "platform.rook-ceph-cluster: release/longhorn and release/rook-ceph-cluster both bring a default storage class → set groundwork:platform.longhorn.default: false or groundwork:platform.rook-ceph-cluster.default: false",
    ]
  `);
  expect(faults({ releases: { ...releases, longhorn: { default: false } }, context: machines })).toEqual([]);
});

/** What releases learn of the control planes of a fixture whose pool `cp` has more disks. */
function controlPlanes(name: string, more: Readonly<Record<string, unknown>>) {
  const config = readStackFile(new URL(`valid/${name}.yaml`, fixtures));
  const pools = config["groundwork:pools"] as Readonly<Record<string, object>>;
  const parsed = parseConfig({ ...config, "groundwork:pools": { ...pools, cp: { ...pools.cp, ...more } } });
  if (!parsed.ok) throw new Error(`fixture ${name} has faults: ${JSON.stringify(parsed.faults)}`);
  const { controlPlanes: known } = platformContext(parsed.stage, parsed.nodes);
  return known.map(({ disks }, index) => ({ disks, labels: parsed.nodes[index]?.labels }));
}

test("a machine of Proxmox VE says where it is, and its further disks are known by their places", () => {
  const disks = [1, 2].map((n) => `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi${n}`);
  expect(controlPlanes("proxmox", { disks: [{ size: 100 }, { size: 200 }], labels: { rack: "a" } })).toEqual(
    ["pve1", "pve2", "pve3"].map((host) => ({
      disks,
      labels: { rack: "a", "topology.kubernetes.io/region": "homelab", "topology.kubernetes.io/zone": host },
    })),
  );
});

test("disks of machines that are there are named for a pool, or for one of its nodes", () => {
  const nodes = { "2": { disks: ["/dev/sdb", "/dev/sdc"] }, "3": { disks: [] } };
  expect(controlPlanes("talos", { disks: ["/dev/nvme1n1"], nodes }).map(({ disks }) => disks)).toEqual([
    ["/dev/nvme1n1"],
    ["/dev/sdb", "/dev/sdc"],
    undefined,
  ]);
});
