import type { Context, Hono } from "hono";
import { ServiceError } from "../../../model.ts";
import type { Env } from "../../http/door.ts";
import type { Caller } from "../domain/access.ts";
import type { Form } from "../domain/vm-options.ts";
import type { ProxmoxModel } from "../model.ts";
import type { Tasks } from "./tasks.ts";

export interface Bindings {
  readonly Bindings: Env;
}

export type App = Hono<Bindings>;

export type Call = Context<Bindings>;

/** What the code of every endpoint works with. */
export interface Api {
  readonly model: ProxmoxModel;
  readonly tasks: Tasks;
}

/**
 * Who asks: a token in the `Authorization` header, or a ticket in the cookie, which takes a second token in a header for
 * everything that changes something. Source: pve.proxmox.com/wiki/Proxmox_VE_API, "Authentication"
 * @throws ServiceError 401
 */
export function callerOf({ model }: Api, c: Call): Caller {
  const token = /^PVEAPIToken[= ](.+)$/.exec(c.req.header("Authorization") ?? "")?.[1];
  if (token !== undefined) return model.withToken(token);
  const ticket = /(?:^|;\s*)PVEAuthCookie=([^;]+)/.exec(c.req.header("Cookie") ?? "")?.[1];
  if (ticket === undefined) return model.unauthenticated();
  const caller = model.withTicket(decodeURIComponent(ticket));
  if (c.req.method !== "GET" && c.req.header("CSRFPreventionToken") !== caller.csrf)
    throw new ServiceError("401", "Permission denied - invalid csrf token");
  return caller;
}

/** A request's parameters: of its query, and of its body, which is a form or JSON. */
export async function formOf(c: Call): Promise<Form> {
  const query = c.req.query();
  if (c.req.method === "GET" || c.req.method === "DELETE") return query;
  const text = await c.req.text();
  if (text === "") return query;
  if (c.req.header("Content-Type")?.startsWith("application/json") ?? false) {
    const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return { ...query, ...Object.fromEntries(Object.entries(body).map(([key, value]) => [key, String(value)])) };
  }
  return { ...query, ...Object.fromEntries(new URLSearchParams(text)) };
}

export const nodeIn = (c: Call): string => c.req.param("node") ?? "";

export const vmIn = (c: Call): number => Number(c.req.param("vmid"));

export const answer = (c: Call, data: unknown): Response => c.json({ data });
