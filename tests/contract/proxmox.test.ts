import { request } from "node:https";
import { expect, test } from "vitest";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { selfSigned } from "../../rehearsal/clouds/http/self-signed.ts";
import type { ProxmoxOptions } from "../../rehearsal/clouds/proxmox/domain/state.ts";
import { type ProxmoxDoorOptions, serveProxmox } from "../../rehearsal/clouds/proxmox/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/proxmox/model.ts";
import { type Answer, clock, opened, plain } from "./support.ts";

// pve.proxmox.com/pve-docs/api-viewer: parameters as a form, answers as { data }, work as tasks with a UPID.

const token = "groundwork@pve!stage=11111111-2222-3333-4444-555555555555";

async function proxmox(
  options: ProxmoxDoorOptions & { readonly model?: Partial<ProxmoxOptions> } = {},
  orders: readonly Fault[] = [],
) {
  const time = clock();
  const model = createModel({
    nodes: [
      { name: "pve1", address: "10.0.40.11" },
      { name: "pve2", address: "10.0.40.12", cores: 4, memory: 8192 },
    ],
    storages: [
      { name: "local", type: "dir", content: ["iso", "import", "snippets"] },
      { name: "local-lvm", type: "lvmthin", content: ["images"], size: 100 },
    ],
    pools: ["groundwork"],
    tokens: [{ token }],
    users: { "root@pam": "secret" },
    now: time.now,
    ...options.model,
  });
  const door = await opened(serveProxmox(model, { now: time.now, faults: createFaults(orders), ...options }));
  const ask = async (
    method: string,
    path: string,
    form: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = { Authorization: `PVEAPIToken=${token}` },
  ): Promise<Answer> => {
    const text = new URLSearchParams(form).toString();
    const inQuery = method === "GET" || method === "DELETE";
    const answer = await fetch(`${door.url}/api2/json${path}${inQuery && text !== "" ? `?${text}` : ""}`, {
      method,
      headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" },
      ...(inQuery ? {} : { body: text }),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  return { model, door, time, ask };
}

const refused = (message: string, status = 500) => ({ status, body: { data: null, message: `${message}\n` } });
const wrong = (errors: Readonly<Record<string, string>>) => ({
  status: 400,
  body: { data: null, errors, message: "Parameter verification failed.\n" },
});
const data = ({ body }: Answer): unknown => (body as { readonly data: unknown }).data;
const image = {
  ...{ content: "import", filename: "debian-13.qcow2", url: "https://cloud.debian.org/debian-13.qcow2" },
  ...{ checksum: "ab".repeat(64), "checksum-algorithm": "sha512" },
};
const machine = {
  ...{ vmid: "100", name: "homelab-cp-1", cores: "2", memory: "4096", tags: "b;A", agent: "enabled=0,type=virtio" },
  ...{ net0: "model=virtio,bridge=vmbr0,tag=40", scsi0: "file=local-lvm:0,import-from=local:import/debian-13.qcow2" },
  ...{ scsi1: "file=local-lvm:20,ssd=1", ide2: "file=local-lvm:cloudinit,", ide3: "file=cdrom,media=cdrom," },
  ...{ ipconfig0: "ip=10.0.40.101/24,gw=10.0.40.1" },
};
const upid = (type: string, id: string) =>
  new RegExp(`^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:${type}:${id}:groundwork@pve!stage:$`);

test("who asks: a token, or a ticket with its second token for whatever changes something", async () => {
  const { ask } = await proxmox();
  expect(plain(await ask("GET", "/version", {}, {}))).toEqual(refused("No ticket", 401));
  expect(plain(await ask("GET", "/version", {}, { Authorization: `PVEAPIToken=${token}x` }))).toEqual(
    refused("invalid token value!", 401),
  );
  expect(plain(await ask("GET", "/version", {}, { Authorization: "PVEAPIToken=a@pve!b=c" }))).toEqual(
    refused("no such token 'a@pve!b'", 401),
  );
  expect(plain(await ask("GET", "/version"))).toEqual({
    status: 200,
    body: { data: { version: "9.1.4", release: "9.1", repoid: "5ac30304265fbd8e" } },
  });
  expect(plain(await ask("POST", "/access/ticket", { username: "root@pam", password: "x" }, {}))).toEqual(
    refused("authentication failure", 401),
  );
  const given = data(await ask("POST", "/access/ticket", { username: "root@pam", password: "secret" }, {})) as {
    readonly ticket: string;
    readonly CSRFPreventionToken: string;
  };
  const Cookie = `PVEAuthCookie=${encodeURIComponent(given.ticket)}`;
  expect((await ask("GET", "/nodes", {}, { Cookie })).status).toBe(200);
  expect(plain(await ask("POST", "/nodes/pve1/qemu", { vmid: "100" }, { Cookie }))).toEqual(
    refused("Permission denied - invalid csrf token", 401),
  );
  const CSRFPreventionToken = given.CSRFPreventionToken;
  expect((await ask("POST", "/nodes/pve1/qemu", { vmid: "100" }, { Cookie, CSRFPreventionToken })).status).toBe(200);
  expect(plain(await ask("GET", "/nowhere"))).toEqual(refused("Method 'GET /nowhere' not implemented", 501));
});

test("a node downloads an image once, for itself alone, and checks it", async () => {
  const { ask } = await proxmox({
    model: {
      download: (url) =>
        url.endsWith("gone.qcow2") ? undefined : { size: 1000, checksums: { sha512: "ab".repeat(64) } },
    },
  });
  const path = "/nodes/pve1/storage/local/download-url";
  const task = data(await ask("POST", path, image));
  expect(task).toMatch(upid("download", "debian-13.qcow2"));
  expect(data(await ask("GET", `/nodes/pve1/tasks/${encodeURIComponent(String(task))}/status`))).toMatchObject({
    status: "stopped",
    exitstatus: "OK",
  });
  expect(data(await ask("GET", "/nodes/pve1/storage/local/content", { content: "import" }))).toEqual([
    { volid: "local:import/debian-13.qcow2", content: "import", format: "qcow2", size: 1000, ctime: 1_795_262_400 },
  ]);
  expect(data(await ask("GET", "/nodes/pve2/storage/local/content"))).toEqual([]);
  expect(plain(await ask("POST", path, image))).toEqual(
    refused("refusing to override existing file 'debian-13.qcow2'"),
  );
  expect(plain(await ask("POST", path, { ...image, filename: "debian.txt" }))).toEqual(
    wrong({ filename: "wrong file extension" }),
  );
  expect(plain(await ask("POST", "/nodes/pve1/storage/local-lvm/download-url", image))).toEqual(
    refused("storage 'local-lvm' is not configured for content-type 'import'"),
  );
  const bad = data(await ask("POST", path, { ...image, filename: "other.qcow2", checksum: "cd".repeat(64) }));
  const at = `/nodes/pve1/tasks/${encodeURIComponent(String(bad))}`;
  const reason = `checksum mismatch: got '${"ab".repeat(64)}' != expect '${"cd".repeat(64)}'`;
  expect(data(await ask("GET", `${at}/status`))).toMatchObject({ exitstatus: reason });
  expect(data(await ask("GET", `${at}/log`))).toEqual([{ n: 1, t: `TASK ERROR: ${reason}` }]);
  expect(plain(await ask("GET", "/nodes/pve1/query-url-metadata", { url: "https://x/gone.qcow2" }))).toEqual(
    refused("invalid server response: '404 Not Found'"),
  );
  const volume = "/nodes/pve1/storage/local/content/local%3Aimport%2Fdebian-13.qcow2";
  expect((await ask("DELETE", volume)).status).toBe(200);
  expect(plain(await ask("DELETE", volume))).toEqual(refused("volume 'local:import/debian-13.qcow2' does not exist"));
});

test("a virtual machine through its life", async () => {
  const { ask, model } = await proxmox();
  await ask("POST", "/nodes/pve1/storage/local/download-url", image);
  expect(data(await ask("GET", "/cluster/nextid"))).toBe("100");
  expect(data(await ask("POST", "/nodes/pve1/qemu", machine))).toMatch(upid("qmcreate", "100"));
  const { digest, smbios1, vmgenid, meta, ...config } = data(await ask("GET", "/nodes/pve1/qemu/100/config")) as Record<
    string,
    unknown
  >;
  expect([digest, smbios1, vmgenid, meta].map((value) => typeof value)).toEqual(Array(4).fill("string"));
  expect(config).toEqual({
    agent: "enabled=0,type=virtio",
    cores: 2,
    ide2: "local-lvm:vm-100-cloudinit,media=cdrom,size=4M",
    ide3: "cdrom,media=cdrom",
    ipconfig0: "ip=10.0.40.101/24,gw=10.0.40.1",
    memory: "4096",
    name: "homelab-cp-1",
    net0: expect.stringMatching(/^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0,tag=40$/),
    scsi0: "local-lvm:vm-100-disk-0,size=3G",
    scsi1: "local-lvm:vm-100-disk-1,size=20G,ssd=1",
    tags: "a;b",
  });
  const at = "/nodes/pve1/qemu/100";
  await ask("PUT", `${at}/resize`, { disk: "scsi0", size: "32G" });
  const shrunk = data(await ask("PUT", `${at}/resize`, { disk: "scsi0", size: "8G" }));
  expect(data(await ask("GET", `/nodes/pve1/tasks/${encodeURIComponent(String(shrunk))}/status`))).toMatchObject({
    exitstatus: "shrinking disks is not supported",
  });
  expect(data(await ask("GET", `${at}/config`))).toMatchObject({ scsi0: "local-lvm:vm-100-disk-0,size=32G" });
  expect(data(await ask("POST", `${at}/status/start`))).toMatch(upid("qmstart", "100"));
  expect(plain(await ask("POST", `${at}/status/start`))).toEqual(refused("VM 100 already running"));
  // Neither a CD-ROM drive, which the provider always adds, nor the cloud-init drive is what it boots from.
  expect(model.machines()).toMatchObject([{ disks: ["/dev/sda", "/dev/sdb"], boot: { image: image.url } }]);
  expect(data(await ask("GET", `${at}/status/current`))).toMatchObject({ status: "running", vmid: 100 });
  expect(data(await ask("GET", "/cluster/resources", { type: "vm" }))).toMatchObject([
    { id: "qemu/100", node: "pve1", type: "qemu", name: "homelab-cp-1", status: "running" },
  ]);
  expect(plain(await ask("DELETE", at))).toEqual(refused("VM 100 is running - destroy failed"));
  await ask("PUT", `${at}/config`, { protection: "1" });
  await ask("POST", `${at}/status/stop`);
  expect(plain(await ask("DELETE", at))).toEqual(refused("can't remove VM 100 - protection mode enabled"));
  expect(plain(await ask("PUT", `${at}/config`, { delete: "scsi1" }))).toEqual(
    refused("can't remove drive 'scsi1' - protection mode enabled"),
  );
  await ask("PUT", `${at}/config`, { protection: "0" });
  expect((await ask("DELETE", `${at}/`, { purge: "1" })).status).toBe(200);
  expect(plain(await ask("GET", `${at}/status/current`))).toEqual(
    refused("Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist"),
  );
  expect(data(await ask("GET", "/nodes/pve1/storage/local-lvm/content"))).toEqual([]);
});

test("what a request cannot ask for, parameter by parameter", async () => {
  const { ask } = await proxmox();
  await ask("POST", "/nodes/pve1/storage/local/download-url", image);
  const create = async (more: Readonly<Record<string, string>>, node = "pve1") =>
    plain(await ask("POST", `/nodes/${node}/qemu`, { ...machine, ...more }));
  expect(await create({ vmid: "7" })).toEqual(
    wrong({ vmid: "invalid format - value does not look like a valid VM ID" }),
  );
  expect(await create({ name: "cp_1", cores: "0", net0: "model=virtio,tag=4095", ipconfig0: "gw=10.0.40.1" })).toEqual(
    wrong({
      name: "invalid format - value does not look like a valid DNS name",
      cores: "value must have a minimum value of 1",
      net0: "invalid format - tag: value must have a maximum value of 4094",
      ipconfig0: "invalid format - gateway specified without specifying an IP address",
    }),
  );
  expect(await create({ pool: "none" })).toEqual(refused("pool 'none' does not exist"));
  expect(await create({}, "pve9")).toEqual(
    refused("hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known"),
  );
  await create({});
  expect(await create({})).toEqual(refused("unable to create VM 100 - VM 100 already exists on node 'pve1'"));
  expect(plain(await ask("GET", "/cluster/nextid", { vmid: "100" }))).toEqual(wrong({ vmid: "VM 100 already exists" }));
  expect(data(await ask("GET", "/cluster/nextid"))).toBe("101");
});

test("what only the work itself finds out ends the task, and leaves nothing half made", async () => {
  const { ask, model } = await proxmox();
  const exit = async (task: unknown, node: string) =>
    (
      data(await ask("GET", `/nodes/${node}/tasks/${encodeURIComponent(String(task))}/status`)) as {
        exitstatus: string;
      }
    ).exitstatus;
  const create = async (more: Readonly<Record<string, string>>, node = "pve1") =>
    exit(data(await ask("POST", `/nodes/${node}/qemu`, { ...machine, ...more })), node);
  expect(await create({})).toBe(
    "scsi0: import failed: volume 'local:import/debian-13.qcow2' does not exist on node 'pve1'",
  );
  const scsi0 = "file=local:8";
  expect(await create({ scsi0 })).toBe("storage 'local' does not support vm images");
  expect(await create({ scsi0: "file=local-lvm:90", scsi1: "file=local-lvm:11" })).toBe(
    "unable to allocate 11G on storage 'local-lvm' of node 'pve1': 10G are free",
  );
  expect(await create({ scsi0: "file=local-lvm:8,format=qcow2" })).toBe(
    "unsupported format 'qcow2' on storage 'local-lvm' of type 'lvmthin'",
  );
  expect(model.machines()).toEqual([]);
  const small = { scsi0: "file=local-lvm:8" };
  const start = async (vmid: string, more: Readonly<Record<string, string>>) => {
    expect(await create({ ...small, vmid, ...more }, "pve2")).toBe("OK");
    return exit(data(await ask("POST", `/nodes/pve2/qemu/${vmid}/status/start`)), "pve2");
  };
  expect(await start("101", { cores: "8", scsi1: "file=local-lvm:1" })).toBe("MAX 4 vcpus allowed per VM on this node");
  expect(await start("102", { net0: "model=virtio,bridge=vmbr7", scsi1: "file=local-lvm:1" })).toBe(
    "bridge 'vmbr7' does not exist",
  );
  expect(await start("103", { memory: "6144", scsi1: "file=local-lvm:1" })).toBe("OK");
  expect(await start("104", { memory: "4096", scsi1: "file=local-lvm:1" })).toContain("Cannot allocate memory");
  expect(
    await start("105", { memory: "1024", cicustom: "user=local:snippets/none.yaml", scsi1: "file=local-lvm:1" }),
  ).toBe("can't open snippet 'local:snippets/none.yaml' on node 'pve2' - No such file or directory");
});

test("a template is cloned, whole or linked, with its own disks and addresses", async () => {
  const { ask } = await proxmox({
    model: { templates: [{ vmid: 9000, node: "pve1", name: "debian-13", storage: "local-lvm", disk: 3 }] },
  });
  const at = "/nodes/pve1/qemu/9000";
  expect(plain(await ask("POST", `${at}/status/start`))).toEqual(refused("you can't start a vm if it's a template"));
  expect(plain(await ask("POST", `${at}/clone`, { newid: "100", storage: "local-lvm" }))).toEqual(
    wrong({ storage: "parameter 'storage' not allowed for linked clones" }),
  );
  expect(plain(await ask("POST", `${at}/clone`, { newid: "100", full: "1", target: "pve2" }))).toEqual(
    refused("can't clone VM to node 'pve2' (VM uses local storage): disk 'scsi0' is on 'local-lvm:base-9000-disk-0'"),
  );
  expect(data(await ask("POST", `${at}/clone`, { newid: "100", full: "1", name: "cp-1" }))).toMatch(
    upid("qmclone", "100"),
  );
  expect(data(await ask("GET", "/nodes/pve1/qemu/100/config"))).toMatchObject({
    name: "cp-1",
    scsi0: "local-lvm:vm-100-disk-0,size=3G",
  });
});

test("the guest's agent answers when it is enabled, and runs", async () => {
  let runs = false;
  const { ask } = await proxmox({ agentAnswers: () => runs });
  await ask("POST", "/nodes/pve1/qemu", { ...machine, scsi0: "file=local-lvm:8" });
  const at = "/nodes/pve1/qemu/100";
  const agent = () => ask("GET", `${at}/agent/network-get-interfaces`);
  expect(plain(await agent())).toEqual(refused("No QEMU guest agent configured"));
  await ask("PUT", `${at}/config`, { agent: "enabled=1" });
  expect(plain(await agent())).toEqual(refused("VM 100 is not running"));
  await ask("POST", `${at}/status/start`);
  expect(plain(await agent())).toEqual(refused("QEMU guest agent is not running"));
  runs = true;
  expect(data(await agent())).toMatchObject({
    result: [{ name: "lo" }, { name: "eth0", "ip-addresses": [{ "ip-address": "10.0.40.101", prefix: 24 }] }],
  });
});

test("a token does what its privileges allow, by the longest path that leads there", async () => {
  const { ask } = await proxmox({
    model: {
      tokens: [
        {
          token,
          acl: [
            { path: "/", privileges: ["VM.Audit", "Datastore.Audit"] },
            {
              path: "/pool/groundwork",
              privileges: [
                "VM.Allocate",
                "VM.Config.Options",
                "VM.Config.CPU",
                "VM.Config.Memory",
                "VM.Config.Network",
                "VM.Config.Disk",
                "VM.Config.Cloudinit",
                "VM.PowerMgmt",
              ],
            },
            { path: "/storage/local-lvm", privileges: ["Datastore.AllocateSpace"] },
          ],
        },
      ],
    },
  });
  const form = { ...machine, scsi0: "file=local-lvm:8" };
  expect(plain(await ask("POST", "/nodes/pve1/qemu", form))).toEqual(
    refused("Permission check failed (/vms/100, VM.Allocate)", 403),
  );
  const pooled = { ...form, pool: "groundwork" };
  expect(plain(await ask("POST", "/nodes/pve1/qemu", pooled))).toEqual(
    refused("Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)", 403),
  );
  const { net0: _net, ...offline } = pooled;
  expect((await ask("POST", "/nodes/pve1/qemu", offline)).status).toBe(200);
  expect((await ask("POST", "/nodes/pve1/qemu/100/status/start")).status).toBe(200);
  expect(plain(await ask("POST", "/nodes/pve1/storage/local/download-url", image))).toEqual(
    refused("Permission check failed (/storage/local, Datastore.AllocateTemplate)", 403),
  );
  expect(plain(await ask("GET", "/storage/local"))).toEqual(
    refused("Permission check failed (/storage/local, Datastore.Allocate)", 403),
  );
});

test("while a task makes a machine its configuration is locked; one that is to fail does nothing", async () => {
  const { ask, time, model } = await proxmox({ taskSeconds: 10 }, [
    { match: { method: "POST", path: "/nodes/*/qemu" }, kind: "failed-action", message: "out of space", times: 1 },
    { match: { path: "/nodes/*/qemu/*/status/start" }, kind: "slow-action", seconds: 300, after: 1 },
    { match: { path: "/nodes/*/qemu/*/status/stop" }, kind: "refuse", code: "596", message: "broken pipe" },
  ]);
  const form = { ...machine, scsi0: "file=local-lvm:8" };
  const status = async (task: unknown) =>
    data(await ask("GET", `/nodes/pve1/tasks/${encodeURIComponent(String(task))}/status`));
  const failed = data(await ask("POST", "/nodes/pve1/qemu", form));
  time.pass(10);
  expect(await status(failed)).toMatchObject({ status: "stopped", exitstatus: "out of space" });
  expect(model.machines()).toEqual([]);
  const made = data(await ask("POST", "/nodes/pve1/qemu", form));
  expect(await status(made)).toMatchObject({ status: "running" });
  expect(data(await ask("GET", "/nodes/pve1/qemu/100/status/current"))).toMatchObject({ lock: "create" });
  expect(plain(await ask("POST", "/nodes/pve1/qemu/100/status/start"))).toEqual(refused("VM is locked (create)"));
  time.pass(10);
  const started = data(await ask("POST", "/nodes/pve1/qemu/100/status/start"));
  time.pass(299);
  expect(await status(started)).toMatchObject({ status: "running" });
  time.pass(1);
  expect(await status(started)).toMatchObject({ status: "stopped", exitstatus: "OK" });
  expect((await ask("POST", "/nodes/pve1/qemu/100/status/stop")).body).toEqual({
    data: null,
    message: "broken pipe\n",
  });
});

test("it speaks TLS, as real ones do, with a certificate of its own", async () => {
  const tls = await selfSigned("pve1.example.com");
  const { door } = await proxmox({ tls });
  const answered = await new Promise<{ readonly status: number | undefined; readonly protocol: string | null }>(
    (resolve, reject) => {
      const asked = request(
        `${door.url}/api2/json/version`,
        { ca: tls.cert, servername: "pve1.example.com", headers: { Authorization: `PVEAPIToken=${token}` } },
        (answer) => {
          answer.resume();
          const socket = answer.socket as import("node:tls").TLSSocket;
          resolve({ status: answer.statusCode, protocol: socket.getProtocol() });
        },
      );
      asked.once("error", reject).end();
    },
  );
  expect(answered).toEqual({ status: 200, protocol: "TLSv1.3" });
});
