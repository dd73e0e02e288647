import { createPublicKey } from "node:crypto";
import { stringify } from "yaml";
import { composeStep, type Verb } from "../../../lib/k3s/steps.ts";
import { createHosts, type HostAddress } from "../../../rehearsal/command/hosts.ts";
import { createClusters } from "../../../rehearsal/command/k3s/clusters.ts";
import { type CommandArgs, createCommand } from "../../../rehearsal/command/provider.ts";
import { bootedMachine } from "../../../rehearsal/command/user-data.ts";
import type { Context, Created, Finding, Props } from "../../../rehearsal/model.ts";
import { createSource } from "../../../rehearsal/random/source.ts";
import { ed25519Key } from "../../../rehearsal/tls/keys.ts";
import { opensshPrivateKey, sshPublicLine } from "../../../rehearsal/tls/openssh.ts";

export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

export function keyPair(label: string): KeyPair {
  const key = ed25519Key(createSource("test", label).bytes(32));
  return { private: opensshPrivateKey(key) ?? "", public: sshPublicLine(createPublicKey(key)) ?? "" };
}

export const admin = keyPair("admin");
export const serverToken = "server-token-of-the-cluster";
export const agentToken = "agent-token-of-the-cluster";
const type = "command:remote:Command";

/** Machines, clusters and the command model on them, with short ways to run steps. */
export function createTestWorld(
  args: Partial<Omit<CommandArgs, "hosts" | "clusters">> & {
    readonly names?: Readonly<Record<string, readonly string[]>>;
    readonly seed?: string;
  } = {},
) {
  const { names, seed = "test", ...rest } = args;
  const hosts = createHosts({ resolve: (name) => names?.[name] ?? [] });
  const clusters = createClusters({ seed, hosts });
  const model = createCommand({ hosts, clusters, ...rest });
  const findings: Finding[] = [];
  let machines = 0;

  const contextOf = (name: string, now: number, kind = type): Context => {
    const urn = `urn:pulumi:dev::groundwork::${kind}::${name}`;
    return {
      ...{ urn, type: kind, name, project: "groundwork", stack: "dev", now, dependencies: new Set<string>() },
      finding: (finding) => findings.push({ ...finding, urn }),
    };
  };
  const resource = (kind = type) => {
    const found = model.resource(kind);
    if (found === undefined) throw new Error(`no model of ${kind}`);
    return found;
  };
  const connection = (host: string, extra: Props = {}): Props => ({
    ...{ host, user: "root", privateKey: admin.private, dialErrorLimit: 60 },
    ...extra,
  });

  return {
    /** 10, 11, ...: the last octet of a machine's addresses. */
    nextOctet: () => 10 + machines++,
    hosts,
    clusters,
    model,
    findings,
    contextOf,
    resource,
    connection,
    create: async (inputs: Props, name: string, now = 1000): Promise<Created> =>
      resource().create(inputs, contextOf(name, now)),
    /** A node that the cloud has made: on the private network, its temporary host key in its user data. */
    machine(
      name: string,
      machine: {
        readonly addresses: readonly HostAddress[];
        readonly files?: Readonly<Record<string, string>>;
        readonly createdAt?: number;
      },
    ) {
      const temporary = keyPair(`temporary ${name}`);
      const userData = `#cloud-config\n${stringify({
        users: [{ name: "root", ssh_authorized_keys: [admin.public] }],
        ssh_keys: { ed25519_private: temporary.private, ed25519_public: temporary.public },
        write_files: Object.entries(machine.files ?? {}).map(([path, content]) => ({ path, content })),
      })}`;
      hosts.register(
        bootedMachine({
          name,
          urn: `urn:${name}`,
          addresses: machine.addresses,
          userData,
          createdAt: machine.createdAt ?? 0,
        }),
      );
      return temporary;
    },
    /** Runs a step on a host that is reached at `address`, pinned to the key that it has now. */
    async step(
      verb: Verb,
      host: string,
      params: Readonly<Record<string, string>>,
      extra: { readonly stdin?: string; readonly now?: number; readonly logging?: string } = {},
    ) {
      const { now = 1000, ...inputs } = extra;
      const hostKey = hosts.get(host)?.hostKeys[0];
      const address = [...(hosts.get(host)?.addresses.keys() ?? [])][0] ?? host;
      const create = composeStep({ verb, params, body: "" });
      const created = await resource().create(
        { connection: connection(address, hostKey === undefined ? {} : { hostKey }), create, ...inputs },
        contextOf(`${host}-${verb}`, now),
      );
      return { stdout: created.outputs.stdout, seconds: created.seconds };
    },
  };
}

export type TestWorld = ReturnType<typeof createTestWorld>;

/** A k3s node's files, as user data leaves them. */
export function nodeFiles(
  name: string,
  args: { readonly init?: boolean; readonly config?: Props } = {},
): Readonly<Record<string, string>> {
  return {
    "/etc/rancher/k3s/config.yaml": stringify({ "node-name": name, "flannel-backend": "vxlan", ...args.config }),
    ...(args.init ? { "/etc/groundwork/init": `${name} may start the cluster.\n` } : {}),
  };
}

/** Reachable by the tailnet's subnet route: what `prod` has. */
export function addNode(
  world: TestWorld,
  name: string,
  args: { readonly init?: boolean; readonly config?: Props; readonly createdAt?: number } = {},
): KeyPair {
  const octet = world.nextOctet();
  return world.machine(name, {
    addresses: [
      { address: `100.64.0.${octet}`, network: "tailnet" },
      { address: `10.0.1.${octet}`, network: "net" },
    ],
    files: nodeFiles(name, args),
    createdAt: args.createdAt ?? 0,
  });
}

export function privateAddress(world: TestWorld, name: string): string {
  return (
    [...(world.hosts.get(name)?.addresses.values() ?? [])].find((address) => address.network === "net")?.address ?? ""
  );
}

export const endpoint = "10.0.0.5:6443";

/** Joins a node as the program does: server token and agent token by standard input. */
export async function join(
  world: TestWorld,
  name: string,
  role: "server" | "agent",
  now: number,
  args: { readonly stdin?: string; readonly timeout?: string } = {},
) {
  const peers = world.hosts
    .all()
    .filter((host) => host.name !== name && host.name.startsWith("cp"))
    .map((host) => `${privateAddress(world, host.name)}:6443`);
  return world.step(
    "k3s-join",
    name,
    { name, role, endpoint, peers: role === "server" ? peers.join(" ") : "", timeout: args.timeout ?? "600" },
    { now, stdin: args.stdin ?? (role === "server" ? `${serverToken}\n${agentToken}\n` : `${agentToken}\n`) },
  );
}

/** A load balancer in the private network, in front of every server. */
export function loadBalancer(world: TestWorld): void {
  world.hosts.forward({
    address: "10.0.0.5",
    network: "net",
    port: 6443,
    targets: () =>
      world.hosts
        .all()
        .filter((host) => host.name.startsWith("cp"))
        .map((host) => host.name),
  });
}

/** cp-1, cp-2, cp-3 and worker-1, joined one after the other. */
export async function createTestCluster(world: TestWorld = createTestWorld(), config: Props = {}): Promise<TestWorld> {
  for (const name of ["cp-1", "cp-2", "cp-3", "worker-1"]) addNode(world, name, { init: name === "cp-1", config });
  loadBalancer(world);
  let now = 1000;
  for (const name of ["cp-1", "cp-2", "cp-3"]) now += (await join(world, name, "server", now)).seconds;
  await join(world, "worker-1", "agent", now);
  return world;
}
