import { type Context, Hono } from "hono";
import { ServiceError } from "../../../model.ts";
import { type Door, type DoorOptions, type Env, openDoor } from "../../http/door.ts";
import { digest } from "../../shared/digest.ts";
import type { CloudflareModel, Zone } from "../model.ts";
import { accepted, refusal } from "./envelope.ts";
import { type Listing, listed } from "./lists.ts";

type Call = Context<{ Bindings: Env }>;
type App = Hono<{ Bindings: Env }>;

// developers.cloudflare.com/api, "List DNS Records" and "List Zones"
const recordListing: Listing = {
  texts: ["name", "content", "comment"],
  exact: ["type", "proxied"],
  perPage: 100,
  maxPerPage: 5_000_000,
};
const zoneListing: Listing = { texts: ["name"], exact: ["status"], perPage: 20, maxPerPage: 50 };

const tokenOf = (c: Call): string | undefined => /^Bearer (\S+)$/.exec(c.req.header("Authorization") ?? "")?.[1];

async function bodyOf(c: Call): Promise<object> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== "object" || body === null) throw new ServiceError("6007", "malformed JSON in the request's body");
  return body;
}

/** A zone with what the API tells of its plan and owner, which no rule of the model depends on. */
const fullZone = (zone: Zone): object => ({
  ...zone,
  original_registrar: null,
  original_dnshost: null,
  owner: { id: null, type: "user", email: null },
  meta: {
    step: 2,
    custom_certificate_quota: 0,
    page_rule_quota: 3,
    phishing_detected: false,
    cdn_only: false,
    dns_only: false,
  },
  plan: { id: digest("plan", "free").slice(0, 32), name: "Free Website", price: 0, currency: "USD", frequency: "" },
  permissions: ["#dns_records:edit", "#dns_records:read", "#zone:read"],
});

/** `GET /user/tokens/verify`: what a token that is none gets here differs from everywhere else. */
function serveVerify(app: App, model: CloudflareModel): void {
  app.get("/user/tokens/verify", (c) => {
    const token = tokenOf(c);
    try {
      model.authorize(token);
    } catch (error) {
      throw error instanceof ServiceError && error.code === "10000"
        ? new ServiceError("1000", "Invalid API Token")
        : error;
    }
    const id = digest("token", token ?? "").slice(0, 32);
    return c.json(accepted({ id, status: "active" }, [{ code: 10000, message: "This API Token is valid and active" }]));
  });
}

function serveZones(app: App, { zones, records }: CloudflareModel): void {
  const zoneIn = (c: Call): string => c.req.param("zone") ?? "";
  const recordIn = (c: Call): string => c.req.param("record") ?? "";
  app.get("/zones", (c) => listed(c, zones.list().map(fullZone), zoneListing));
  app.get("/zones/:zone", (c) => c.json(accepted(fullZone(zones.get(zoneIn(c))))));
  app.get("/zones/:zone/dns_records", (c) => listed(c, records.list(zoneIn(c)), recordListing));
  app.post("/zones/:zone/dns_records", async (c) => c.json(accepted(records.create(zoneIn(c), await bodyOf(c)))));
  app.get("/zones/:zone/dns_records/:record", (c) => c.json(accepted(records.get(zoneIn(c), recordIn(c)))));
  app.put("/zones/:zone/dns_records/:record", async (c) =>
    c.json(accepted(records.overwrite(zoneIn(c), recordIn(c), await bodyOf(c)))),
  );
  app.patch("/zones/:zone/dns_records/:record", async (c) =>
    c.json(accepted(records.edit(zoneIn(c), recordIn(c), await bodyOf(c)))),
  );
  app.delete("/zones/:zone/dns_records/:record", (c) => c.json(accepted(records.delete(zoneIn(c), recordIn(c)))));
}

/** Serves Cloudflare's API at `http://127.0.0.1:<port>/client/v4`, as developers.cloudflare.com/api describes it. */
export function serveCloudflare(model: CloudflareModel, options: DoorOptions = {}): Promise<Door> {
  const app: App = new Hono<{ Bindings: Env }>().basePath("/client/v4");
  serveVerify(app, model);
  app.use(async (c, next) => {
    model.authorize(tokenOf(c));
    await next();
  });
  serveZones(app, model);
  app.notFound((c) =>
    refusal(new ServiceError("7003", `Could not route to ${c.req.path}, perhaps your object identifier is invalid?`)),
  );
  app.onError((error, c) => {
    if (error instanceof ServiceError) return refusal(error);
    c.env.report(error);
    return new Response("the simulated cloud made a mistake: see the door's log", { status: 500 });
  });
  return openDoor(
    {
      base: "/client/v4",
      hasActions: false,
      rateLimited: { code: "971", message: "Please wait and consider throttling your request speed" },
      unauthorized: { code: "10000", message: "Authentication error" },
      refuse: refusal,
      fetch: (request, env) => app.fetch(request, env),
    },
    options,
  );
}
