import { expect, test } from "vitest";
import { stringify } from "yaml";
import { nodeDocument } from "../../lib/bootstrap/document.ts";
import { nodeProvision } from "../../lib/platform/node-needs.ts";
import type { PlatformContext, SecretRef } from "../../lib/platform/release.ts";
import { existingArgs, nodeArgs } from "../harness/systems.ts";
import { dependencies, type Given, object, plan, release, releaseStep } from "./platform-fixture.ts";

const truenas = { host: "nas.example.com", dataset: "tank/k8s/volumes", snapshotsDataset: "tank/k8s/snapshots" };

/** The storage of a whole stage, each release with the options that a person has to give. */
const storage = {
  "prometheus-operator-crds": {},
  haproxy: {},
  "cert-manager": {
    issuers: [
      { name: "letsencrypt-production", server: "production", email: "ops@example.com", zones: ["example.com"] },
    ],
  },
  longhorn: { exposed: { host: "longhorn.example.com", issuer: "letsencrypt-production" } },
  "nfs-subdir-external-provisioner": { server: "10.0.3.9", path: "/srv/kubernetes", mountOptions: ["nfsvers=4.1"] },
  "democratic-csi-nfs": { ...truenas, allowedNetworks: ["10.0.0.0/16"] },
  "democratic-csi-iscsi": { ...truenas, portal: "10.0.3.10", dataset: "tank/iscsi/volumes" },
  "democratic-csi-nfs-fast": {
    ...truenas,
    host: "fast.example.com",
    dataset: "spitfire/k8s/volumes",
    imageTag: "next",
  },
};

const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);

const releases = [
  "longhorn",
  "nfs-subdir-external-provisioner",
  "democratic-csi-nfs",
  "democratic-csi-iscsi",
  "democratic-csi-nfs-fast",
];

test.each(releases)("Helm values of %s", async (name) => {
  const { values } = releaseStep(plan({ releases: storage }), name);
  await expect(stringify(values, { lineWidth: 0 })).toMatchFileSnapshot(`../golden/helm/${name}.values.yaml`);
});

test("all of it together has no fault", () => {
  expect(plan({ releases: storage }).faults).toEqual([]);
});

test("a driver's configuration is a Secret with the API key in it, made before the driver", () => {
  const made = plan({ releases: storage });
  const id = "secret/democratic-csi/democratic-csi-iscsi-config";
  expect(dependencies(made, "release/democratic-csi-iscsi")).toContain(id);
  const { stringData } = object(made, id) as { readonly stringData: Readonly<Record<string, SecretRef>> };
  const file = stringData["driver-config-file.yaml"];
  expect(file?.secret).toBe("truenas-api-key");
  expect(file?.render("KEY")).toMatchInlineSnapshot(`
    "driver: freenas-api-iscsi
    httpConnection:
      protocol: https
      host: nas.example.com
      port: 443
      allowInsecure: false
      apiKey: KEY
    zfs:
      datasetParentName: tank/iscsi/volumes
      detachedSnapshotsDatasetParentName: tank/k8s/snapshots
      zvolEnableReservation: false
    iscsi:
      targetPortal: 10.0.3.10:3260
      targetPortals: []
      interface: ""
      namePrefix: csi-
      targetGroups:
        - targetGroupPortalGroup: 1
          targetGroupInitiatorGroup: 1
          targetGroupAuthType: None
      extentInsecureTpc: true
      extentXenCompat: false
      extentDisablePhysicalBlocksize: true
      extentBlocksize: 512
      extentRpm: SSD
      extentAvailThreshold: 0
    "
  `);
});

test("two default classes: the second names both and how to settle it", () => {
  const both = {
    longhorn: {},
    "nfs-subdir-external-provisioner": { server: "10.0.3.9", path: "/srv", default: true },
  };
  expect(faults({ releases: both })).toMatchInlineSnapshot(`
    [
      "platform.nfs-subdir-external-provisioner: release/longhorn and release/nfs-subdir-external-provisioner both bring a default storage class → set groundwork:platform.longhorn.default: false or groundwork:platform.nfs-subdir-external-provisioner.default: false",
    ]
  `);
  const { longhorn } = both;
  expect(faults({ releases: { longhorn }, context: { cluster: { disable: [] } } })).toMatchInlineSnapshot(`
    [
      "platform.longhorn: k3s and release/longhorn both bring a default storage class → add local-storage to groundwork:cluster.disable, or set groundwork:platform.longhorn.default: false",
    ]
  `);
});

test("a claim without a class where no release brings a default one", () => {
  const claims = { "prometheus-operator-crds": {}, "kube-prometheus-stack": {} };
  expect(faults({ releases: { ...claims, longhorn: { default: false } } })).toMatchInlineSnapshot(`
    [
      "platform.kube-prometheus-stack: release/kube-prometheus-stack needs a default storage class, which nothing brings → name a storage class, or add a release that brings a default one",
    ]
  `);
  expect(faults({ releases: { ...claims, longhorn: {} } })).toEqual([]);
});

test("more copies than nodes, and datasets within each other", () => {
  expect(
    faults({
      releases: {
        longhorn: { replicas: 6, softAntiAffinity: false },
        "democratic-csi-nfs": { ...truenas, snapshotsDataset: "tank/k8s/volumes/snapshots" },
      },
    }),
  ).toMatchInlineSnapshot(`
    [
      "platform.longhorn.replicas: 6 copies on nodes of their own, and the stage has 5 nodes → lower replicas to 5, or set softAntiAffinity: true",
      "platform.democratic-csi-nfs.snapshotsDataset: tank/k8s/volumes/snapshots and tank/k8s/volumes (dataset) lie within each other → give snapshots a dataset beside that of volumes",
    ]
  `);
});

test("options that cannot be", () => {
  const refused = [
    ["longhorn", { dataPath: "var/lib" }],
    ["nfs-subdir-external-provisioner", { server: "nas", path: "srv" }],
    ["democratic-csi-nfs", { ...truenas, dataset: "tank" }],
  ] as const;
  const messages = refused.map(([name, options]) =>
    release(name)
      .options.safeParse(options)
      .error?.issues.map(({ message }) => message),
  );
  expect(messages).toMatchInlineSnapshot(`
    [
      [
        "this is no path of a directory → write it from the root on, such as /var/lib/longhorn",
      ],
      [
        ""nas" is neither an IPv4 address nor a host name → write one of the two, without scheme or port, such as 10.0.1.10 or api.example.com",
        "this is no exported path → write it from the root on, such as /srv/kubernetes",
      ],
      [
        "this is no dataset below a pool → write pool/path, such as tank/k8s/volumes",
      ],
    ]
  `);
});

const context = (given: Readonly<Record<string, unknown>>): PlatformContext =>
  ({ releases: new Map(Object.entries(given)) }) as unknown as PlatformContext;

test("what nodes need follows from the releases that are on, each thing once", () => {
  expect(nodeProvision(context(storage))).toMatchInlineSnapshot(`
    {
      "enabled": [
        "iscsid.service",
      ],
      "masked": [
        "multipathd.service",
        "multipathd.socket",
      ],
      "modules": [
        "iscsi_tcp",
      ],
      "nixos": [
        "iscsi",
        "longhorn-volume",
        "multipath-off",
        "nfs",
        "util-linux",
      ],
      "packages": {
        "arch": [
          "nfs-utils",
          "open-iscsi",
        ],
        "debian": [
          "nfs-common",
          "open-iscsi",
        ],
        "nixos": [
          "nfs-utils",
          "openiscsi",
        ],
      },
      "talos": {
        "extensions": [
          "siderolabs/iscsi-tools",
          "siderolabs/util-linux-tools",
        ],
        "volumes": [
          "longhorn",
        ],
      },
    }
  `);
  expect(nodeProvision(context({ "hcloud-csi": {} }))).toEqual({
    packages: { debian: [], arch: [], nixos: [] },
    nixos: [],
    modules: [],
    enabled: [],
    masked: [],
    talos: { extensions: [], volumes: [] },
  });
});

test("on Talos Longhorn keeps its copies on a user volume, and iSCSI goes through the extension", () => {
  const made = plan({ releases: storage, context: { cluster: { distribution: "talos" } } });
  expect(releaseStep(made, "longhorn").values).toMatchObject({
    defaultSettings: { defaultDataPath: "/var/mnt/longhorn" },
  });
  expect(releaseStep(made, "democratic-csi-iscsi").values.node).toMatchInlineSnapshot(`
    {
      "driver": {
        "extraEnv": [
          {
            "name": "ISCSIADM_HOST_STRATEGY",
            "value": "nsenter",
          },
          {
            "name": "ISCSIADM_HOST_PATH",
            "value": "/usr/local/sbin/iscsiadm",
          },
        ],
        "image": {
          "tag": "v1.9.4",
        },
        "iscsiDirHostPath": "/usr/local/etc/iscsi",
        "iscsiDirHostPathType": "",
      },
      "hostPID": true,
    }
  `);
});

test("a node's document brings packages, modules and units before k3s is installed", () => {
  const provision = nodeProvision(context({ longhorn: {} }));
  const document = nodeDocument(nodeArgs("worker", 1, { packages: provision.packages.debian, provision }));
  expect(document.packages).toEqual(["ca-certificates", "curl", "nftables", "nfs-common", "open-iscsi"]);
  expect(document.commands.map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "network",
      "updates-off",
      "packages",
      "host",
      "metadata",
      "provision",
      "tailscale",
      "k3s",
      "updates-on",
    ]
  `);
  expect(
    document.files
      .filter(({ path }) => /provision\.env|91-/.test(path))
      .map(({ path, content }) => `${path}\n${content}`),
  ).toMatchInlineSnapshot(`
    [
      "/etc/groundwork/provision.env
    GW_MODULES='iscsi_tcp'
    GW_ENABLED='iscsid.service'
    GW_MASKED='multipathd.service multipathd.socket'
    ",
      "/etc/modules-load.d/91-groundwork-platform.conf
    iscsi_tcp
    ",
    ]
  `);
});

test("hosts that run Arch or NixOS get the same things by the names that those have for them", () => {
  const provision = nodeProvision(context(storage));
  const [arch, nixos] = (["arch", "nixos"] as const).map((os) =>
    nodeDocument({ ...existingArgs("worker", 1, os), packages: provision.packages[os], provision }),
  );
  expect(arch?.packages).toEqual(["ca-certificates", "curl", "nfs-utils", "open-iscsi"]);
  expect(arch?.commands.map(({ name }) => name)).toContain("provision");
  const module = nixos?.files.find(({ path }) => path === "/etc/nixos/groundwork.json")?.content ?? "";
  expect(JSON.parse(module)).toMatchObject({
    packages: ["nfs-utils", "openiscsi"],
    modules: ["br_netfilter", "overlay", "iscsi_tcp"],
    needs: ["iscsi", "longhorn-volume", "multipath-off", "nfs", "util-linux"],
  });
  expect(nixos?.commands.map(({ name }) => name)).not.toContain("provision");
});
