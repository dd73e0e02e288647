import { ServiceError } from "../../../model.ts";
import { digest } from "../../shared/digest.ts";
import type { Acl, Datacentre } from "./state.ts";

/** Who asks. */
export interface Caller {
  /** `user@realm` or `user@realm!token` */
  readonly id: string;
  /** Absent: everything. */
  readonly acl?: readonly Acl[];
  /** Signed in by a ticket: a request that changes something has to bring its CSRF prevention token. */
  readonly csrf?: string;
}

/** What `POST /access/ticket` answers. */
export interface Ticket {
  readonly username: string;
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
}

/** The rule of the longest path that leads there decides, as in Proxmox VE's own access control. */
function privileges(acl: readonly Acl[], path: string): readonly string[] {
  const leads = acl
    .filter((row) => row.path === "/" || path === row.path || path.startsWith(`${row.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length);
  return leads[0]?.privileges ?? [];
}

/** Those that a program which makes machines has to do with. Source: pve.proxmox.com/pve-docs, "Privileges" */
const allPrivileges: readonly string[] = [
  ...["VM.Allocate", "VM.Audit", "VM.PowerMgmt", "VM.GuestAgent.Audit", "VM.Config.CPU", "VM.Config.Memory"],
  ...["VM.Config.Disk", "VM.Config.Network", "VM.Config.Cloudinit", "VM.Config.HWType", "VM.Config.Options"],
  ...["Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit"],
  ...["Sys.AccessNetwork", "Sys.Audit", "Sys.Modify", "SDN.Use", "Pool.Audit", "Pool.Allocate", "Permissions.Modify"],
];

export const may = (caller: Caller, path: string, privilege: string): boolean =>
  caller.acl === undefined || privileges(caller.acl, path).includes(privilege);

/** @throws ServiceError 403 unless the caller has one of the privileges. */
export function demand(caller: Caller, path: string, ...anyOf: readonly string[]): void {
  if (anyOf.some((privilege) => may(caller, path, privilege))) return;
  throw new ServiceError("403", `Permission check failed (${path}, ${anyOf.join("|")})`);
}

/** To have a node fetch something from the network. Source: pve-manager, PVE/API2/Nodes.pm, query_url_metadata */
export function requireNetwork(caller: Caller, node: string): void {
  if (may(caller, "/", "Sys.Audit") && may(caller, "/", "Sys.Modify")) return;
  demand(caller, `/nodes/${node}`, "Sys.AccessNetwork");
}

export function accessOperations({ options, seed }: Datacentre) {
  const ticketOf = (user: string): Ticket => ({
    username: user,
    ticket: `PVE:${user}:${digest(seed, "ticket", user).slice(0, 32)}`,
    CSRFPreventionToken: digest(seed, "csrf", user).slice(0, 32),
  });
  return {
    /** The caller of a token `user@realm!name=secret`. @throws ServiceError 401 */
    withToken(given: string): Caller {
      const known = options.tokens.find(({ token }) => token === given);
      const id = given.slice(0, given.indexOf("="));
      if (known !== undefined) return { id, ...(known.acl === undefined ? {} : { acl: known.acl }) };
      const there = options.tokens.some(({ token }) => token.startsWith(`${id}=`));
      throw new ServiceError("401", there ? "invalid token value!" : `no such token '${id}'`);
    },
    /** `GET /access/permissions`: path -> privilege -> 1. */
    permissionsOf({ acl }: Caller): Readonly<Record<string, Readonly<Record<string, 1>>>> {
      const rows = acl ?? [{ path: "/", privileges: allPrivileges }];
      return Object.fromEntries(
        rows.map(({ path, privileges: names }) => [path, Object.fromEntries(names.map((name) => [name, 1 as const]))]),
      );
    },
    /** @throws ServiceError 401 */
    withTicket(ticket: string): Caller {
      const user = Object.keys(options.users ?? {}).find((name) => ticketOf(name).ticket === ticket);
      if (user === undefined) throw new ServiceError("401", "permission denied - invalid PVE ticket");
      return { id: user, csrf: ticketOf(user).CSRFPreventionToken };
    },
    /** `POST /access/ticket` @throws ServiceError 401 */
    signIn(user: string, password: string): Ticket {
      if (options.users?.[user] === undefined || options.users[user] !== password)
        throw new ServiceError("401", "authentication failure");
      return ticketOf(user);
    },
  };
}
