import { join } from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { messageOf } from "../../lib/words.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import { createHosts } from "../command/hosts.ts";
import { createClusters } from "../command/k3s/clusters.ts";
import { durations } from "../durations.ts";
import type { Forward, Machines } from "../hosts/machines.ts";
import { type Answer, clockPrograms, programText, putPrograms, servePrograms } from "../hosts/programs.ts";
import type { Address } from "../hosts/wires.ts";
import type { Configuration, TalosBoot, TalosMachines } from "../talos/machines.ts";
import { Talosctl } from "../talos/talosctl.ts";
import type { StackValues } from "../world/accounts.ts";
import { lanOf, runnerNetworks } from "../world/lan.ts";
import { createTalos } from "../world/talos.ts";
import type { ControlPlane } from "./kube/control-plane.ts";
import { adminKubeconfig, issueAdmin } from "./kube/pki.ts";
import { isStatus } from "./kube/watch.ts";
import { RealTalosctl } from "./real-talosctl.ts";

/** `talosctl` and `kubectl` for the real engine: stand-ins on PATH, whose one cluster is a real control plane. */
export interface TalosOnPath {
  readonly machines: TalosMachines;
  /** A machine that was made begins to run Talos. */
  start(boot: Omit<TalosBoot, "answersAt">): void;
  /** It is gone, and what ran on it. */
  vanish(address: string): void;
  /** A PATH that begins with the two. */
  path(rest: string): string;
  /** Command lines of talosctl, in order. */
  readonly calls: readonly string[];
  /** Host names of the nodes that were drained, in order. */
  drains(): readonly string[];
  /** What went wrong in the world itself. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

export interface TalosOnPathArgs {
  /** A directory that is made or empty. */
  readonly dir: string;
  readonly stack: StackValues;
  readonly kube: ControlPlane;
  /** Where the Kubernetes API is dialled. */
  readonly api: () => Address;
  /** Lead the cluster's addresses there. */
  readonly neighbours: Pick<Machines, "setForwards">;
  readonly tailscale: TailscaleModel;
  /** How many times faster than ours the machines' clock runs. */
  readonly speed: number;
  readonly say: (line: string) => void;
}

export async function putTalosOnPath(args: TalosOnPathArgs): Promise<TalosOnPath> {
  const { dir, speed } = args;
  const [bin, socket] = [join(dir, "bin"), join(dir, "socket")];
  putPrograms(bin, {
    talosctl: programText("talosctl", socket),
    kubectl: programText("kubectl", socket),
    ...clockPrograms(speed),
  });
  const cluster = new FollowedCluster(args);
  const server = await servePrograms((program, words) => cluster.call(program, words), socket);
  return {
    machines: cluster.machines,
    start: (boot) => cluster.machines.start({ ...boot, answersAt: cluster.now() + durations.host.talosBoots }),
    vanish: (address) => cluster.machines.stop(address),
    calls: cluster.talosctl.calls,
    drains: () => cluster.talosctl.drains,
    path: (rest) => `${bin}:${rest}`,
    failures: () => cluster.failures,
    async stop() {
      await cluster.settled();
      server.close();
    },
  };
}

/** After each call the control plane has the nodes that Talos has made, and answers at the cluster's addresses. */
class FollowedCluster {
  readonly failures: string[] = [];
  readonly machines: TalosMachines;
  readonly talosctl: Talosctl;
  readonly now: () => number;
  readonly #args: TalosOnPathArgs;
  readonly #real: RealTalosctl;
  readonly #nodes = new Set<string>();
  #work: Promise<unknown> = Promise.resolve();

  constructor(args: TalosOnPathArgs) {
    const { stack, kube, tailscale, speed, say } = args;
    this.#args = args;
    this.#real = new RealTalosctl(say);
    const began = performance.now();
    this.now = () => ((performance.now() - began) / 1000) * speed;
    const hosts = createHosts({ runnerNetworks: runnerNetworks(stack) });
    this.machines = createTalos({
      ...{ stack, hosts, tailscale },
      clusters: createClusters({ seed: stack.stack, hosts }),
    });
    this.talosctl = new Talosctl({
      ...{ machines: this.machines, now: this.now },
      kubeconfig: async ({ main: { cluster } }) =>
        adminKubeconfig({
          ...{ server: cluster.controlPlane.endpoint, name: cluster.clusterName },
          pki: { ...kube.pki, admin: await issueAdmin(kube.pki.authority) },
        }),
      hasNetwork: (configuration) => this.#hasNetwork(configuration),
      judge: (file, configuration) => this.#real.judge(file, configuration),
    });
  }

  async call(program: string, args: readonly string[]): Promise<Answer> {
    try {
      return program === "kubectl" ? await this.#kubectl(args) : await this.#talosctl(args);
    } catch (error) {
      this.failures.push(`${program} ${args.join(" ")}: ${messageOf(error)}`);
      throw error;
    }
  }

  async #talosctl(args: readonly string[]): Promise<Answer> {
    const unknown = await this.#real.reads(args);
    if (unknown !== undefined) this.failures.push(unknown);
    const answer = await this.talosctl.call(args);
    this.#follow();
    await this.#work;
    return answer;
  }

  settled(): Promise<unknown> {
    return this.#work;
  }

  #follow(): void {
    const { kube, api, neighbours, stack } = this.#args;
    const led = new Map<string, Forward>();
    for (const { address, configuration, host } of this.machines.all()) {
      const cluster = configuration === undefined ? undefined : this.machines.clusterOf(configuration);
      const node = configuration === undefined ? undefined : cluster?.nodes.get(configuration.hostname);
      if (configuration === undefined || cluster === undefined || node === undefined || node.host !== host) continue;
      if (this.now() < Math.max(cluster.readyAt, node.readyAt)) continue;
      if (!this.#nodes.has(node.name)) {
        this.#nodes.add(node.name);
        const { name, labels, taints, externalCloudProvider: uninitialised } = node;
        const role = node.role === "server" ? "control-plane" : "worker";
        this.#then(() => kube.serveAs(configuration.main.cluster.apiServer?.certSANs ?? []));
        this.#then(() => kube.addNode({ name, role, address, labels, taints, uninitialised }));
      }
      for (const at of node.role === "server" ? [address, ...configuration.shared] : [])
        led.set(at, { address: { address: at, network: lanOf(stack, at) }, port: 6443, to: api });
    }
    neighbours.setForwards("talos", [...led.values()]);
  }

  /** `kubectl --kubeconfig FILE ... delete node NAME --ignore-not-found` */
  async #kubectl(args: readonly string[]): Promise<Answer> {
    const at = args.indexOf("delete");
    const [, kind, name = ""] = args.slice(at);
    if (at === -1 || kind !== "node") throw new Error(`the stand-in of kubectl does not know: ${args.join(" ")}`);
    if (this.#nodes.delete(name)) this.#then(() => this.#args.kube.removeNode(name));
    await this.#work;
    return { code: 0, stdout: `node "${name}" deleted\n`, stderr: "" };
  }

  /** Ready are nodes only with a network; KWOK knows no difference. */
  async #hasNetwork({ main }: Configuration): Promise<boolean> {
    if (main.cluster.network.cni.name !== "none") return true;
    try {
      await this.#args.kube.config
        .makeApiClient(AppsV1Api)
        .readNamespacedDaemonSet({ namespace: "kube-system", name: "cilium" });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.failures.push(messageOf(error));
    });
  }
}
