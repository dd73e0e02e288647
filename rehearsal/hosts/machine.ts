import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { ServerChannel } from "ssh2";
import type { HostAddress } from "../command/hosts.ts";
import type { TailnetRequest } from "../command/user-data.ts";
import { ended, kill } from "./child.ts";
import { list } from "./files.ts";
import { type FirstBoot, firstBoot } from "./first-boot.ts";
import type { Interruption } from "./interruption.ts";
import type { MachineSpec, TailnetGrant } from "./spec.ts";
import { createSshServer } from "./ssh-server.ts";
import { readSshd } from "./sshd.ts";
import { answerTailnet } from "./tailnet.ts";
import type { Accept } from "./wires.ts";
import type { Host, World } from "./world.ts";

/** What a machine needs of what is around it. */
export interface Surroundings {
  readonly world: World;
  /** Seconds of the world's clock from power on until its SSH daemon answers. */
  readonly bootSeconds: number;
  /** Seconds of ours after which a command over SSH is ended. */
  readonly limitSeconds: number;
  /** Whom the machine reaches; undefined: nobody answers there. */
  dial(from: Machine, address: string, port: number): Accept | undefined;
  /** @throws when the tailnet refuses it */
  joinTailnet?: (request: TailnetRequest) => TailnetGrant;
  /** Asked once for each command over SSH. */
  interrupt?: (script: string) => Interruption | undefined;
  /** The machine answers, or does so no longer. */
  changed(): void;
  /** Whoever has to know what has changed since knows it. */
  settled(): Promise<void>;
}

/** `silent`: it hangs, and whoever connects waits. */
export type MachineState = "off" | "booting" | "up" | "silent";

/** A simulated machine that lives: it boots, answers on SSH, runs what it is told with the stand-ins, and can die. */
export class Machine {
  readonly spec: MachineSpec;
  readonly host: Host;
  /** Resolves when the last boot has ended, well or not, or was cut off. */
  booted: Promise<void> = Promise.resolve();
  readonly #around: Surroundings;
  readonly #firstBoot: FirstBoot;
  readonly #streams = new Set<Duplex>();
  readonly #children = new Set<ChildProcess>();
  readonly #waits = new Map<NodeJS.Timeout, () => void>();
  #state: MachineState = "off";
  /** Counts power cycles: what was begun in an earlier one does not go on. */
  #cycle = 0;
  /** How many logins are still refused. */
  #lockedOut = 0;
  #sshd: { readonly keys: string; readonly accept: Accept } | undefined;

  constructor(spec: MachineSpec, around: Surroundings) {
    const own = spec.addresses.find(({ network }) => network !== "public") ?? spec.addresses[0];
    if (own === undefined) throw new Error(`${spec.name} has no address, so nothing can reach it → give it one`);
    this.spec = spec;
    this.#around = around;
    this.#firstBoot = firstBoot(spec.userData, spec.sshKeys ?? []);
    this.host = around.world.host(spec.name, own.address);
    this.host.boot(spec.system);
    this.host.die();
    for (const { path, content, mode } of spec.files ?? []) this.host.write(path, content, mode);
    if (around.joinTailnet !== undefined) this.host.state("tailnet-answers", "");
    this.host.state("machine", spec.architecture ?? "x86_64");
  }

  get state(): MachineState {
    return this.#state;
  }

  /** Every address that it has now. */
  addresses(): readonly HostAddress[] {
    const tailnet = this.host.stateOf("tailnet");
    return [...this.spec.addresses, ...(tailnet === undefined ? [] : [{ address: tailnet, network: "tailnet" }])];
  }

  /** Whether a k3s server runs on it. */
  runsK3s(): boolean {
    return this.#state === "up" && this.host.stateOf("units/k3s.active") !== undefined;
  }

  /** Networks that it is the tailnet's router into. */
  routes(): readonly string[] {
    if (this.#state !== "up" || this.host.stateOf("tailnet") === undefined) return [];
    const [offered, approved] = ["tailnet-routes", "tailnet-approved"].map((name) =>
      this.host
        .stateOf(name)
        ?.split(",")
        .filter((route) => route !== ""),
    );
    return (offered ?? []).filter((route) => approved === undefined || approved.includes(route));
  }

  powerOn(): void {
    if (this.#state !== "off") return;
    this.#state = "booting";
    this.booted = this.#boot(++this.#cycle);
  }

  /** Power cut: what runs is gone, connections break, and nothing answers. */
  powerOff(): void {
    if (this.#state === "off") return;
    this.#stop("off");
    this.#disconnect();
  }

  /** From one moment to the next, as by its power button or a kernel panic. */
  reboot(): void {
    this.powerOff();
    this.powerOn();
  }

  /** It hangs: connections stay, new ones are taken, and no answer ever comes. */
  hang(): void {
    this.#stop("silent");
  }

  /** A connection to its SSH port. */
  accept(stream: Duplex): void {
    const server = this.#state === "up" ? this.#daemon() : undefined;
    if (server === undefined && this.#state !== "silent") {
      stream.destroy();
      return;
    }
    this.#streams.add(stream);
    stream.once("close", () => this.#streams.delete(stream));
    if (server === undefined) stream.resume();
    else server(stream);
  }

  #disconnect(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  #stop(state: "off" | "silent"): void {
    this.#state = state;
    this.#cycle++;
    this.host.die();
    for (const child of this.#children) kill(child);
    for (const [timer, done] of this.#waits) {
      clearTimeout(timer);
      done();
    }
    this.#waits.clear();
    this.#sshd = undefined;
    this.#around.changed();
  }

  async #boot(cycle: number): Promise<void> {
    const { host } = this;
    await this.#wait(this.#around.bootSeconds);
    if (cycle !== this.#cycle) return;
    const isFirst = host.stateOf("placed") === undefined;
    if (isFirst) {
      this.#firstBoot.place(host);
      host.state("placed", "");
    }
    this.#forgetVolatile();
    host.state("cloud-init", "status: running");
    host.state("down", undefined);
    await this.#run('sh "$WORLD/standins/start-units.sh"');
    if (cycle !== this.#cycle) return;
    this.#state = "up";
    this.#around.changed();
    await this.#around.settled();
    const code = await this.#run('sh "$WORLD/standins/final-stage.sh"');
    if (cycle !== this.#cycle) return;
    host.state("cloud-init", code === 0 ? "status: done" : "status: error");
    // It may be in the tailnet now, and others reachable through it.
    this.#around.changed();
    await this.#around.settled();
  }

  /** What lives in memory: units that run, routes, rulesets. */
  #forgetVolatile(): void {
    const { host } = this;
    for (const unit of list(join(host.path, "units"))) {
      if (!unit.endsWith(".enabled")) host.state(`units/${unit}`, undefined);
    }
    for (const name of ["nft", "sshd", "default-route"]) host.state(name, undefined);
    const address = this.spec.addresses.find(({ network }) => network === "public")?.address;
    host.state("public", address);
    // As Hetzner's DHCP gives it to a public interface.
    if (address !== undefined) host.state("default-route", "default via 172.31.1.1 dev eth0 proto dhcp");
    else if (this.spec.gateway !== undefined)
      host.state("default-route", `default via ${this.spec.gateway} dev enp7s0`);
  }

  /** Runs a script on the machine; undefined when it was cut off. */
  #run(script: string): Promise<number | undefined> {
    const child = this.#start(script);
    child.stdin.end();
    child.stdout.resume();
    child.stderr.resume();
    return ended(child);
  }

  #start(script: string, killAfter?: number): ReturnType<Host["start"]> {
    const child = this.host.start({ script, ...(killAfter === undefined ? {} : { killAfter }) });
    this.#children.add(child);
    const { joinTailnet } = this.#around;
    const stop = joinTailnet === undefined ? () => undefined : answerTailnet(this.host, joinTailnet);
    child.once("close", () => {
      stop();
      this.#children.delete(child);
    });
    return child;
  }

  /** A command over SSH. Its exit status is told when the world knows what it has changed. */
  async #exec(command: string, channel: ServerChannel): Promise<void> {
    const cycle = this.#cycle;
    channel.on("error", () => undefined);
    const fate = this.#around.interrupt?.(command);
    if (fate?.kind === "dropped") {
      this.#disconnect();
      return;
    }
    if (fate?.kind === "slow") await delay(fate.seconds * 1000);
    if (cycle !== this.#cycle) return;
    const code = fate?.kind === "failure" ? fate.status : await this.#execute(command, channel, fate);
    if (cycle !== this.#cycle) return;
    await this.#around.settled();
    if (fate?.kind === "slow-answer") await delay(fate.seconds * 1000);
    if (fate?.kind === "lost-answer") {
      this.#disconnect();
      return;
    }
    if (fate?.kind === "power-cut" && code === undefined) {
      this.reboot();
      return;
    }
    if (fate?.kind === "restart") channel.once("close", () => this.reboot());
    if (fate?.kind === "lock-out") this.#lockedOut = fate.logins;
    if (code === undefined) channel.exit("KILL", false, "");
    else channel.exit(code);
    channel.end();
  }

  async #execute(command: string, channel: ServerChannel, fate: Interruption | undefined): Promise<number | undefined> {
    const child = this.#start(command, fate?.kind === "power-cut" ? fate.after : undefined);
    const limit = setTimeout(() => kill(child), this.#around.limitSeconds * 1000);
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    const code = await ended(child);
    clearTimeout(limit);
    return code;
  }

  /** Who may log in as a user: nobody, for as many logins as a lock-out lasts. */
  #authorizedKeys(user: string): readonly string[] {
    if (this.#lockedOut > 0) {
      this.#lockedOut--;
      return [];
    }
    return (this.host.read(`${user === "root" ? "/root" : `/home/${user}`}/.ssh/authorized_keys`) ?? "")
      .split("\n")
      .filter((line) => line.trim() !== "");
  }

  /** The daemon with what it read when it was last started; a new one only for new keys, so that sessions stay. */
  #daemon(): Accept | undefined {
    const settings = readSshd(join(this.host.path, "sshd"));
    if (settings === undefined || settings.hostKeys.length === 0) return undefined;
    const keys = JSON.stringify(settings);
    if (this.#sshd?.keys !== keys) {
      const accept = createSshServer({
        settings,
        authorizedKeys: (user) => this.#authorizedKeys(user),
        run: (command, channel) => void this.#exec(command, channel),
        dial: (address, port) => this.#around.dial(this, address, port),
      });
      this.#sshd = { keys, accept };
    }
    return this.#sshd.accept;
  }

  /** Seconds of the world's clock; over at once when the power goes. */
  #wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.#waits.delete(timer);
          resolve();
        },
        (seconds * 1000) / (this.#around.world.speed ?? 1),
      );
      this.#waits.set(timer, resolve);
    });
  }
}
