import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { z } from "zod";
import { durations } from "../durations.ts";
import { canonicalLine } from "../tls/openssh.ts";
import type { HostAddress, HostSpec } from "./hosts.ts";

/** What first boot makes of user data, as far as a rehearsal looks at it. */
export interface FirstBoot {
  /** Host keys in `authorized_keys` form. */
  readonly hostKeys: readonly string[];
  readonly users: Readonly<Record<string, readonly string[]>>;
  readonly files: Readonly<Record<string, string>>;
}

const keyList = z.array(z.string()).optional();

// Only what is read here; cloud-init's own schema is checked by cloud-init.
const cloudConfig = z.object({
  ssh_keys: z.record(z.string(), z.string()).optional(),
  ssh_authorized_keys: keyList,
  users: z
    .array(z.union([z.string(), z.looseObject({ name: z.string().optional(), ssh_authorized_keys: keyList })]))
    .optional(),
  write_files: z
    .array(z.looseObject({ path: z.string(), content: z.string().optional(), encoding: z.string().optional() }))
    .optional(),
});

/**
 * Reads a `#cloud-config` document. Anything else (a shell script, nothing at all) is run by cloud-init without leaving
 * keys or files that a rehearsal could know.
 */
export function readUserData(userData: string | undefined): FirstBoot {
  if (userData === undefined || !/^#cloud-config\s/.test(userData)) return { hostKeys: [], users: {}, files: {} };
  const document = cloudConfig.parse(parse(userData) ?? {});
  const users: Record<string, readonly string[]> = { root: document.ssh_authorized_keys ?? [] };
  for (const user of document.users ?? []) {
    if (typeof user === "string" || user.name === undefined) continue;
    users[user.name] = [...(users[user.name] ?? []), ...(user.ssh_authorized_keys ?? [])];
  }
  return {
    hostKeys: Object.entries(document.ssh_keys ?? {}).flatMap(([name, key]) =>
      name.endsWith("_public") ? [canonicalLine(key)] : [],
    ),
    users,
    files: Object.fromEntries(
      (document.write_files ?? []).map((file) => [file.path, decoded(file.content ?? "", file.encoding)]),
    ),
  };
}

/** The encodings of cloud-init's `write_files` module. */
function decoded(content: string, encoding: string | undefined): string {
  switch (encoding?.toLowerCase()) {
    case "b64":
    case "base64":
      return Buffer.from(content, "base64").toString();
    case "gz+b64":
    case "gz+base64":
    case "gzip+b64":
    case "gzip+base64":
      return gunzipSync(Buffer.from(content, "base64")).toString();
    case undefined:
    case "text/plain":
      return content;
    default:
      throw new Error(`write_files cannot be decoded from "${encoding}": use b64, gz+b64 or plain text`);
  }
}

export interface Machine {
  readonly name: string;
  readonly urn?: string;
  readonly addresses: readonly HostAddress[];
  readonly userData?: string | undefined;
  /** Public keys that the cloud itself gives to root. */
  readonly sshKeys?: readonly string[];
  /** Virtual time at which the cloud reports the machine as made. */
  readonly createdAt: number;
}

/** The host that a cloud's new machine becomes. */
export function bootedMachine(machine: Machine): HostSpec {
  const boot = readUserData(machine.userData);
  const sshAnswersAt = machine.createdAt + durations.host.sshAnswers;
  return {
    name: machine.name,
    ...(machine.urn === undefined ? {} : { urn: machine.urn }),
    addresses: machine.addresses,
    hostKeys: boot.hostKeys,
    users: { ...boot.users, root: [...(boot.users.root ?? []), ...(machine.sshKeys ?? [])] },
    files: boot.files,
    sshAnswersAt,
    initialisedAt: sshAnswersAt + durations.host.cloudInit,
  };
}

/** What a first boot asks of the tailnet, when its files hold a key to join it. */
export interface TailnetRequest {
  readonly hostname: string;
  readonly key: string;
  readonly routes: readonly string[];
  readonly tags: readonly string[];
}

/** Reads `/etc/groundwork/tailscale.key` and the settings beside it in `/etc/groundwork/node.env`. */
export function tailnetRequest(
  files: ReadonlyMap<string, string> | Readonly<Record<string, string>>,
): TailnetRequest | undefined {
  const file = (path: string): string | undefined =>
    files instanceof Map ? files.get(path) : (files as Readonly<Record<string, string>>)[path];
  const key = file("/etc/groundwork/tailscale.key")?.trim();
  if (!key) return undefined;
  const settings = file("/etc/groundwork/node.env") ?? "";
  const value = (name: string): string =>
    new RegExp(`^(?:export )?${name}=(['"]?)(.*)\\1$`, "m").exec(settings)?.[2] ?? "";
  const list = (name: string): string[] =>
    value(name)
      .split(/[ ,]+/)
      .filter((word) => word !== "");
  return {
    hostname: value("GW_TAILSCALE_HOSTNAME"),
    key,
    routes: list("GW_TAILSCALE_ROUTES"),
    tags: list("GW_TAILSCALE_TAGS"),
  };
}
