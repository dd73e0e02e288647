import { createPublicKey } from "node:crypto";
import { parseStage } from "../../config/parse.ts";
import { hostKeysOf, nodesOn, type Pool, type PoolOn } from "../../config/pools.ts";
import { readConfig } from "../../config/read.ts";
import { sentScript } from "../../lib/bootstrap/as-root.ts";
import { filesOf } from "../../lib/bootstrap/script.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import { absence } from "../command/connection.ts";
import type { Host, Hosts } from "../command/hosts.ts";
import { exited, type LocalStep, parameter, type Step } from "../command/steps/step.ts";
import { durations } from "../durations.ts";
import { parsePrivateKey } from "../tls/keys.ts";
import { canonicalLine, sshPublicLine } from "../tls/openssh.ts";
import type { StackValues } from "./accounts.ts";
import { lanOf } from "./lan.ts";
import { joinTailnet } from "./tailnet.ts";

/** Hosts that stood before the program came, and what may become of them. By their nodes' names. */
export interface Metal {
  /** The host loses its power. */
  die(node: string): void;
  /** It is back, its disk as it was when it was new. */
  revive(node: string): void;
  /** From now on it identifies itself with these keys: it was installed anew, or somebody else answers. */
  present(node: string, hostKeys: readonly string[]): void;
  /** What stands in its files, by path. */
  files(node: string): ReadonlyMap<string, string>;
}

export interface MetalArgs {
  readonly stack: StackValues;
  readonly hosts: Hosts;
  readonly tailscale: TailscaleModel;
}

export function createMetal({ stack, hosts, tailscale }: MetalArgs): {
  readonly metal: Metal;
  readonly steps: Readonly<Record<string, Step>>;
  readonly localSteps: Readonly<Record<string, LocalStep>>;
} {
  const nodes = new Map(nodesOn(nodesIn(stack), "metal").map((node) => [node.name, node]));
  const key = stack.config["secret:ssh-key"];
  const allowed = key === undefined ? [] : [publicLine(key)];
  const install = (node: PlannedMachine<PoolOn<"metal">>): Host =>
    hosts.register({
      name: node.hostname,
      addresses: [{ address: node.address, network: lanOf(stack, node.address), openPorts: portsOf(node) }],
      hostKeys: hostKeysOf(node).map(canonicalLine),
      users: { [node.pool.user]: allowed },
      sshAnswersAt: Number.NEGATIVE_INFINITY,
      // Set up by the program alone.
      initialisedAt: Number.POSITIVE_INFINITY,
    });
  for (const node of nodes.values()) install(node);

  const of = (name: string): PlannedMachine<PoolOn<"metal">> => {
    const node = nodes.get(name);
    if (node === undefined) throw new Error(`no host is meant by ${name}: there are ${[...nodes.keys()].join(", ")}`);
    return node;
  };
  return {
    metal: {
      die: (name) => hosts.remove(of(name).hostname),
      revive: (name) => void install(of(name)),
      present: (name, hostKeys) => {
        const host = hosts.get(of(name).hostname);
        if (host !== undefined) host.hostKeys = hostKeys.map(canonicalLine);
      },
      files: (name) => hosts.get(of(name).hostname)?.files ?? new Map<string, string>(),
    },
    localSteps: { "host-reach": hostReach },
    steps: {
      "machine-setup": (request) => {
        const { host, context } = request;
        const files = filesOf({ script: sentScript(request.text), stdin: request.stdin });
        if (files.size === 0) throw exited(request, "the script writes no file");
        for (const [path, content] of files) host.files.set(path, content);
        const until = request.at + durations.step.machineSetup;
        host.initialisedAt = until;
        joinTailnet({ tailscale, hosts, host, machine: host.name, context });
        return { stdout: "", stderr: "groundwork: this machine is set up", until };
      },
      "machine-remove": (request) => {
        const { host } = request;
        const { name, addresses, hostKeys, users } = host;
        // What was a member of a cluster on it is gone; the host, its keys and its tailnet address are not.
        hosts.remove(name);
        hosts.register({
          ...{ name, hostKeys, users, addresses: [...addresses.values()] },
          sshAnswersAt: Number.NEGATIVE_INFINITY,
          initialisedAt: Number.POSITIVE_INFINITY,
        });
        return {
          stdout: "",
          stderr: `groundwork: ${name} has no k3s any more`,
          until: request.at + durations.step.machineRemove,
        };
      },
    },
  };
}

/** Whether a host answers with its pinned key, seen from the machine that runs the program. */
const hostReach: LocalStep = (request) => {
  const [name, address, hostKey] = ["name", "address", "hostKey"].map((key) => parameter(request, key));
  const found = request.hosts.find("runner", String(address), Number(parameter(request, "port")));
  const host = found.kind === "hosts" ? found.hosts[0] : undefined;
  const at = `${address}:${parameter(request, "port")}`;
  if (host === undefined)
    throw exited(
      request,
      `${name} does not answer at ${at}; it was tried for ${parameter(request, "seconds")}s. Is it on, is its SSH daemon running, and are you in its network or on the tailnet? Then run again${request.parameters.forget === undefined ? "" : `. ${request.parameters.forget}`}. In the rehearsal: ${absence(found, String(address), "runner")}`,
    );
  if (!host.hostKeys.includes(canonicalLine(String(hostKey))))
    throw exited(
      request,
      `${name} at ${at} answers with another key than the pinned one: it was installed anew, or somebody else answers. Nothing was sent to it. Look on the host itself, with ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, before you pin another`,
    );
  return { stdout: "", until: request.at + durations.ssh.connect };
};

/** None where the configuration is refused: then nothing is asked of the world. Only a stage with hosts is planned. */
function nodesIn({ config }: StackValues): readonly PlannedMachine<Pool>[] {
  if (config["groundwork:pools"]?.includes('"metal"') !== true) return [];
  const parsed = parseStage(readConfig(config, (name) => name.startsWith("secret:")));
  return parsed.ok ? parsed.machines : [];
}

/** A host's own daemon, and what k3s will listen on. */
const portsOf = ({ pool }: PlannedMachine<PoolOn<"metal">>): readonly number[] => [pool.port, 6443];

function publicLine(privateKey: string): string {
  return sshPublicLine(createPublicKey(parsePrivateKey(privateKey, "secret:ssh-key"))) ?? "";
}
