import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { durations } from "../durations.ts";
import { readInputs } from "../inputs.ts";
import { type Context, ServiceError } from "../model.ts";
import { parsePrivateKey } from "../tls/keys.ts";
import { canonicalLine, sshPublicLine } from "../tls/openssh.ts";
import type { Found, Host, Hosts, Origin } from "./hosts.ts";

// Source: pulumi/pulumi-command, provider/pkg/provider/remote/connection.go. A field that it does not know is refused:
// the real one prints the whole connection then, the key included (pulumi/pulumi#19465).
const endpointFields = {
  agentSocketPath: z.string().optional(),
  dialErrorLimit: z.number().int().default(10),
  host: z.string(),
  hostKey: z.string().optional(),
  password: z.string().optional(),
  perDialTimeout: z.number().int().default(15),
  port: z.number().int().default(22),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  user: z.string().default("root"),
};
const endpoint = z.strictObject(endpointFields);
const connectionInputs = z.strictObject({ ...endpointFields, proxy: endpoint.optional() });

export type Endpoint = z.output<typeof endpoint>;

/** Seconds that the provider goes on dialling while it is refused at once: 100 ms, each pause half as long again, to 5 s. */
export function dialSeconds(dialErrorLimit: number): number {
  if (dialErrorLimit < 0) return Number.POSITIVE_INFINITY;
  let total = 0;
  for (let pause = 0.1, tries = 0; tries < dialErrorLimit; tries++, pause = Math.min(5, pause * 1.5)) total += pause;
  return total;
}

export interface Connected {
  readonly host: Host;
  /** Virtual time at which the session is open. */
  readonly at: number;
}

/**
 * Opens a session as the provider does, or fails in its words, followed by what the rehearsal knows of the reason.
 * @throws ServiceError
 */
export function connect(args: {
  readonly hosts: Hosts;
  readonly connection: unknown;
  readonly now: number;
  readonly context: Context;
}): Connected {
  const { hosts, context } = args;
  const { proxy, ...target } = readInputs(z.object({ connection: connectionInputs }), {
    connection: args.connection,
  }).connection;
  warnOfMissingHostKey(target, "connection.hostKey", context);
  if (proxy === undefined) {
    const { host, at } = dial({ hosts, origin: "runner", endpoint: target, prefix: "", now: args.now });
    handshake({ host, endpoint: target, prefix: "", context });
    return { host, at: at + durations.ssh.connect };
  }
  warnOfMissingHostKey(proxy, "connection.proxy.hostKey", context);
  const first = dial({ hosts, origin: "runner", endpoint: proxy, prefix: "proxy: ", now: args.now });
  const bastion = first.host;
  handshake({ host: bastion, endpoint: proxy, prefix: "proxy: ", context });
  const { host, at } = dial({ hosts, origin: bastion, endpoint: target, prefix: "proxy: ", now: first.at });
  handshake({ host, endpoint: target, prefix: "proxy: ", context });
  return { host, at: at + durations.ssh.connectThroughProxy };
}

function warnOfMissingHostKey(target: Endpoint, field: string, context: Context): void {
  if (target.hostKey !== undefined) return;
  context.finding({
    rule: "unpinned-host-key",
    message: `${context.name} does not check who answers at ${target.host}: without ${field} any machine in between may take its place, and gets what is sent`,
    remedy: `set ${field} to the host's public key`,
  });
}

interface Dial {
  readonly hosts: Hosts;
  readonly origin: Origin;
  readonly endpoint: Endpoint;
  readonly now: number;
  readonly prefix: string;
}

function dial(args: Dial): Connected {
  const { endpoint: target, origin } = args;
  const found = args.hosts.find(origin, target.host, target.port);
  const host = found.kind === "hosts" ? found.hosts[0] : undefined;
  if (found.kind === "hosts" && host !== undefined) {
    return { host, at: waitForBoot({ ...args, now: waitForWay(found.from, args) }, host) };
  }
  const at = `dial tcp ${target.host}:${target.port}`;
  const said = found.kind === "unknown-name" ? `dial tcp: lookup ${target.host}: no such host` : `${at}: i/o timeout`;
  throw failed({ endpoint: target, prefix: args.prefix, said, reason: absence(found, target.host, origin) });
}

/** Virtual time at which packets get through. Until then each dial takes its whole time. */
function waitForWay(from: number, { endpoint: target, now, prefix }: Dial): number {
  if (from <= now) return now;
  const limit = target.dialErrorLimit;
  const patience = dialSeconds(limit) + Math.max(0, limit) * target.perDialTimeout;
  if (target.perDialTimeout === 0 || patience >= from - now) return from;
  const said = `dial tcp ${target.host}:${target.port}: i/o timeout`;
  const reason = `the way there leads through the tailnet, which a machine on it joins ${Math.ceil(from - now)} s from now, and ${limit} dials are over after ${Math.floor(patience)} s: raise dialErrorLimit`;
  throw failed({ endpoint: target, prefix, said, reason });
}

/** Why nobody answers, in a sentence with the remedy. */
export function absence(found: Found, address: string, origin: Origin): string {
  const who = origin === "runner" ? "the machine that runs Pulumi" : origin.name;
  switch (found.kind) {
    case "hosts":
      return `no host is behind ${address}`;
    case "nobody":
      return `no machine has the address ${address} at this time: does this wait for the one that gets it?`;
    case "unknown-name":
      return `the name ${address} does not resolve: does this wait for its DNS record?`;
    case "unreachable":
      return `${address} belongs to ${found.owner} in the network ${found.network}, and ${who} is in ${found.from.join(", ")}: go through a proxy that is in both`;
    case "filtered":
      return `a firewall in front of ${found.owner} does not let port ${found.port} through: open it, or go another way`;
    default: {
      const unknown: never = found;
      throw new Error(`unknown result of a dial: ${String(unknown)}`);
    }
  }
}

/** Virtual time at which the host answers. */
function waitForBoot(args: Dial, host: Host): number {
  const { endpoint: target } = args;
  const wait = host.sshAnswersAt - args.now;
  if (wait <= 0) return args.now;
  const patience = dialSeconds(target.dialErrorLimit);
  if (patience >= wait) return host.sshAnswersAt;
  const said = `dial tcp ${target.host}:${target.port}: connect: connection refused`;
  const reason = `${host.name} answers ${Math.ceil(wait)} s from now, and ${target.dialErrorLimit} refused dials are over after ${Math.floor(patience)} s: raise dialErrorLimit, to 60 say (about four and a half minutes)`;
  throw failed({ endpoint: target, prefix: args.prefix, said, reason });
}

function handshake(args: {
  readonly host: Host;
  readonly endpoint: Endpoint;
  readonly prefix: string;
  readonly context: Context;
}): void {
  const { host, endpoint: target, prefix } = args;
  if (target.hostKey !== undefined) {
    const pinned = canonicalLine(target.hostKey);
    if (pinned === "") throw new ServiceError("InvalidInput", `${prefix}failed to parse host key: ssh: no key found`);
    if (!host.hostKeys.map(canonicalLine).includes(pinned)) {
      const reason = `${host.name} presents ${host.hostKeys.map(shortened).join(", ") || "keys that it made itself at boot"}, and ${shortened(pinned)} is pinned`;
      throw failed({ endpoint: target, prefix, said: "ssh: handshake failed: ssh: host key mismatch", reason });
    }
  }
  const allowed = (host.users[target.user] ?? []).map(canonicalLine);
  if (target.privateKey !== undefined && allowed.includes(publicLineOf(target.privateKey, args.context))) return;
  const methods = [
    "none",
    ...(target.privateKey === undefined ? [] : ["publickey"]),
    ...(target.password === undefined ? [] : ["password"]),
  ];
  const said = `ssh: handshake failed: ssh: unable to authenticate, attempted methods [${methods.join(" ")}], no supported methods remain`;
  const reason =
    allowed.length === 0
      ? `${host.name} lets nobody in as ${target.user}: give it an SSH key`
      : `the key is none of the ${allowed.length} that ${host.name} lets in as ${target.user}`;
  throw failed({ endpoint: target, prefix, said, reason });
}

function publicLineOf(privateKey: string, context: Context): string {
  return sshPublicLine(createPublicKey(parsePrivateKey(privateKey, `${context.name}'s connection`))) ?? "";
}

function shortened(line: string): string {
  const [type = "", key = ""] = line.split(" ");
  return `${type} ...${key.slice(-12)}`;
}

/** Every failed dial, whatever its reason, is tried again until the limit is reached. */
function failed(args: {
  readonly endpoint: Endpoint;
  readonly prefix: string;
  readonly said: string;
  readonly reason: string;
}): ServiceError {
  const { dialErrorLimit } = args.endpoint;
  const attempts = dialErrorLimit < 0 ? "for ever" : `after ${dialErrorLimit} failed attempts`;
  return new ServiceError("DialFailed", `${args.prefix}${attempts}: ${args.said}. In the rehearsal: ${args.reason}`);
}
