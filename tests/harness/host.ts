import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Document } from "../../lib/bootstrap/types.ts";

/** What the scripts call on a machine, and what is simulated: nothing of this machine's is ever called in its place. */
const simulated =
  "apt-get chmod cloud-init cp curl date dpkg-query hostnamectl ip journalctl k3s ln mkdir modprobe mv nft rm sleep ssh-keygen sshd swapoff sysctl systemctl systemd-run tailscale timeout uname";
const real = "awk base64 cat cmp cut dirname grep head printf sed sh sha256sum tail tr";

const standin = fileURLToPath(new URL("standin.sh", import.meta.url));

/** What became of a script. `code` is undefined when it was cut off. */
export interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunArgs {
  readonly script: string;
  readonly stdin?: string;
  /** Cut the script off after its n-th command, as a lost connection or a crash would. */
  readonly killAfter?: number;
}

/** Path -> `mode content`, of every file on a machine. */
export type Tree = Readonly<Record<string, string>>;

export interface ClusterView {
  /** Every Node, Ready or not. */
  readonly nodes: readonly string[];
  /** The nodes that etcd has a member of. */
  readonly members: readonly string[];
  /** Named as they were asked for. */
  readonly snapshots: number;
  /** Who holds the lock on the cluster's membership. */
  readonly lock: string | undefined;
}

/** Some machines and what they share: a clock, and the clusters that they form. In a scratch folder. */
export class World {
  readonly path: string;
  readonly bin: string;

  constructor(copyOf?: World) {
    this.path = mkdtempSync(join(tmpdir(), "groundwork-world-"));
    this.bin = join(this.path, "bin");
    mkdirSync(this.bin);
    // One copy each is read by the kernel's own name for it: a script is called by the link that led to it.
    for (const name of simulated.split(" ")) symlinkSync(standin, join(this.bin, name));
    for (const name of real.split(" ")) symlinkSync(which(name), join(this.bin, name));
    if (copyOf !== undefined) {
      cpSync(copyOf.path, this.path, { recursive: true, filter: (path) => path !== copyOf.bin });
      return;
    }
    for (const folder of ["hosts", "clusters", "endpoints", "downloads"]) mkdirSync(join(this.path, folder));
    writeFileSync(join(this.path, "clock"), "1000000\n");
    writeFileSync(join(this.path, "serial"), "0\n");
  }

  /** Everything as it is now, to try something on. */
  copy(): World {
    return new World(this);
  }

  /** The machine at an address. A new one has booted and has run nothing yet. */
  host(name: string, address: string): Host {
    const host = new Host(this, name, address);
    if (!existsSync(host.path)) host.boot();
    return host;
  }

  /** A load balancer in front of some machines. */
  endpoint(address: string, targets: readonly string[]): void {
    writeFileSync(join(this.path, "endpoints", address), `${targets.join("\n")}\n`);
  }

  /** Something that can be downloaded, by the last part of its URL. */
  download(name: string, content: string): void {
    writeFileSync(join(this.path, "downloads", name), content);
  }

  /** Moves the clock on, in seconds. */
  wait(seconds: number): void {
    writeFileSync(join(this.path, "clock"), `${this.now() + seconds}\n`);
  }

  now(): number {
    return Number(readFileSync(join(this.path, "clock"), "utf8"));
  }

  /** Every cluster that was ever started: more than one is a split brain. */
  clusters(): readonly ClusterView[] {
    return list(join(this.path, "clusters")).map((id) => {
      const cluster = join(this.path, "clusters", id);
      const lock = readIf(join(cluster, "lock"));
      return {
        nodes: list(join(cluster, "nodes")),
        members: list(join(cluster, "members")).map((member) => member.replace(/-[0-9a-f]{8}$/, "")),
        snapshots: (readIf(join(cluster, "snapshots")) ?? "").split("\n").length - 1,
        lock: lock?.split("|")[0],
      };
    });
  }

  /** Commands that a script called and that nothing simulates: a test that relied on one proves nothing. */
  unknown(): string {
    return readIf(join(this.path, "unknown")) ?? "";
  }

  /** Puts a lock on the (first) cluster's membership, as another run would. */
  lock(holder: string, expires: number): void {
    writeFileSync(
      join(this.path, "clusters", list(join(this.path, "clusters"))[0] ?? "", "lock"),
      `${holder}|${expires}|1\n`,
    );
  }

  /** Sets something inside the world by its path, as listed in standin.sh. */
  set(path: string, content: string): void {
    writeFileSync(join(this.path, path), `${content}\n`);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** One machine: a root folder, and the state that the stand-ins keep beside it. */
export class Host {
  readonly world: World;
  readonly name: string;
  readonly address: string;
  readonly path: string;
  /** What is `/` on the machine. */
  readonly root: string;

  constructor(world: World, name: string, address: string) {
    this.world = world;
    this.name = name;
    this.address = address;
    this.path = join(world.path, "hosts", address);
    this.root = join(this.path, "root");
  }

  /** As a new machine: an empty disk, nothing running. */
  boot(): void {
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(join(this.path, "units"), { recursive: true });
    mkdirSync(join(this.root, "etc"), { recursive: true });
    for (const [file, content] of [
      ["name", this.name],
      ["address", this.address],
      ["machine", "x86_64"],
      ["packages", "ca-certificates"],
      ["cloud-init", "status: done"],
      ["calls", "0"],
      ["log", ""],
    ] as const) {
      this.state(file, content);
    }
    this.write("/etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
    this.state("units/ssh.active", "");
  }

  /** Runs a script as its SSH server would: with the machine's shell, as root, with its commands. */
  async run(args: RunArgs): Promise<Outcome> {
    this.state("calls", "0");
    const child = spawn("/bin/sh", ["-c", args.script], {
      // A process group of its own: cutting a script off takes its children along, and nothing else.
      detached: true,
      cwd: this.root,
      env: {
        PATH: this.world.bin,
        ROOT: this.root,
        HOST: this.path,
        WORLD: this.world.path,
        ...(args.killAfter === undefined ? {} : { KILL_AFTER: String(args.killAfter) }),
      },
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(args.stdin ?? "");
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { code: code ?? undefined, stdout: await stdout, stderr: await stderr };
  }

  /** How many commands the last script called: each is a place where it can be cut off. */
  calls(): number {
    return Number(readFileSync(join(this.path, "calls"), "utf8"));
  }

  /** The commands called so far, oldest first. */
  log(): readonly string[] {
    return (readIf(join(this.path, "log")) ?? "").split("\n").slice(0, -1);
  }

  /** The files of a document, as cloud-init writes them. */
  place(document: Document): void {
    for (const file of document.files) this.write(file.path, file.content, file.mode);
  }

  write(path: string, content: string, mode = "0644"): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content, { mode: Number.parseInt(mode, 8) });
  }

  read(path: string): string | undefined {
    return readIf(join(this.root, path));
  }

  /** Sets what a stand-in keeps about the machine; see standin.sh. */
  state(name: string, content: string): void {
    writeFileSync(join(this.path, name), content === "" ? "" : `${content}\n`);
  }

  stateOf(name: string): string | undefined {
    return readIf(join(this.path, name))?.trimEnd();
  }

  /** Power cut: nothing on it answers from now on. */
  die(): void {
    this.state("down", "");
  }

  tree(): Tree {
    return Object.fromEntries(
      walk(this.root, "").map((path) => [path, `${mode(join(this.root, path))} ${this.read(path) ?? ""}`]),
    );
  }
}

function which(name: string): string {
  const found = ["/usr/bin", "/bin"].map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`the test harness needs ${name}, which this machine does not have → install it`);
  return found;
}

function walk(folder: string, prefix: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? walk(join(folder, entry.name), path) : [path];
    })
    .sort();
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function list(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function readIf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
