import { expect, test } from "vitest";
import { createProxmox } from "../../../rehearsal/clouds/proxmox/provider.ts";
import type { Context, Existing, Finding, Props } from "../../../rehearsal/model.ts";
import { noon, refusal } from "./support.ts";

const account = {
  endpoint: "https://10.0.40.11:8006/",
  apiToken: "groundwork@pve!stage=secret",
  ssh: { username: "root", privateKey: "key" },
};

const types = {
  provider: "pulumi:providers:proxmoxve",
  image: "proxmoxve:download/file:File",
  file: "proxmoxve:index/fileLegacy:FileLegacy",
  vm: "proxmoxve:index/vmLegacy:VmLegacy",
};

function cluster(inputs: Props = account) {
  const { model, provider } = createProxmox({
    nodes: [
      { name: "pve1", address: "10.0.40.11" },
      { name: "pve2", address: "10.0.40.12" },
    ],
    storages: [
      { name: "local", type: "dir", content: ["iso", "import", "snippets"] },
      { name: "local-lvm", type: "lvmthin", content: ["images"], size: 200 },
    ],
    tokens: [{ token: account.apiToken }],
    now: () => noon,
  });
  const findings: Finding[] = [];
  const context = (type: string, name: string): Context => {
    const urn = `urn:pulumi:test::groundwork::${type}::${name}`;
    return {
      ...{ urn, type, name, project: "groundwork", stack: "test", now: 0, dependencies: new Set() },
      provider: { urn: "urn:provider", inputs },
      finding: (finding) => void findings.push({ ...finding, urn }),
    };
  };
  const of = (type: string) => {
    const resource = provider.resource(type);
    if (resource === undefined) throw new Error(`no model of ${type}`);
    return resource;
  };
  return {
    model,
    findings,
    create(type: string, name: string, given: Props): Existing {
      const made = of(type).create(given, context(type, name));
      if (made instanceof Promise) throw new Error("these models answer at once");
      return { id: made.id, inputs: given, outputs: { ...given, ...made.outputs } };
    },
    update(type: string, name: string, given: Props, old: Existing): void {
      if (of(type).update?.(given, old, context(type, name)) instanceof Promise)
        throw new Error("these models answer at once");
    },
    /** As `pulumi import` finds it, by the id that it is given there. */
    read(type: string, old: Existing): Existing {
      const found = of(type).read?.(of(type).importId?.(old) ?? old.id, {}, context(type, "imported"));
      if (found === undefined || found instanceof Promise) throw new Error("these models answer at once");
      return found;
    },
    remove(type: string, name: string, old: Existing): void {
      if (of(type).delete?.(old, context(type, name)) instanceof Promise)
        throw new Error("these models answer at once");
    },
  };
}

const image = {
  ...{ contentType: "import", datastoreId: "local", nodeName: "pve1", fileName: "debian.qcow2" },
  ...{ url: "https://cloud.debian.org/debian.qcow2", checksum: "ab", checksumAlgorithm: "sha512" },
};
const snippet = {
  ...{ contentType: "snippets", datastoreId: "local", nodeName: "pve1" },
  sourceRaw: { fileName: "cp-1.yaml", data: "#cloud-config\n{}\n" },
};
const vm = {
  ...{ nodeName: "pve1", name: "cp-1", tags: ["b", "a"], stopOnDestroy: true },
  agent: { enabled: false },
  cpu: { cores: 2, type: "host" },
  memory: { dedicated: 4096 },
  disks: [
    { interface: "scsi0", datastoreId: "local-lvm", size: 32, importFrom: "local:import/debian.qcow2" },
    { interface: "scsi1", datastoreId: "local-lvm", size: 50 },
  ],
  networkDevices: [{ bridge: "vmbr0", vlanId: 40 }],
  initialization: {
    datastoreId: "local-lvm",
    userDataFileId: "local:snippets/cp-1.yaml",
    ipConfigs: [{ ipv4: { address: "10.0.40.101/24", gateway: "10.0.40.1" } }],
    dns: { servers: ["1.1.1.1"] },
  },
};

function whole() {
  const world = cluster();
  world.create(types.image, "image", image);
  world.create(types.file, "user-data", snippet);
  return { ...world, made: world.create(types.vm, "cp-1", vm) };
}

test("a machine boots with its snippet and its address, its first disk the image, grown", () => {
  const { model, made, findings } = whole();
  expect(made.id).toBe("100");
  expect(made.outputs).toMatchObject({
    vmId: 100,
    ipv4Addresses: [],
    macAddresses: [expect.stringMatching(/^BC:24:11/)],
  });
  expect(model.machines()).toEqual([
    {
      ...{ vmid: 100, name: "cp-1", node: "pve1", status: "running", starts: 1 },
      disks: ["/dev/sda", "/dev/sdb"],
      boot: {
        image: "https://cloud.debian.org/debian.qcow2",
        ...{ userData: "#cloud-config\n{}\n", address: "10.0.40.101/24", sshKeys: [] },
      },
    },
  ]);
  expect(model.vms.config({ id: "root@pam" }, "pve1", 100)).toMatchObject({
    scsi0: "local-lvm:vm-100-disk-0,backup=1,cache=none,discard=ignore,iothread=0,size=32G,ssd=0",
    scsi1: "local-lvm:vm-100-disk-1,backup=1,cache=none,discard=ignore,iothread=0,size=50G,ssd=0",
    ide2: "local-lvm:vm-100-cloudinit,media=cdrom,size=4M",
    tags: "a;b",
    nameserver: "1.1.1.1",
  });
  expect(findings).toEqual([]);
});

test("more memory restarts the machine, a larger disk does not, a smaller one is refused", () => {
  const { model, made, update } = whole();
  const disks = (size: number) => [vm.disks[0], { ...vm.disks[1], size }];
  update(types.vm, "cp-1", { ...vm, disks: disks(80) }, made);
  expect(model.machine("pve1", 100).starts).toBe(1);
  expect(model.vms.config({ id: "root@pam" }, "pve1", 100).scsi1).toContain("size=80G");
  expect(refusal(() => update(types.vm, "cp-1", { ...vm, disks: disks(40) }, made))).toBe(
    "disk resize failure: requested size (40G) of scsi1 is lower than current size (80G) (InvalidInput)",
  );
  update(types.vm, "cp-1", { ...vm, disks: disks(80), memory: { dedicated: 8192 } }, made);
  expect(model.machine("pve1", 100)).toMatchObject({ starts: 2, status: "running" });
});

test("a machine that goes takes its disks along; a protected one stays, and so does its state", () => {
  const { model, made, update, remove } = whole();
  update(types.vm, "cp-1", { ...vm, protection: true }, made);
  expect(refusal(() => remove(types.vm, "cp-1", made))).toBe("can't remove VM 100 - protection mode enabled (500)");
  update(types.vm, "cp-1", vm, { ...made, inputs: { ...vm, protection: true } });
  remove(types.vm, "cp-1", made);
  expect(model.machines()).toEqual([]);
  expect(model.storages.contents({ id: "root@pam" }, "pve1", "local-lvm")).toEqual([]);
  // Somebody was there first.
  remove(types.vm, "cp-1", made);
});

test("a machine with a number of its own is not made twice, and is found again by node and number", () => {
  const { create, model, read } = whole();
  const made = create(types.vm, "cp-2", { ...vm, vmId: 3101, name: "cp-2" });
  expect(refusal(() => create(types.vm, "cp-2", { ...vm, vmId: 3101, name: "cp-2" }))).toBe(
    "unable to create VM 3101 - VM 3101 already exists on node 'pve1' (500)",
  );
  expect(model.machines().map(({ name }) => name)).toEqual(["cp-1", "cp-2"]);
  expect(read(types.vm, made)).toEqual({
    id: "3101",
    inputs: { nodeName: "pve1", name: "cp-2" },
    outputs: { vmId: 3101 },
  });
});

test("files are each node's own: a machine on another one finds neither image nor snippet", () => {
  const { create, model } = whole();
  expect(refusal(() => create(types.vm, "cp-2", { ...vm, nodeName: "pve2" }))).toBe(
    "scsi0: import failed: volume 'local:import/debian.qcow2' does not exist on node 'pve2' (500)",
  );
  create(types.image, "image-2", { ...image, nodeName: "pve2" });
  expect(refusal(() => create(types.vm, "cp-2", { ...vm, nodeName: "pve2" }))).toBe(
    "can't open snippet 'local:snippets/cp-1.yaml' on node 'pve2' - No such file or directory (500)",
  );
  expect(model.machines().map(({ name }) => name)).toEqual(["cp-1"]);
});

test("snippets go over SSH, to a storage of files that takes them", () => {
  const { ssh: _ssh, ...silent } = account;
  const { create } = cluster(silent);
  expect(refusal(() => create(types.file, "user-data", snippet))).toBe(
    'unable to authenticate user "" over SSH to "10.0.40.11:22": give the provider\'s ssh a username and a privateKey (ssh)',
  );
  const { create: known } = cluster();
  expect(refusal(() => known(types.file, "user-data", { ...snippet, datastoreId: "local-lvm" }))).toBe(
    "failed to determine the datastore path (InvalidInput)",
  );
});

test("what only shows in use is told: a guest agent that nothing starts, an image without a checksum", () => {
  const { create, findings } = cluster();
  const { checksum: _sum, checksumAlgorithm: _algorithm, ...unchecked } = image;
  create(types.image, "image", unchecked);
  create(types.file, "user-data", snippet);
  create(types.vm, "cp-1", { ...vm, agent: { enabled: true } });
  expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toMatchInlineSnapshot(`
    [
      "unverified-image: https://cloud.debian.org/debian.qcow2 is booted by machines as whatever it is by then: it has no checksum",
      "agent-never-answers: the guest agent of 'cp-1' is enabled, but nothing in its user data starts one: the provider waits 15m for it at every creation and refresh",
    ]
  `);
});

test("the provider's own account is checked first", () => {
  const made = (inputs: Props) => refusal(() => cluster().create(types.provider, "proxmox", inputs));
  expect(made({ ...account, endpoint: "http://10.0.40.11:8006" })).toContain("must specify a secure endpoint");
  expect(made({ ...account, apiToken: "groundwork@pve!stage=wrong" })).toBe("invalid token value! (401)");
  expect(made({ endpoint: account.endpoint })).toContain("either user credentials, an API token, or a ticket");
  // An option that is not known here is not passed over.
  expect(refusal(() => cluster().create(types.vm, "cp-1", { ...vm, hostpcis: [] }))).toContain("hostpcis");
});
