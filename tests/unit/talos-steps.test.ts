import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  applyStep,
  backupStep,
  bootstrapStep,
  kubeconfigStep,
  leaveStep,
  memberStep,
  recoverStep,
  resetStep,
  talosStdin,
  wipeEtcdStep,
} from "../../lib/talos/steps.ts";
import { missing, onPath } from "../harness/tools.ts";

// The steps' own shell, with a stand-in for talosctl whose machines are folders: `configured` and `etcd` are files in them.

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "groundwork-talos-steps-"));
  for (const folder of ["bin", "tmp", "machines"]) mkdirSync(join(root, folder));
  stub("talosctl", standin);
  stub("kubectl", 'echo "kubectl $*" >>"$STANDIN/calls"');
  // Nobody waits in a test.
  stub("sleep", "exit 0");
});
afterEach(() => rmSync(root, { recursive: true }));

const standin = `
echo "$*" >>"$STANDIN/calls"
at="" file="" insecure="" verb="" wipe=""
while [ $# -gt 0 ]; do
  case $1 in
    --nodes) at=$2; shift ;;
    --file) file=$2; shift ;;
    --image) image=$2; shift ;;
    --talosconfig) grep -q the-talosconfig "$2" || exit 1; shift ;;
    --system-labels-to-wipe) wipe="$wipe $2"; shift ;;
    --endpoints|--mode|-o) shift ;;
    --insecure) insecure=1 ;;
    --*) ;;
    *) verb="$verb $1"; last=$1 ;;
  esac
  shift
done
machine=$STANDIN/machines/$at
[ -d "$machine" ] || exit 1
case "$verb" in
  " get disks") [ ! -f "$machine/configured" ] && printf 'spec:\\n    dev_path: /dev/sda\\n    symlinks:\\n        - /dev/disk/by-id/a\\n' ;;
  " apply-config") [ -n "$insecure" ] || [ -f "$machine/configured" ] || exit 1; cat "$file" >"$machine/configured" ;;
  " version") [ -f "$machine/configured" ] || exit 1
    [ ! -f "$machine/release" ] || printf 'Client:\\n\\tTalos v9.9.9\\nServer:\\n\\tNODE: x\\n\\tTag:         %s\\n' "$(cat "$machine/release")" ;;
  " get extensions") [ ! -f "$machine/schematic" ] || printf 'metadata:\\n    version: 1\\nspec:\\n    metadata:\\n        name: schematic\\n        version: %s\\n' "$(cat "$machine/schematic")" ;;
  " upgrade") echo "$image" | sed 's/.*://' >"$machine/release"; echo "$image" | sed 's/.*\\/\\(.*\\):.*/\\1/' >"$machine/schematic" ;;
  " bootstrap") echo bootstrap >>"$machine/etcd" ;;
  " etcd members") [ -f "$machine/etcd" ] && [ ! -f "$machine/sick" ] || exit 1
    printf 'NODE  ID  HOSTNAME  PEER URLS  CLIENT URLS  LEARNER\\n'
    for each in "$STANDIN"/machines/*/etcd; do
      each=\${each%/etcd}; each=\${each##*/}
      printf '%s a1 node-%s https://%s:2380 https://%s:2379 false\\n' "$at" "$each" "$each" "$each"
    done ;;
  " etcd snapshot"*) [ ! -f "$machine/no-snapshot" ] || exit 1; echo snapshot >"$last" ;;
  " service etcd")
    if [ -f "$machine/configured" ] && [ ! -f "$machine/etcd" ]; then echo 'STATE    Preparing'; exit 0; fi
    [ -f "$machine/etcd" ] && [ ! -f "$machine/sick" ] && echo 'HEALTH   OK' ;;
  " service kubelet") echo 'HEALTH   OK' ;;
  " get nodestatus") echo true ;;
  " reset") rm -f "$machine/etcd"; case $wipe in *STATE*) rm -f "$machine/configured" ;; esac ;;
  " kubeconfig"*) echo the-kubeconfig >"$last" ;;
  *) exit 2 ;;
esac`;

function stub(name: string, body: string): void {
  const file = join(root, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
}

const machine = (address: string, ...files: readonly string[]): void => {
  mkdirSync(join(root, "machines", address));
  for (const file of files) writeFileSync(join(root, "machines", address, file), "");
};

function run(script: string, ...more: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", script], {
    input: talosStdin("the-talosconfig", ...more),
    encoding: "utf8",
    env: {
      PATH: `${join(root, "bin")}:/usr/bin:/bin`,
      ...{ TMPDIR: join(root, "tmp"), HOME: root, XDG_STATE_HOME: join(root, "state"), STANDIN: root },
    },
  });
  // Whatever becomes of a step, nothing of what it was given stays on the disk.
  expect(readdirSync(join(root, "tmp"))).toEqual([]);
  return { status, stdout, said: stderr.split("\n").filter((line) => line.startsWith("groundwork: ")) };
}

const calls = (): string => (existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8") : "");
const has = (address: string, file: string): boolean => existsSync(join(root, "machines", address, file));

const apply = { name: "cp-1", address: "10.0.0.1", disk: "/dev/sda", timeout: 5 };

test("a machine in maintenance mode takes its configuration without credentials, a member as the administrator", () => {
  machine("10.0.0.1");
  expect(run(applyStep(apply), "the-configuration")).toMatchObject({ status: 0 });
  expect(calls()).toContain("apply-config --insecure");
  expect(readFileSync(join(root, "machines/10.0.0.1/configured"), "utf8")).toBe("the-configuration");
  rmSync(join(root, "calls"));
  writeFileSync(join(root, "machines/10.0.0.1/release"), "v1.13.9");
  expect(run(applyStep(apply), configured(`${installer}/aaa:v1.13.9`)).status).toBe(0);
  expect(calls()).not.toContain("apply-config --insecure");
  expect(readFileSync(join(root, "machines/10.0.0.1/configured"), "utf8")).toContain("machine:");
});

const configured = (image: string): string => `machine:\n  install:\n    disk: /dev/sda\n    image: ${image}\n`;
const installer = "factory.talos.dev/metal-installer";

test.each([
  ["the same image", "v1.13.9", "aaa", `${installer}/aaa:v1.13.9`, undefined],
  ["an image without a schematic", "v1.13.9", undefined, `${installer}/aaa:v1.13.9`, undefined],
  ["a patch", "v1.13.8", "aaa", `${installer}/aaa:v1.13.9`, "v1.13.9"],
  ["the next minor", "v1.12.7", "aaa", `${installer}/aaa:v1.13.9`, "v1.13.9"],
  ["another schematic", "v1.13.9", "aaa", `${installer}/bbb:v1.13.9`, "v1.13.9"],
])(
  "a member that runs an image is upgraded when its configuration names another: %s",
  (_, release, schematic, image, to) => {
    machine("10.0.0.1", "configured");
    writeFileSync(join(root, "machines/10.0.0.1/release"), release);
    if (schematic !== undefined) writeFileSync(join(root, "machines/10.0.0.1/schematic"), schematic);
    expect(run(applyStep(apply), configured(image)).said).toEqual([
      ...(to === undefined ? [] : [`groundwork: cp-1 goes from Talos ${release} to ${image}`]),
      "groundwork: cp-1 has its configuration",
    ]);
    expect(calls().includes(`upgrade --image ${image}`)).toBe(to !== undefined);
    expect(readFileSync(join(root, "machines/10.0.0.1/configured"), "utf8")).toBe(configured(image));
  },
);

test.each([
  ["back", "v1.13.9", "v1.12.7", /from which no way leads back to v1\.12\.7: nothing was changed/],
  [
    "over a minor",
    "v1.11.2",
    "v1.13.9",
    /no minor may be left out .*: nothing was changed\. Go to a release of 1\.12 first/,
  ],
])("nobody goes %s", (_, release, to, message) => {
  machine("10.0.0.1", "configured");
  writeFileSync(join(root, "machines/10.0.0.1/release"), release);
  const { status, said } = run(applyStep(apply), configured(`${installer}/aaa:${to}`));
  expect(status).toBe(1);
  expect(said[0]).toMatch(message);
  expect(calls()).not.toContain("apply-config");
});

test("no secret is in an argument: process lists show file names only", () => {
  machine("10.0.0.1");
  run(applyStep(apply), "the-configuration");
  expect(calls()).not.toContain("the-configuration");
  expect(calls()).not.toContain("the-talosconfig");
});

test("a disk that is not there is named, and the machine is left alone; a link to one will do", () => {
  machine("10.0.0.1");
  const { status, said } = run(applyStep({ ...apply, disk: "/dev/sd" }), "the-configuration");
  expect({ status, said }).toEqual({
    status: 1,
    said: [
      "groundwork: cp-1 has no disk /dev/sd: nothing was changed. It has: /dev/sda . Name one of them in the stack file",
    ],
  });
  expect(has("10.0.0.1", "configured")).toBe(false);
  expect(run(applyStep({ ...apply, disk: "/dev/disk/by-id/a" }), "the-configuration").status).toBe(0);
});

test("a machine that nobody has booted is said to be missing, within the step's time", () => {
  expect(run(applyStep({ ...apply, timeout: 1 }), "the-configuration").said[0]).toMatch(
    /^groundwork: cp-1 does not answer at 10\.0\.0\.1 after 1s, .*: boot it from its image/,
  );
});

test("without talosctl nothing is tried", () => {
  rmSync(join(root, "bin/talosctl"));
  expect(run(applyStep(apply), "the-configuration").said[0]).toMatch(/^groundwork: talosctl is not on PATH/);
});

const bootstrap = bootstrapStep({
  name: "cp-1",
  address: "10.0.0.1",
  peers: ["10.0.0.2"],
  timeout: 1,
  again: "accept",
});

test("a cluster is started once, whatever is run again", () => {
  machine("10.0.0.1", "configured");
  machine("10.0.0.2", "configured");
  expect(run(bootstrap).said).toEqual(["groundwork: cp-1 started the cluster"]);
  expect(run(bootstrap).said).toEqual(["groundwork: the cluster is there already: etcd runs at 10.0.0.1"]);
  const again = bootstrapStep({ ...{ name: "cp-1", address: "10.0.0.1", peers: [], timeout: 1 }, again: "refuse" });
  expect(run(again)).toMatchObject({
    status: 1,
    said: [
      "groundwork: the cluster is there already: etcd runs at 10.0.0.1. A second bootstrap would be a second cluster: nothing was changed",
    ],
  });
  expect(readFileSync(join(root, "machines/10.0.0.1/etcd"), "utf8")).toBe("bootstrap\n");
});

test("a blank first machine starts no second cluster beside the one that another control plane has, or may have", () => {
  machine("10.0.0.1", "configured");
  expect(run(bootstrap).said[0]).toMatch(/^groundwork: the control plane at 10\.0\.0\.2 does not answer/);
  machine("10.0.0.2", "configured", "etcd");
  expect(run(bootstrap).said).toEqual(["groundwork: the cluster is there already: etcd runs at 10.0.0.2"]);
  expect(has("10.0.0.1", "etcd")).toBe(false);
});

const leaving = { name: "node-10.0.0.1", address: "10.0.0.1", timeout: 5 };

test("a control plane leaves after a snapshot, drained and reset, and its Node goes", () => {
  for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) machine(address, "configured", "etcd");
  const { status } = run(leaveStep({ ...leaving, peers: ["10.0.0.2", "10.0.0.3"] }));
  expect(status).toBe(0);
  const order = ["etcd snapshot", "reset --graceful", "delete node node-10.0.0.1"].map((text) => calls().indexOf(text));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order.includes(-1)).toBe(false);
  expect(readdirSync(join(root, "state/groundwork/etcd")).length).toBe(1);
  expect(run(memberStep({ ...leaving, role: "control-plane", peer: "10.0.0.2", timeout: 1 })).said[0]).toContain(
    "it does not answer at 10.0.0.1",
  );
});

test("nobody leaves while another control plane's etcd is not healthy", () => {
  machine("10.0.0.1", "configured", "etcd");
  machine("10.0.0.2", "configured", "etcd");
  // It has joined since the step was written down.
  machine("10.0.0.3", "configured", "etcd", "sick");
  const { status, said } = run(leaveStep({ ...leaving, peers: ["10.0.0.2"] }));
  expect(status).toBe(1);
  expect(said[0]).toContain(
    "etcd at 10.0.0.3 is not healthy, and two changes at once risk the quorum: nothing was changed",
  );
  expect(has("10.0.0.1", "etcd")).toBe(true);
});

test("a control plane leaves although others that it knew have left before it", () => {
  machine("10.0.0.1", "configured", "etcd");
  machine("10.0.0.2", "configured", "etcd");
  machine("10.0.0.3");
  expect(run(leaveStep({ ...leaving, peers: ["10.0.0.2", "10.0.0.3", "10.0.0.4"] })).status).toBe(0);
  expect(has("10.0.0.1", "etcd")).toBe(false);
});

test("the only control plane stays; once others have come it leaves, though it knew none when it joined", () => {
  machine("10.0.0.1", "configured", "etcd");
  const alone = leaveStep({ ...leaving, peers: [] });
  expect(run(alone)).toMatchObject({
    status: 1,
    said: [
      "groundwork: node-10.0.0.1 holds the last etcd member, and removing it would end the cluster: nothing was changed. To remove the cluster, destroy the stack",
    ],
  });
  expect(has("10.0.0.1", "etcd")).toBe(true);
  machine("10.0.0.2", "configured", "etcd");
  expect(run(alone).status).toBe(0);
  expect(has("10.0.0.1", "etcd")).toBe(false);
});

test("nobody leaves while etcd does not say who its members are: a control plane would pass for a worker", () => {
  machine("10.0.0.1", "configured", "etcd");
  machine("10.0.0.2", "configured");
  const { status, said } = run(leaveStep({ ...leaving, peers: ["10.0.0.2"] }));
  expect(status).toBe(1);
  expect(said).toEqual([
    "groundwork: etcd at 10.0.0.2 does not say who its members are: nothing was changed. Look at 'talosctl --nodes 10.0.0.2 service etcd', and run again",
  ]);
  expect(has("10.0.0.1", "configured")).toBe(true);
});

test("a kubeconfig is printed and left nowhere; a reset machine is back in maintenance mode", () => {
  machine("10.0.0.1", "configured", "etcd");
  expect(run(kubeconfigStep({ address: "10.0.0.1", renewal: {}, timeout: 5 })).stdout).toBe("the-kubeconfig\n");
  expect(run(resetStep({ name: "cp-1", address: "10.0.0.1", timeout: 5 })).status).toBe(0);
  expect(has("10.0.0.1", "configured")).toBe(false);
});

const noShellcheck = !onPath("shellcheck");
if (noShellcheck) console.warn(missing("shellcheck"));

test.skipIf(noShellcheck)("shellcheck finds nothing in a composed step", () => {
  for (const script of [applyStep(apply), bootstrap, leaveStep({ ...leaving, peers: ["10.0.0.2"] })]) {
    const { status, stdout } = spawnSync("shellcheck", ["-s", "sh", "-e", "SC2317", "-"], {
      input: script,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  }
});

test("a backup comes from the first control plane that gives one, whole, and readable by its owner only", () => {
  machine("10.0.0.1", "configured", "etcd", "sick");
  machine("10.0.0.2", "configured", "etcd");
  const file = join(root, "backups", "one.db");
  const peers = ["10.0.0.9", "10.0.0.1", "10.0.0.2"];
  writeFileSync(join(root, "machines/10.0.0.1/no-snapshot"), "");
  expect(run(backupStep({ peers, file, timeout: 5 }))).toEqual({
    status: 0,
    stdout: "10.0.0.2|9\n",
    said: ["groundwork: 10.0.0.9 does not answer", "groundwork: etcd at 10.0.0.1 gives no snapshot"],
  });
  expect([readFileSync(file, "utf8"), readdirSync(join(root, "backups")), statSync(file).mode & 0o777]).toEqual([
    "snapshot\n",
    ["one.db"],
    0o600,
  ]);
  expect(run(backupStep({ peers: peers.slice(0, 2), file: join(root, "two.db"), timeout: 5 }))).toMatchObject({
    status: 1,
    said: expect.arrayContaining([expect.stringContaining("no control plane of 10.0.0.9 10.0.0.1 gives a snapshot")]),
  });
});

test("a restore takes etcd's data and keeps configurations, once for each machine; then one begins with the snapshot", () => {
  for (const address of ["10.0.0.1", "10.0.0.2"]) machine(address, "configured", "etcd");
  const wipe = (address: string, look = false) =>
    run(wipeEtcdStep({ name: `node-${address}`, address, look, timeout: 5 }));
  expect(wipe("10.0.0.1", true)).toMatchObject({ status: 0, said: [] });
  expect(has("10.0.0.1", "etcd")).toBe(true);
  for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.1"]) expect(wipe(address)).toMatchObject({ status: 0 });
  expect(calls().match(/ reset .*/g)).toEqual(
    [1, 2].map(() => " reset --graceful=false --reboot --wait=false --system-labels-to-wipe EPHEMERAL"),
  );
  expect(["10.0.0.1", "10.0.0.2"].map((address) => [has(address, "configured"), has(address, "etcd")])).toEqual([
    [true, false],
    [true, false],
  ]);
  expect(wipe("10.0.0.9", true)).toMatchObject({
    status: 1,
    said: [expect.stringContaining("node-10.0.0.9 does not answer at 10.0.0.9: nothing was changed on it")],
  });
  const recover = { name: "node-10.0.0.1", address: "10.0.0.1", file: "/backups/one.db", timeout: 5 };
  expect(run(recoverStep(recover))).toMatchObject({
    status: 0,
    said: ["groundwork: node-10.0.0.1 has the data of /backups/one.db"],
  });
  expect(calls()).toContain("bootstrap --recover-from=/backups/one.db");
});
