import { parse } from "yaml";
import { z } from "zod";
import { messageOf } from "../../lib/words.ts";
import { deadMembers, quorum } from "../command/k3s/cluster.ts";
import { deadline, exited, type LocalRequest, type LocalStep, parameter } from "../command/steps/step.ts";
import { durations } from "../durations.ts";
import { type Configuration, readConfiguration, type TalosMachine, type TalosMachines } from "./machines.ts";

const talosconfig = z.object({
  context: z.string(),
  contexts: z.record(z.string(), z.looseObject({ ca: z.string() })),
});

export interface TalosStepsArgs {
  readonly machines: TalosMachines;
  /** Paths of the disks that a machine has which says nothing of its own. */
  readonly disks?: readonly string[];
}

/** Verb -> what talosctl does to the machines. */
export function createTalosSteps({ machines, disks }: TalosStepsArgs): Readonly<Record<string, LocalStep>> {
  /** The machine that the step is for, and when it answers; undefined when it never does in time. */
  const target = (request: LocalRequest): { readonly machine: TalosMachine; readonly from: number } | undefined => {
    const machine = machines.at(parameter(request, "address"), parameter(request, "name"));
    const from = machine === undefined ? undefined : machines.reachedFrom(machine);
    if (machine === undefined || from === undefined || from > deadline(request)) return undefined;
    return { machine, from: Math.max(request.at, from) };
  };
  /** The configuration of a machine that the caller reaches and may administer. */
  const administered = (request: LocalRequest, machine: TalosMachine): Configuration | undefined =>
    machine.configuration?.main.machine.ca.crt === authorityOf(request) && machines.reachedFrom(machine) !== undefined
      ? machine.configuration
      : undefined;

  return {
    "talos-apply": (request) => {
      const found = target(request);
      const configuration = configurationOf(request);
      const fresh = found?.machine.configuration === undefined;
      if (found === undefined || !(fresh || administered(request, found.machine) !== undefined)) {
        throw exited(
          request,
          `${parameter(request, "name")} does not answer at ${parameter(request, "address")} after ${deadline(request) - request.at}s, neither as a member of this cluster nor in maintenance mode: boot it from its image. If it belongs to another cluster, reset it with that one's talosconfig`,
        );
      }
      const { machine } = found;
      const { disk } = request.parameters;
      const there = machine.boot.disks ?? disks;
      if (fresh && there !== undefined && disk && !there.includes(disk)) {
        throw exited(
          request,
          `${parameter(request, "name")} has no disk ${disk}: nothing was changed. It has: ${there.join(" ")} . Name one of them in the stack file`,
        );
      }
      if (fresh) compareImages(request, machine, configuration);
      const until = found.from + (fresh ? applied(machine) : changed(request, machine, configuration));
      machine.installed = configuration.main.machine.install.image;
      machine.configuration = configuration;
      const cluster = machines.clusterOf(configuration);
      const namesake = cluster?.nodes.get(configuration.hostname);
      if (namesake !== undefined && namesake.host !== machine.host) {
        machine.configuration = undefined;
        throw exited(
          request,
          `${configuration.hostname} cannot join: etcd and Kubernetes know a node of this name. In the rehearsal: the machine before it went without talos-leave`,
        );
      }
      machines.join(machine, configuration, namesake === undefined ? until : namesake.readyAt);
      return { stdout: "", stderr: `groundwork: ${configuration.hostname} has its configuration`, until };
    },

    "talos-bootstrap": async (request) => {
      const machine = target(request)?.machine;
      const configuration = machine === undefined ? undefined : administered(request, machine);
      const silent = [parameter(request, "address"), ...words(request.parameters.peers)].find(
        (address) => !machines.all().some((each) => each.address === address && administered(request, each)),
      );
      if (configuration === undefined || silent !== undefined) {
        throw exited(
          request,
          `the control plane at ${silent ?? parameter(request, "address")} does not answer after ${deadline(request) - request.at}s, and it may hold this cluster's etcd: nothing was started. Bring it back, and run again`,
        );
      }
      if (machines.clusterOf(configuration) !== undefined) {
        const until = request.at + durations.step.other;
        return { stdout: "", stderr: `groundwork: the cluster is there already: etcd runs`, until };
      }
      const until = request.at + durations.step.talosBootstrap;
      await machines.bootstrap(configuration, until);
      return { stdout: "", stderr: `groundwork: ${configuration.hostname} started the cluster`, until };
    },

    "talos-member": (request) => {
      const name = parameter(request, "name");
      const machine = target(request)?.machine;
      const address = parameter(request, "address");
      const incomplete = (missing: string) =>
        exited(
          request,
          `${name} is not a complete part of the cluster after ${deadline(request) - request.at}s: ${missing}. Look at 'talosctl --nodes ${address} dmesg'; run again when it is corrected`,
        );
      const configuration = machine === undefined ? undefined : administered(request, machine);
      if (configuration === undefined) throw incomplete(`it does not answer at ${address}`);
      const cluster = machines.clusterOf(configuration);
      const node = cluster?.nodes.get(name);
      if (cluster === undefined || node === undefined) throw incomplete("its kubelet is not healthy");
      if (node.role === "server" && deadMembers(cluster).length > 0) throw incomplete("its etcd is not healthy");
      // Where no release has brought a network yet, no node is Ready, and nobody waits for it.
      const networkAt = Number.isFinite(cluster.networkAt) ? cluster.networkAt : cluster.readyAt;
      const until = Math.max(request.at, node.readyAt, cluster.readyAt, networkAt) + durations.step.talosMember;
      return { stdout: "", stderr: `groundwork: ${name} is a complete part of the cluster`, until };
    },

    "talos-leave": (request) => {
      const name = parameter(request, "name");
      const peers = words(parameter(request, "peers"));
      const peer = machines.all().find((each) => peers.includes(each.address) && administered(request, each));
      const configuration = peer === undefined ? undefined : peer.configuration;
      const cluster = configuration === undefined ? undefined : machines.clusterOf(configuration);
      if (cluster === undefined || !quorum(cluster).kept) {
        throw exited(
          request,
          `no control plane of ${peers.join(" ")} answers, so ${name} cannot be removed in order: bring one back, and run again`,
        );
      }
      const node = cluster.nodes.get(name);
      if (node?.role === "server" && quorum(cluster).voters.length === 1)
        throw exited(
          request,
          `${name} holds the last etcd member, and removing it would end the cluster: nothing was changed. To remove the cluster, destroy the stack`,
        );
      const others = deadMembers(cluster).filter((member) => member !== name);
      if (node?.role === "server" && others.length > 0) {
        throw exited(
          request,
          `etcd at ${others.join(", ")} is not healthy, and two changes at once risk the quorum: nothing was changed. Bring it back, or remove it before ${name}`,
        );
      }
      cluster.nodes.delete(name);
      const machine = target(request)?.machine;
      if (machine !== undefined && administered(request, machine) !== undefined) machines.reset(machine);
      cluster.lockedUntil = Math.max(request.at, cluster.lockedUntil) + durations.step.talosLeave;
      return { stdout: "", stderr: `groundwork: ${name} has left the cluster`, until: cluster.lockedUntil };
    },

    "talos-reset": (request) => {
      const machine = target(request)?.machine;
      if (machine !== undefined && administered(request, machine) !== undefined) machines.reset(machine);
      return { stdout: "", until: request.at + durations.step.talosReset };
    },

    "talos-kubeconfig": async (request) => {
      const address = parameter(request, "address");
      const machine = machines.all().find((each) => each.address === address);
      const configuration = machine === undefined ? undefined : administered(request, machine);
      const cluster = configuration === undefined ? undefined : machines.clusterOf(configuration);
      const from = Math.max(request.at, cluster?.readyAt ?? request.at);
      if (cluster === undefined || from > deadline(request)) {
        throw exited(
          request,
          `the control plane at ${address} gives no kubeconfig after ${deadline(request) - request.at}s`,
        );
      }
      return { stdout: await request.clusters.newKubeconfig(cluster), until: from + durations.step.kubeconfig };
    },
  };
}

/** Seconds until a machine runs as its first configuration says: one made from an image has Talos on its disk already. */
const applied = ({ boot }: TalosMachine): number =>
  boot.image === undefined || boot.image.platform === "metal"
    ? durations.step.talosApply
    : durations.step.talosConfigured;

/** Seconds until a member runs as its new configuration says: another image is an upgrade, through each minor. */
function changed(request: LocalRequest, { installed }: TalosMachine, { main }: Configuration): number {
  const wanted = main.machine.install.image;
  if (installed === undefined || installed === wanted) return durations.step.talosUpdate;
  const name = parameter(request, "name");
  const [from, to] = [installed, wanted].map((image) => image.split(":").at(-1) ?? "");
  const steps = minor(to) - minor(from);
  if (steps < 0)
    throw exited(
      request,
      `${name} runs Talos ${from}, from which no way leads back to ${to}: nothing was changed. Write ${from} into the stack file, or replace the machine with a higher generation`,
    );
  if (steps > 1)
    throw exited(
      request,
      `${name} runs Talos ${from}, and no minor may be left out on the way to ${to}: nothing was changed. Go to a release of 1.${minor(from) + 1} first`,
    );
  return durations.step.talosUpgrade;
}

/** 13 of v1.13.9 */
const minor = (release: string | undefined): number => Number(release?.split(".")[1] ?? Number.NaN);

/** What a machine boots and what it is upgraded with are to be the same: another schematic drops its extensions. */
function compareImages(request: LocalRequest, { boot }: TalosMachine, { main }: Configuration): void {
  if (boot.image === undefined) return;
  const { platform, schematic, version } = boot.image;
  const booted = `${platform}-installer/${schematic}:${version}`;
  if (main.machine.install.image.endsWith(`/${booted}`)) return;
  request.context.finding({
    rule: "talos-image",
    message: `${parameter(request, "name")} has booted ${booted}, and its configuration names ${main.machine.install.image}`,
    remedy: "boot the image of the schematic and release that the configuration is made for",
  });
}

const words = (text: string | undefined): readonly string[] => (text ?? "").split(" ").filter((word) => word !== "");

/** A line of standard input, decoded. */
function line(request: LocalRequest, index: number, what: string): string {
  const found = request.stdin.split("\n")[index];
  if (found === undefined || found === "") throw exited(request, `standard input ended before ${what}`);
  return Buffer.from(found, "base64").toString();
}

/** The authority whose machines the caller's talosconfig opens. */
function authorityOf(request: LocalRequest): string {
  const { context, contexts } = talosconfig.parse(parse(line(request, 0, "the talosconfig")));
  return contexts[context]?.ca ?? "";
}

function configurationOf(request: LocalRequest): Configuration {
  const text = line(request, 1, "the machine configuration");
  try {
    return readConfiguration(text);
  } catch (error) {
    const reason = messageOf(error);
    throw exited(request, `${parameter(request, "name")} refuses its configuration: ${reason}`);
  }
}
