import { readFileSync, writeFileSync } from "node:fs";
import { type Cluster, type ClusterNode, quorum } from "../command/k3s/cluster.ts";
import { durations } from "../durations.ts";
import type { Answer } from "../hosts/programs.ts";
import { CommandLine } from "./command-line.ts";
import { turnedAway } from "./credentials.ts";
import {
  type Configuration,
  readConfiguration,
  type TalosImage,
  type TalosMachine,
  type TalosMachines,
} from "./machines.ts";
import { memberId, printDisks, printExtensions, printMembers, printService, printVersion } from "./printed.ts";

export interface TalosctlArgs {
  readonly machines: TalosMachines;
  /** The machines' clock, seconds. */
  readonly now: () => number;
  /** The cluster's, with a certificate that is made for it. */
  readonly kubeconfig: (configuration: Configuration) => Promise<string>;
  /** Whether the cluster's pods have a network. */
  readonly hasNetwork: (configuration: Configuration) => Promise<boolean>;
  /** What stands against a machine configuration in a file; undefined: nothing. */
  readonly judge: (file: string, configuration: Configuration) => Promise<string | undefined>;
}

/** A refusal, as talosctl prints it. */
class Refusal extends Error {}

const unavailable = (address: string, why: string): Refusal =>
  new Refusal(
    `rpc error: code = Unavailable desc = last connection error: connection error: desc = "transport: ${why}" (${address}:50000)`,
  );

/** A member of a cluster, and the machine that answers for it. */
interface Member {
  readonly machine: TalosMachine;
  readonly configuration: Configuration;
}

/**
 * What `talosctl` does to the machines of the rehearsal's world, as far as the steps call it. Output is worded as
 * siderolabs/talos v1.13 words it (cmd/talosctl/cmd/talos).
 */
export class Talosctl {
  /** Every command line, in order. */
  readonly calls: string[] = [];
  /** Host names of the nodes that were drained, in order. */
  readonly drains: string[] = [];
  readonly #args: TalosctlArgs;

  constructor(args: TalosctlArgs) {
    this.#args = args;
  }

  /** @throws Error for what no step calls: a test that relied on it would prove nothing. */
  async call(args: readonly string[]): Promise<Answer> {
    this.calls.push(args.join(" "));
    try {
      return { code: 0, stdout: await this.#run(new CommandLine(args)), stderr: "" };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { code: 1, stdout: "", stderr: `${error.message}\n` };
    }
  }

  async #run(line: CommandLine): Promise<string> {
    const { words } = line;
    const verb = words.slice(0, ["etcd", "get"].includes(words[0] ?? "") ? 2 : 1).join(" ");
    if (line.has("insecure")) return this.#inMaintenance(verb, line);
    const member = this.#member(line);
    switch (verb) {
      case "apply-config":
        return this.#reconfigure(line, member);
      case "version":
        return printVersion(member.machine, line.has("short"));
      case "get extensions":
        return printExtensions(member.machine);
      case "get nodestatus":
        return `${await this.#isReady(member)}\n`;
      case "upgrade":
        return this.#upgrade(line.flag("image"), member);
      case "bootstrap":
        return this.#bootstrap(member);
      case "service":
        return this.#service(words[1] ?? "", member);
      case "etcd members":
        return printMembers(member.machine, this.#etcd(member));
      case "etcd snapshot":
        this.#etcd(member);
        writeFileSync(words[2] ?? "", "etcd");
        return "";
      case "etcd remove-member":
        return this.#removeMember(words[2] ?? "", this.#etcd(member));
      case "reset":
        return this.#reset(!line.has("graceful") || line.flag("graceful") === "true", member);
      case "kubeconfig":
        return this.#kubeconfig(words[1] ?? "", member);
      default:
        throw new Error(`the stand-in of talosctl does not know: ${words.join(" ")}`);
    }
  }

  /** What a machine does for anybody while it has no configuration. */
  async #inMaintenance(verb: string, line: CommandLine): Promise<string> {
    const machine = this.#machine(line);
    if (machine.configuration !== undefined)
      throw unavailable(machine.address, "authentication handshake failed: remote error: tls: certificate required");
    if (verb === "get disks") return printDisks(machine);
    if (verb === "apply-config") return this.#install(line, machine);
    throw new Error(`the stand-in of talosctl does not know ${verb} in maintenance mode`);
  }

  #machine(line: CommandLine): TalosMachine {
    const { machines, now } = this.#args;
    const address = line.flag("nodes");
    const machine = machines.at(address, address);
    const from = machine === undefined ? undefined : machines.reachedFrom(machine);
    if (machine === undefined || from === undefined) throw unavailable(address, "Error while dialing: i/o timeout");
    if (from > now()) throw unavailable(address, "Error while dialing: connect: connection refused");
    return machine;
  }

  #member(line: CommandLine): Member {
    const machine = this.#machine(line);
    const { address, configuration } = machine;
    if (configuration === undefined)
      throw unavailable(
        address,
        "authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority",
      );
    const why = turnedAway(readFileSync(line.flag("talosconfig"), "utf8"), configuration);
    if (why !== undefined) throw unavailable(address, `authentication handshake failed: ${why}`);
    return { machine, configuration };
  }

  async #configuration(line: CommandLine): Promise<Configuration> {
    const file = line.flag("file");
    const configuration = readConfiguration(readFileSync(file, "utf8"));
    const fault = await this.#args.judge(file, configuration);
    if (fault !== undefined)
      throw new Refusal(
        `error applying new configuration: rpc error: code = InvalidArgument desc = configuration validation failed: ${fault}`,
      );
    return configuration;
  }

  /** A machine in maintenance mode takes its configuration, and is away until it runs as that says. */
  async #install(line: CommandLine, machine: TalosMachine): Promise<string> {
    const { machines, now } = this.#args;
    const configuration = await this.#configuration(line);
    const { image } = machine.boot;
    const onDisk = image !== undefined && image.platform !== "metal";
    machine.configuration = configuration;
    // What boots from a disk image is installed already; anything else installs what the configuration names.
    machine.installed = onDisk ? installerOf(image, configuration) : configuration.main.machine.install.image;
    machine.host.initialisedAt = now() + (onDisk ? durations.step.talosConfigured : durations.step.talosApply);
    const namesake = machines.clusterOf(configuration)?.nodes.get(configuration.hostname);
    // etcd and Kubernetes know a node of this name, and let no second one in.
    if (namesake === undefined || namesake.host === machine.host)
      machines.join(machine, configuration, machine.host.initialisedAt);
    return "";
  }

  async #reconfigure(line: CommandLine, { machine }: Member): Promise<string> {
    const configuration = await this.#configuration(line);
    const node = this.#args.machines.clusterOf(configuration)?.nodes.get(configuration.hostname);
    machine.configuration = configuration;
    if (node !== undefined && node.host === machine.host)
      this.#args.machines.join(machine, configuration, node.readyAt);
    return "Applied configuration without a reboot\n";
  }

  #upgrade(image: string, { machine, configuration }: Member): string {
    this.drains.push(configuration.hostname);
    machine.installed = image;
    machine.host.initialisedAt = this.#args.now() + durations.step.talosUpgrade;
    return "";
  }

  async #bootstrap({ configuration }: Member): Promise<string> {
    const { machines, now } = this.#args;
    if (machines.clusterOf(configuration) !== undefined)
      throw new Refusal(
        "error executing bootstrap: rpc error: code = AlreadyExists desc = etcd data directory is not empty",
      );
    await machines.bootstrap(configuration, now() + durations.step.talosBootstrap);
    return "";
  }

  #node({ machine, configuration }: Member): { readonly cluster: Cluster; readonly node: ClusterNode } | undefined {
    const cluster = this.#args.machines.clusterOf(configuration);
    const node = cluster?.nodes.get(configuration.hostname);
    if (cluster === undefined || node === undefined || node.host !== machine.host) return undefined;
    return this.#args.now() < Math.max(cluster.readyAt, node.readyAt) ? undefined : { cluster, node };
  }

  async #isReady(member: Member): Promise<boolean> {
    return this.#node(member) !== undefined && (await this.#args.hasNetwork(member.configuration));
  }

  #service(name: string, member: Member): string {
    if (name === "etcd" && member.configuration.main.machine.type !== "controlplane")
      throw new Refusal(`service "etcd" is not registered on any nodes`);
    return printService(member.machine, name, this.#node(member) !== undefined);
  }

  /** The cluster, through its etcd. */
  #etcd(member: Member): Cluster {
    const cluster = this.#node(member)?.cluster;
    if (cluster === undefined || !quorum(cluster).kept)
      throw new Refusal(
        "error getting members: 1 error occurred: rpc error: code = Unknown desc = context deadline exceeded",
      );
    return cluster;
  }

  #removeMember(id: string, cluster: Cluster): string {
    const member = quorum(cluster).voters.find(({ name }) => memberId(name) === id);
    if (member === undefined) throw new Refusal("rpc error: code = Unknown desc = etcdserver: member not found");
    cluster.nodes.delete(member.name);
    return "";
  }

  /** Gracefully: drained, and out of etcd. It is in maintenance mode after that. */
  #reset(graceful: boolean, member: Member): string {
    const { machine, configuration } = member;
    if (graceful) {
      const cluster = this.#etcd({ machine, configuration });
      this.drains.push(configuration.hostname);
      cluster.nodes.delete(configuration.hostname);
    }
    this.#args.machines.reset(machine);
    machine.host.initialisedAt = this.#args.now() + durations.host.talosBoots;
    return "";
  }

  async #kubeconfig(file: string, member: Member): Promise<string> {
    if (this.#node(member) === undefined)
      throw new Refusal("error copying: rpc error: code = Unknown desc = no kubeconfig yet");
    writeFileSync(file, await this.#args.kubeconfig(member.configuration), { mode: 0o600 });
    return "";
  }
}

/** The installer image that stands for a disk image: the configuration's factory, the image's own schematic and release. */
function installerOf({ platform, schematic, version: release }: TalosImage, { main }: Configuration): string {
  const [factory = ""] = main.machine.install.image.split("/");
  return `${factory}/${platform}-installer/${schematic}:${release}`;
}
