import { parse } from "yaml";
import { z } from "zod";
import type { Answer } from "../hosts/programs.ts";
import { Daemon, DockerError, type DockerState } from "./daemon.ts";
import { K3d } from "./k3d.ts";

/** A Kubernetes node, as far as the steps look at it. */
interface KubeNode {
  readonly container: string;
  readonly cluster: string;
  labels: Record<string, string>;
  taints: string[];
  cordoned: boolean;
}

const configFile = z.object({
  metadata: z.object({ name: z.string() }),
  servers: z.number(),
  image: z.string(),
  network: z.string(),
  kubeAPI: z.object({ hostPort: z.string() }),
  ports: z.array(z.object({ port: z.string() })),
  options: z.object({
    k3s: z.object({ extraArgs: z.array(z.object({ arg: z.string(), nodeFilters: z.array(z.string()) })) }),
    runtime: z.object({ labels: z.array(z.object({ label: z.string() })) }),
  }),
});

const assignment = (text: string): [string, string] => {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
};

/** One command line. */
class Call {
  readonly args: readonly string[];
  readonly stdin: string;

  constructor(args: readonly string[], stdin: string) {
    this.args = args;
    this.stdin = stdin;
  }

  /** Values of a flag, `--flag value`. */
  flags(name: string): string[] {
    return this.args.flatMap((arg, index) => (arg === name ? [this.args[index + 1] ?? ""] : []));
  }

  flag(name: string): string {
    return this.flags(name)[0] ?? "";
  }

  get last(): string {
    return this.args.at(-1) ?? "";
  }
}

/** What stands for `docker` and `k3d` on PATH: the same model as the rehearsal's, as far as the steps call them. */
export class DockerStandIn {
  docker = new Daemon();
  nodes: Record<string, KubeNode> = {};
  /** What every call of docker ends with; absent: nothing is wrong with it. */
  broken?: DockerError;
  /** Every command line, in order. */
  readonly calls: string[] = [];
  /** What `k3d kubeconfig get` prints. */
  kubeconfig = "kind: Config\n";

  /** @throws Error for what no step calls: a test that relied on it would prove nothing. */
  call(program: string, args: readonly string[], stdin: string): Answer {
    this.calls.push([program, ...args].join(" "));
    const call = new Call(args, stdin);
    try {
      const printed = program === "docker" ? this.#docker(call) : this.#k3d(call);
      return { code: 0, stdout: printed === undefined ? "" : `${printed}\n`, stderr: "" };
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      return { code: 1, stdout: "", stderr: `${error.message}\n` };
    }
  }

  restart(state: DockerState): void {
    this.docker = new Daemon(state);
  }

  /** The templates that the steps ask with. */
  #inspect(name: string, format: string): string {
    const container = this.docker.container(name);
    if (format.includes(".State.Running")) return String(container.address !== undefined);
    if (format.includes(".IPAMConfig")) return container.keeps ?? "";
    if (format.includes(".IPAddress")) return container.address ?? "";
    const label = /\.Config\.Labels "([^"]+)"/.exec(format)?.[1];
    return label === undefined ? "{}" : (container.labels[label] ?? "");
  }

  #docker(call: Call): string | undefined {
    const { docker } = this;
    if (this.broken !== undefined) throw this.broken;
    const { args, last } = call;
    switch (args[0] === "network" ? `network ${args[1]}` : args[0]) {
      case "version":
        return "29.1.2";
      case "info":
        return `${docker.state.desktop ? "Docker Desktop" : "Debian GNU/Linux 12 (bookworm)"} workstation`;
      case "inspect":
        return this.#inspect(last, call.flag("--format"));
      case "ps": {
        const [key, value = ""] = assignment(call.flag("--filter"));
        if (key === "publish") return docker.publisher(Number(value));
        return docker.labelled(...assignment(value)).join("\n");
      }
      case "run": {
        const name = call.flag("--name");
        const image = args[args.indexOf("--entrypoint") + 2] ?? "";
        docker.create(name, {
          ...{ image, labels: {}, ports: [], network: call.flag("--network"), keeps: call.flag("--ip") },
        });
        docker.start(name);
        return name;
      }
      case "rm":
        docker.remove(last);
        return last;
      case "start":
        docker.start(last);
        return last;
      case "stop":
        docker.stop(last);
        return last;
      case "exec":
        return this.#kubectl(args[1] ?? "", args.slice(3));
      case "network create":
        docker.createNetwork(last, {
          subnet: call.flag("--subnet"),
          gateway: call.flag("--gateway"),
          reserved: call.flags("--aux-address").map((each) => assignment(each)[1]),
        });
        return last;
      case "network inspect":
        return docker.network(last).subnet;
      case "network rm":
        docker.removeNetwork(last);
        return last;
      case "network disconnect":
        docker.container(last);
        return undefined;
      case "network connect":
        docker.keep(last, call.flag("--ip"));
        return undefined;
      default:
        throw new Error(`the stand-in of docker does not know: ${args.join(" ")}`);
    }
  }

  #k3d(call: Call): string | undefined {
    const k3d = new K3d(this.docker);
    const [noun, verb, name = ""] = call.args;
    if (noun === "version") return "k3d version v5.9.0\nk3s version v1.35.5-k3s1 (default)";
    switch (`${noun} ${verb}`) {
      case "cluster create":
        this.#createCluster(k3d, call.stdin);
        return undefined;
      case "cluster start":
        k3d.startCluster(name);
        return undefined;
      case "cluster stop":
        k3d.stopCluster(name);
        return undefined;
      case "cluster delete":
        for (const [node, { cluster }] of Object.entries(this.nodes)) if (cluster === name) delete this.nodes[node];
        k3d.deleteCluster(name);
        return undefined;
      case "node create": {
        const cluster = call.flag("--cluster");
        const container = k3d.createAgent({ name, cluster });
        const given = call.flags("--k3s-arg").map(assignment);
        const taints = given.filter(([key]) => key === "--node-taint").map(([, value]) => value);
        const node = given.find(([key]) => key === "--node-name")?.[1] ?? container;
        this.nodes[node] = { container, cluster, taints, labels: {}, cordoned: false };
        return undefined;
      }
      case "node delete":
        this.docker.remove(name);
        return undefined;
      case "kubeconfig get":
        return this.kubeconfig.trimEnd();
      default:
        throw new Error(`the stand-in of k3d does not know: ${call.args.join(" ")}`);
    }
  }

  #createCluster(k3d: K3d, text: string): void {
    const config = configFile.parse(parse(text));
    const { name } = config.metadata;
    k3d.createCluster({
      ...{ name, servers: config.servers, image: config.image, network: config.network },
      apiPort: Number(config.kubeAPI.hostPort),
      ports: config.ports.map(({ port }) => Number(port.split(":")[0])),
      labels: Object.fromEntries(config.options.runtime.labels.map(({ label }) => assignment(label))),
    });
    for (let index = 0; index < config.servers; index++) {
      const own = config.options.k3s.extraArgs
        .filter(({ nodeFilters }) => nodeFilters.includes(`server:${index}`))
        .map(({ arg }) => assignment(arg));
      const values = (key: string): string[] => own.filter(([name]) => name === key).map(([, value]) => value);
      const container = `k3d-${name}-server-${index}`;
      this.nodes[values("--node-name")[0] ?? container] = {
        ...{ container, cluster: name, taints: values("--node-taint"), cordoned: false },
        labels: Object.fromEntries(values("--node-label").map(assignment)),
      };
    }
  }

  /** `kubectl VERB ...` in a server's container. */
  #kubectl(server: string, command: readonly string[]): string | undefined {
    if (this.docker.container(server).address === undefined) throw new DockerError("container is not running");
    if (command.join(" ") === "get --raw /readyz") return "ok";
    const [verb, ...rest] = command;
    const name = rest.find((word) => word !== "node" && !word.startsWith("-")) ?? "";
    const node = this.nodes[name];
    if (node === undefined) {
      if (rest.includes("--ignore-not-found")) return undefined;
      throw new DockerError(`Error from server (NotFound): nodes "${name}" not found`);
    }
    const last = rest.at(-1) ?? "";
    switch (verb) {
      case "get":
        return this.docker.state.containers[node.container]?.address === undefined ? "Unknown" : "True";
      case "cordon":
        node.cordoned = true;
        return undefined;
      case "drain":
        return undefined;
      case "delete":
        delete this.nodes[name];
        return undefined;
      case "label":
        node.labels = { ...node.labels, ...Object.fromEntries([assignment(last)]) };
        return undefined;
      case "taint":
        node.taints = tainted(node.taints, last);
        return undefined;
      default:
        throw new Error(`the stand-in of kubectl does not know: ${command.join(" ")}`);
    }
  }
}

/** `key=value:Effect` adds a taint, `key:Effect-` takes it away. */
function tainted(taints: readonly string[], change: string): string[] {
  if (!change.endsWith("-")) return [...new Set([...taints, change])];
  const [key, effect] = change.slice(0, -1).split(":");
  return taints.filter((taint) => !(taint.split(/[=:]/)[0] === key && taint.endsWith(`:${effect}`)));
}
