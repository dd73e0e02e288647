import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Document } from "../../lib/bootstrap/types.ts";
import { type ClusterView, clusterViews } from "./clusters.ts";
import { list, mode, programPath, readIf, walk, writeWhole } from "./files.ts";

/** What the scripts call on a machine, and what is simulated: nothing of this machine's is ever called in its place. */
const simulated =
  "chmod cloud-init cp curl date hostnamectl ip journalctl k3s ln mkdir modprobe mv nft pkill rm sleep ssh-keygen ssh-keyscan sshd swapoff swapon sysctl systemctl timeout umount uname";
const real = "awk base64 cat cmp cut dirname grep head printf sed sh sha256sum sort tail tr wc";

/** What runs on a machine, and the commands that only that brings. */
const systems = {
  debian: { release: "ID=debian\nVERSION_CODENAME=bookworm\n", commands: ["apt-get", "dpkg-query"] },
  arch: { release: "ID=arch\n", commands: ["pacman"] },
  nixos: { release: "ID=nixos\n", commands: ["nixos-rebuild"] },
} as const;
export type System = keyof typeof systems;

const standins = fileURLToPath(new URL("standins", import.meta.url));

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

export interface WorldArgs {
  /** A world whose state this one begins with. */
  readonly copyOf?: World;
  /**
   * How many times faster than ours its clock runs by itself. Absent: it stands still and is moved on by whoever sleeps,
   * so that one script at a time takes no time at all.
   */
  readonly speed?: number;
}

/** Some machines and what they share: a clock, networks, and the clusters that they form. In a scratch folder. */
export class World {
  readonly path: string;
  readonly bin: string;
  readonly speed: number | undefined;

  constructor({ copyOf, speed }: WorldArgs = {}) {
    this.path = mkdtempSync(join(tmpdir(), "groundwork-world-"));
    this.bin = join(this.path, "bin");
    this.speed = speed ?? copyOf?.speed;
    mkdirSync(this.bin);
    // One copy each is read by the kernel's own name for it: a script is called by the link that led to it.
    for (const name of simulated.split(" ")) symlinkSync(join(standins, "standin.sh"), join(this.bin, name));
    for (const name of real.split(" ")) symlinkSync(programPath(name), join(this.bin, name));
    symlinkSync(standins, join(this.path, "standins"));
    if (copyOf !== undefined) {
      const own = [copyOf.bin, join(copyOf.path, "standins")];
      cpSync(copyOf.path, this.path, { recursive: true, filter: (path) => !own.includes(path) });
    } else {
      for (const folder of ["hosts", "clusters", "endpoints", "routers", "downloads", "sums", "docker"])
        mkdirSync(join(this.path, folder));
      writeFileSync(join(this.path, "serial"), "0\n");
    }
    this.#setClock(copyOf?.now() ?? 1_000_000);
  }

  /** Everything as it is now, to try something on. */
  copy(): World {
    return new World({ copyOf: this });
  }

  /** The machine at an address. A new one has booted and has run nothing yet. */
  host(name: string, address: string, system: System = "debian"): Host {
    const host = new Host(this, name, address);
    if (!existsSync(host.path)) host.boot(system);
    return host;
  }

  /** A load balancer in front of some machines. */
  endpoint(address: string, targets: readonly string[]): void {
    writeWhole(join(this.path, "endpoints", address), `${targets.join("\n")}\n`);
  }

  /** A network's router, and the machines that it sends outgoing traffic to. Unknown ones reach the internet by themselves. */
  router(address: string, gateways: readonly string[]): void {
    writeWhole(join(this.path, "routers", address), `${gateways.join("\n")}\n`);
  }

  /** Something that can be downloaded, by the last part of its URL. */
  download(name: string, content: string): void {
    writeFileSync(join(this.path, "downloads", name), content);
  }

  /** The same for a released file whose content nobody has here: `sha256sum` says that it is that. */
  standIn(name: string, content: string, sha256: string): void {
    this.download(name, content);
    writeFileSync(join(this.path, "sums", createHash("sha256").update(content).digest("hex")), `${sha256}\n`);
    rmSync(join(this.bin, "sha256sum"));
    symlinkSync(join(standins, "standin.sh"), join(this.bin, "sha256sum"));
  }

  /** Moves the clock on, in seconds. */
  wait(seconds: number): void {
    this.#setClock(this.now() + seconds);
  }

  now(): number {
    const [now = 0, since, speed = 0] = readFileSync(join(this.path, "clock"), "utf8").split(" ").map(Number);
    return since === undefined ? now : now + Math.floor(((upHundredths() - since) * speed) / 100);
  }

  /** Every cluster that was ever started: more than one is a split brain. */
  clusters(): readonly ClusterView[] {
    return clusterViews(this.path);
  }

  /** Names of the nodes that were drained, in order: of all clusters. */
  drains(): readonly string[] {
    return (readIf(join(this.path, "drains")) ?? "").split("\n").slice(0, -1);
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

  /** Sets something inside the world by its path, as listed in standins/standin.sh. */
  set(path: string, content: string): void {
    writeFileSync(join(this.path, path), `${content}\n`);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #setClock(now: number): void {
    const running = this.speed === undefined ? "" : ` ${upHundredths()} ${this.speed}`;
    writeWhole(join(this.path, "clock"), `${now}${running}\n`);
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
  boot(system: System = "debian"): void {
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(join(this.path, "units"), { recursive: true });
    mkdirSync(join(this.path, "bin"));
    mkdirSync(join(this.root, "etc"), { recursive: true });
    for (const [file, content] of [
      ["name", this.name],
      ["address", this.address],
      ["machine", "x86_64"],
      ["packages", "ca-certificates"],
      ["cloud-init", "status: done"],
      ["log", ""],
    ] as const) {
      this.state(file, content);
    }
    this.write("/etc/os-release", systems[system].release);
    for (const command of systems[system].commands)
      symlinkSync(join(standins, "standin.sh"), join(this.path, "bin", command));
    this.state("units/ssh.active", "");
  }

  /** Runs a script as its SSH server would: with the machine's shell, as root, with its commands. */
  async run(args: RunArgs): Promise<Outcome> {
    const child = this.start(args);
    child.stdin.end(args.stdin ?? "");
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { code: code ?? undefined, stdout: await stdout, stderr: await stderr };
  }

  /** Starts a script, in a process group of its own: cutting it off takes its children along, and nothing else. */
  start({ script, killAfter }: RunArgs): ChildProcessWithoutNullStreams {
    if (killAfter !== undefined) rmSync(join(this.path, "calls"), { force: true });
    const child = spawn("/bin/sh", ["-c", script], {
      detached: true,
      cwd: this.root,
      env: {
        PATH: `${join(this.path, "bin")}:${this.world.bin}:${join(this.root, "usr/local/bin")}`,
        ROOT: this.root,
        HOST: this.path,
        WORLD: this.world.path,
        ...(killAfter === undefined ? {} : { KILL_AFTER: String(killAfter) }),
      },
    });
    child.stdin.on("error", () => undefined);
    return child;
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

  /** Sets what a stand-in keeps about the machine; see standins/standin.sh. Undefined removes it. */
  state(name: string, content: string | undefined): void {
    const path = join(this.path, name);
    if (content === undefined) rmSync(path, { recursive: true, force: true });
    else writeWhole(path, content === "" ? "" : `${content}\n`);
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
      walk(this.root).map((path) => [path, `${mode(join(this.root, path))} ${this.read(path) ?? ""}`]),
    );
  }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Hundredths of a second that this machine has been up: what a shell can read without starting a program. */
function upHundredths(): number {
  return Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100);
}
