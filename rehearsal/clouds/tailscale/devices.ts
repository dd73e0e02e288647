import { z } from "zod";
import { ServiceError } from "../../model.ts";
import { digest, digestNumber } from "../shared/digest.ts";
import { isCidr, writeIp } from "../shared/ipv4.ts";
import { readRequest } from "../shared/request.ts";
import { type Credentials, requireScope, requireTags } from "./credentials.ts";
import { isExpired } from "./keys.ts";
import { approves } from "./policy.ts";
import type { Device, KeyRow } from "./rows.ts";
import type { Tailnet } from "./state.ts";

export type { Device } from "./rows.ts";

/** What `tailscale up --auth-key=... --hostname=... --advertise-routes=...` says. */
export interface Join {
  readonly hostname: string;
  /** The auth key. */
  readonly key: string;
  /** Networks that the device offers to route into. */
  readonly routes?: readonly string[];
  /** Tags to be asked for beside those of the key. */
  readonly tags?: readonly string[];
  /** Tells machines apart: one that is logged in already needs no key. Absent: a machine never seen before. */
  readonly machine?: string;
  readonly os?: string;
}

const keyLifeDays = 180;

/** 100.64.0.0/10 without what Tailscale keeps for itself. tailscale.com/kb/1015/100.x-addresses */
function freeAddress(tailnet: Tailnet, serial: number): string {
  const taken = new Set([...tailnet.devices.values()].flatMap((device) => device.addresses));
  const size = 2 ** 22;
  const start = digestNumber(size, tailnet.seed, "address", serial);
  for (let step = 0; step < size; step++) {
    const ip = 0x64400000 + ((start + step) % size);
    const text = writeIp(ip);
    const isReserved =
      text.startsWith("100.100.0.") ||
      text.startsWith("100.100.100.") ||
      text.startsWith("100.115.92.") ||
      text.startsWith("100.115.93.");
    if (!isReserved && !taken.has(text)) return text;
  }
  throw new ServiceError("500", "no address is left in 100.64.0.0/10");
}

/** A key that opens the door now. */
function usableKey(tailnet: Tailnet, secret: string): KeyRow {
  const row = [...tailnet.keys.values()].find((key) => key.secret === secret);
  const refuse = (why: string): ServiceError => new ServiceError("invalid_key", `invalid key: ${why}`);
  if (row === undefined) throw refuse("unable to validate API key: it does not exist, or was deleted");
  if (isExpired(tailnet, row)) throw refuse(`API key ${row.id} is expired since ${row.expires}`);
  if (row.spent) throw refuse(`API key ${row.id} is for one use and has been used`);
  return row;
}

/** `host`, or the first of `host-1`, `host-2`, ... that no other device has. */
function freeName(tailnet: Tailnet, hostname: string): string {
  const base = hostname.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  const taken = new Set([...tailnet.devices.values()].map((device) => device.name));
  for (let suffix = 0; ; suffix++) {
    const name = `${base}${suffix === 0 ? "" : `-${suffix}`}.${tailnet.domain}`;
    if (!taken.has(name)) return name;
  }
}

function offer(tailnet: Tailnet, device: Device, routes: readonly string[]): void {
  const wrong = routes.find((route) => !isCidr(route));
  if (wrong !== undefined)
    throw new ServiceError("invalid_route", `${wrong} has non-address bits set, or is no network`);
  device.advertisedRoutes = [...routes];
  for (const route of routes) {
    if (!device.enabledRoutes.includes(route) && approves(tailnet.policy(), route, device.tags))
      device.enabledRoutes.push(route);
  }
}

function join(tailnet: Tailnet, wanted: Join): Device {
  const now = tailnet.options.now();
  const machineKey =
    wanted.machine === undefined ? undefined : `mkey:${digest(tailnet.seed, "machine", wanted.machine)}`;
  const present = [...tailnet.devices.values()].find((device) => device.machineKey === machineKey);
  if (present !== undefined) {
    present.hostname = wanted.hostname;
    present.lastSeen = now.toISOString();
    offer(tailnet, present, wanted.routes ?? []);
    return present;
  }
  const key = usableKey(tailnet, wanted.key);
  const { tags, ephemeral, preauthorized, reusable } = key.capabilities.devices.create;
  const more = (wanted.tags ?? []).filter((tag) => !tags.includes(tag));
  if (more.length > 0) requireTags({ kind: "oauth", scopes: [], tags }, tailnet.policy(), more);
  const serial = tailnet.nextDevice();
  const hex = digest(tailnet.seed, "device", serial);
  const id = String(digestNumber(2 ** 32, tailnet.seed, "device id", serial) * 1000 + serial);
  const allTags = [...tags, ...more];
  const device: Device = {
    id,
    nodeId: `n${hex.slice(0, 11)}CNTRL`,
    name: freeName(tailnet, wanted.hostname),
    hostname: wanted.hostname,
    addresses: [freeAddress(tailnet, serial), `fd7a:115c:a1e0::${hex.slice(0, 4)}:${hex.slice(4, 8)}`],
    user: allTags.length > 0 ? "tagged-devices" : `admin@${tailnet.options.tailnet}`,
    tags: allTags,
    authorized: preauthorized || tailnet.options.deviceApproval !== true,
    // A tagged device belongs to nobody who could sign in again.
    keyExpiryDisabled: allTags.length > 0,
    created: now.toISOString(),
    lastSeen: now.toISOString(),
    expires: new Date(now.getTime() + keyLifeDays * 86_400_000).toISOString(),
    os: wanted.os ?? "linux",
    clientVersion: "1.90.8",
    updateAvailable: false,
    isExternal: false,
    isEphemeral: ephemeral,
    blocksIncomingConnections: false,
    machineKey: machineKey ?? `mkey:${digest(tailnet.seed, "machine", serial)}`,
    nodeKey: `nodekey:${digest(tailnet.seed, "node", serial)}`,
    tailnetLockError: "",
    tailnetLockKey: `nlpub:${digest(tailnet.seed, "lock", serial)}`,
    advertisedRoutes: [],
    enabledRoutes: [],
  };
  offer(tailnet, device, wanted.routes ?? []);
  tailnet.devices.set(id, device);
  if (!reusable) key.spent = true;
  return device;
}

/** `/device` and `/tailnet/-/devices` of the API, and what only a machine itself can do. */
export function deviceOperations(tailnet: Tailnet) {
  const find = (id: string): Device => {
    const device = tailnet.devices.get(id) ?? [...tailnet.devices.values()].find((row) => row.nodeId === id);
    if (device === undefined) throw new ServiceError("404", `no device with id ${id}`);
    return device;
  };
  const change =
    (scope: string, apply: (device: Device, body: unknown, credentials: Credentials) => void) =>
    (credentials: Credentials, id: string, body: unknown): Device => {
      requireScope(credentials, scope);
      const device = find(id);
      apply(device, body, credentials);
      return structuredClone(device);
    };
  return {
    /** A machine joins with an auth key. Its own door: no API does it. @throws ServiceError `invalid_key` */
    join: (wanted: Join): Device => structuredClone(join(tailnet, wanted)),
    /** A machine goes away for good; the tailnet forgets it only if it is ephemeral. */
    disconnect(id: string): void {
      const device = find(id);
      if (device.isEphemeral) tailnet.devices.delete(device.id);
    },
    list(
      credentials: Credentials,
      filter: { readonly name?: string | undefined; readonly hostname?: string | undefined } = {},
    ): Device[] {
      requireScope(credentials, "devices:core:read");
      const rows = [...tailnet.devices.values()].filter(
        (device) =>
          (filter.name ?? device.name) === device.name && (filter.hostname ?? device.hostname) === device.hostname,
      );
      return structuredClone(rows);
    },
    get(credentials: Credentials, id: string): Device {
      requireScope(credentials, "devices:core:read");
      return structuredClone(find(id));
    },
    delete(credentials: Credentials, id: string): void {
      requireScope(credentials, "devices:core");
      tailnet.devices.delete(find(id).id);
    },
    setTags: change("devices:core", (device, body, credentials) => {
      const { tags } = readRequest("400", z.object({ tags: z.array(z.string()) }), body);
      if (tags.length === 0 && device.tags.length > 0) {
        throw new ServiceError(
          "400",
          `device ${device.name} is owned by its tags: they go only when a user authenticates it again`,
        );
      }
      requireTags(credentials, tailnet.policy(), tags);
      device.tags = tags;
      if (tags.length > 0) device.keyExpiryDisabled = true;
    }),
    setKey: change("devices:core", (device, body) => {
      device.keyExpiryDisabled = readRequest(
        "400",
        z.object({ keyExpiryDisabled: z.boolean().default(false) }),
        body,
      ).keyExpiryDisabled;
    }),
    setAuthorized: change("devices:core", (device, body) => {
      device.authorized = readRequest("400", z.object({ authorized: z.boolean() }), body).authorized;
    }),
    /** A name of one label, or with the tailnet's domain; an empty one follows the host's own again. */
    setName: change("devices:core", (device, body) => {
      const { name } = readRequest("400", z.object({ name: z.string() }), body);
      if (name === "") {
        device.name = freeName(tailnet, device.hostname);
        return;
      }
      const full = name.endsWith(`.${tailnet.domain}`) ? name : `${name}.${tailnet.domain}`;
      if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(full.slice(0, -tailnet.domain.length - 1)))
        throw new ServiceError("400", `'${name}' is no name for a device: letters, digits and dashes only`);
      const holder = [...tailnet.devices.values()].find((other) => other.name === full && other.id !== device.id);
      if (holder !== undefined) throw new ServiceError("409", `device ${holder.id} is already called ${full}`);
      device.name = full;
    }),
    /** Enables routes; they carry traffic once the device offers them. */
    setRoutes: change("devices:routes", (device, body) => {
      const { routes } = readRequest("400", z.object({ routes: z.array(z.string()) }), body);
      const wrong = routes.find((route) => !isCidr(route));
      if (wrong !== undefined)
        throw new ServiceError("400", `'${wrong}' is no network in CIDR notation with empty host bits`);
      device.enabledRoutes = routes;
    }),
  };
}
