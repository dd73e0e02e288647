import { Hono } from "hono";
import { ServiceError } from "../../../model.ts";
import { type Door, type DoorOptions, type Env, openDoor } from "../../http/door.ts";
import type { Device } from "../devices.ts";
import type { TailscaleModel } from "../model.ts";
import { plainJson } from "../policy.ts";
import { type Call, createSessions, type Sessions } from "./sessions.ts";

type App = Hono<{ Bindings: Env }>;

export interface TailscaleDoorOptions extends DoorOptions {
  /** The clock of access tokens, the real one unless told. */
  readonly now?: () => Date;
}

/** A refusal as the API words it; its code is the status. */
function refusal(error: ServiceError): Response {
  const message = error.message.slice(0, -` (${error.code})`.length);
  const status = Number(error.code);
  return Response.json({ message }, { status: status >= 400 && status < 600 ? status : 400 });
}

async function jsonOf(c: Call): Promise<unknown> {
  const text = await c.req.text();
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ServiceError("400", "the request's body is no JSON");
  }
}

/** A device as it is listed: with its routes only when all fields are asked for. */
function shown(c: Call, { advertisedRoutes, enabledRoutes, ...device }: Device): object {
  if (c.req.query("fields") !== "all") return device;
  return { ...device, advertisedRoutes, enabledRoutes, sshEnabled: false };
}

/** Whether a device is one that the query's other parameters describe. */
function wanted(c: Call, device: Device): boolean {
  return Object.entries(c.req.queries()).every(([field, values]) => {
    if (field === "fields") return true;
    const own: unknown = (device as unknown as Record<string, unknown>)[field];
    return values.some((value) => (Array.isArray(own) ? own.includes(value) : String(own) === value));
  });
}

function serveKeys(app: App, { keys }: TailscaleModel, sessions: Sessions): void {
  const id = (c: Call): string => c.req.param("id") ?? "";
  app.get("/tailnet/:tailnet/keys", (c) => c.json({ keys: keys.list(sessions.of(c)) }));
  app.post("/tailnet/:tailnet/keys", async (c) => c.json(keys.create(sessions.of(c), await jsonOf(c))));
  app.get("/tailnet/:tailnet/keys/:id", (c) => c.json(keys.get(sessions.of(c), id(c))));
  app.delete("/tailnet/:tailnet/keys/:id", (c) => {
    keys.delete(sessions.of(c), id(c));
    return c.json(null);
  });
}

function serveDevices(app: App, { devices }: TailscaleModel, sessions: Sessions): void {
  const id = (c: Call): string => c.req.param("id") ?? "";
  app.get("/tailnet/:tailnet/devices", (c) => {
    const found = devices.list(sessions.of(c)).filter((device) => wanted(c, device));
    return c.json({ devices: found.map((device) => shown(c, device)) });
  });
  app.get("/device/:id", (c) => c.json(shown(c, devices.get(sessions.of(c), id(c)))));
  app.delete("/device/:id", (c) => {
    devices.delete(sessions.of(c), id(c));
    return c.json(null);
  });
  const changes = {
    authorized: devices.setAuthorized,
    name: devices.setName,
    tags: devices.setTags,
    key: devices.setKey,
  };
  for (const [what, change] of Object.entries(changes)) {
    app.post(`/device/:id/${what}`, async (c) => {
      change(sessions.of(c), id(c), await jsonOf(c));
      return c.json(null);
    });
  }
  const routes = ({ advertisedRoutes, enabledRoutes }: Device): object => ({ advertisedRoutes, enabledRoutes });
  app.get("/device/:id/routes", (c) => c.json(routes(devices.get(sessions.of(c), id(c)))));
  app.post("/device/:id/routes", async (c) =>
    c.json(routes(devices.setRoutes(sessions.of(c), id(c), await jsonOf(c)))),
  );
}

function servePolicy(app: App, { policy }: TailscaleModel, sessions: Sessions): void {
  const answer = (c: Call): Response => {
    const { hujson, etag } = policy.get(sessions.of(c));
    c.header("ETag", `"${etag}"`);
    if (!(c.req.header("Accept") ?? "").includes("application/hujson"))
      return c.json(JSON.parse(plainJson(hujson)) as object);
    c.header("Content-Type", "application/hujson");
    return c.body(hujson);
  };
  app.get("/tailnet/:tailnet/acl", answer);
  app.post("/tailnet/:tailnet/acl", async (c) => {
    const ifMatch = c.req.header("If-Match")?.replaceAll('"', "");
    policy.set(sessions.of(c), await c.req.text(), ifMatch);
    return answer(c);
  });
  app.post("/tailnet/:tailnet/acl/validate", async (c) => {
    const message = policy.validate(sessions.of(c), await c.req.text());
    return c.json(message === undefined ? {} : { message });
  });
}

/** Serves Tailscale's API at `http://127.0.0.1:<port>/api/v2`, as tailscale.com/api describes it. */
export async function serveTailscale(model: TailscaleModel, options: TailscaleDoorOptions = {}): Promise<Door> {
  const sessions = createSessions(model, options.now ?? (() => new Date()));
  const app: App = new Hono<{ Bindings: Env }>().basePath("/api/v2");
  app.post("/oauth/token", async (c) => c.json(await sessions.open(c)));
  app.use(async (c, next) => {
    sessions.of(c);
    await next();
  });
  app.use("/tailnet/:tailnet/*", async (c, next) => {
    const tailnet = c.req.param("tailnet");
    if (tailnet !== "-" && tailnet !== model.tailnet)
      throw new ServiceError("404", `tailnet '${tailnet}' not found: the credentials are of '${model.tailnet}'`);
    await next();
  });
  serveKeys(app, model, sessions);
  serveDevices(app, model, sessions);
  servePolicy(app, model, sessions);
  app.notFound(() => refusal(new ServiceError("404", "not found")));
  app.onError((error, c) => {
    if (error instanceof ServiceError) return refusal(error);
    c.env.report(error);
    return refusal(new ServiceError("500", "the simulated service made a mistake: see the door's log"));
  });
  const door = await openDoor(
    {
      base: "/api/v2",
      hasActions: false,
      rateLimited: { code: "429", message: "rate limit exceeded" },
      unauthorized: { code: "401", message: "API token invalid" },
      refuse: refusal,
      fetch: (request, env) => app.fetch(request, env),
    },
    options,
  );
  // Tailscale's clients are given the address without the version.
  return { ...door, url: door.url.slice(0, -"/api/v2".length) };
}
