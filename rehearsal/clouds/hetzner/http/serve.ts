import { Hono } from "hono";
import { ServiceError } from "../../../model.ts";
import { type Door, type DoorOptions, type Env, openDoor } from "../../http/door.ts";
import type { HetznerModel } from "../model.ts";
import { createActions } from "./actions.ts";
import type { Api } from "./api.ts";
import { serveCatalogue } from "./catalogue.ts";
import type { App } from "./collection.ts";
import { refusal } from "./errors.ts";
import { serveFirewalls } from "./firewalls.ts";
import { listed } from "./lists.ts";
import { serveLoadBalancers } from "./load-balancers.ts";
import { serveNetworks } from "./networks.ts";
import { serveCertificates, servePlacementGroups, servePrimaryIps, serveSshKeys, serveVolumes } from "./others.ts";
import { createAllowance } from "./rate-limit.ts";
import { serveServers } from "./servers.ts";

export interface HetznerDoorOptions extends DoorOptions {
  /** How long actions run; 0 unless told, so that an answer already tells of success. A command is e.g. `create_server`. */
  readonly actionSeconds?: number | ((command: string) => number);
  /** Requests that the project has each hour; 3600 unless told, as Hetzner's usual. */
  readonly requestsPerHour?: number;
  /** The clock of actions and of the allowance, the real one unless told: clients wait for it. */
  readonly now?: () => Date;
}

function serveActions(app: App, { actions }: Api): void {
  app.get("/actions", (c) => {
    if ((c.req.queries("id") ?? []).length === 0)
      throw new ServiceError(
        "deprecated_api_endpoint",
        "all actions together cannot be listed any more: give their ids",
      );
    const sortable = ["id", "command", "status", "started", "finished"];
    return listed(c, actions.list(), { plural: "actions", sortable, filters: ["id", "status"] });
  });
  app.get("/actions/:id{[0-9]+}", (c) => c.json({ action: actions.get(Number(c.req.param("id"))) }));
}

/** Serves a project of the Hetzner Cloud at `http://127.0.0.1:<port>/v1`, as docs.hetzner.cloud describes it. */
export function serveHetzner(model: HetznerModel, options: HetznerDoorOptions = {}): Promise<Door> {
  const { actionSeconds = 0, requestsPerHour = 3600, now = () => new Date() } = options;
  const seconds = typeof actionSeconds === "number" ? () => actionSeconds : actionSeconds;
  const api: Api = { model, actions: createActions({ now, seconds }) };
  const allowance = createAllowance(requestsPerHour, now);
  const rateLimited = { code: "rate_limit_exceeded", message: `limit of ${requestsPerHour} requests per hour reached` };
  const unauthorized = { code: "unauthorized", message: "unable to authenticate" };

  const app = new Hono<{ Bindings: Env }>().basePath("/v1");
  app.use(async (c, next) => {
    if (!allowance.take()) throw new ServiceError(rateLimited.code, rateLimited.message);
    model.authorize(/^Bearer (\S+)$/.exec(c.req.header("Authorization") ?? "")?.[1]);
    await next();
  });
  serveActions(app, api);
  serveServers(app, api);
  serveNetworks(app, api);
  serveFirewalls(app, api);
  serveLoadBalancers(app, api);
  serveSshKeys(app, api);
  servePlacementGroups(app, api);
  servePrimaryIps(app, api);
  serveVolumes(app, api);
  serveCertificates(app, api);
  serveCatalogue(app, api);
  app.notFound((c) => refusal(new ServiceError("not_found", `there is no ${c.req.method} ${c.req.path}`)));
  app.onError((error, c) => {
    if (error instanceof ServiceError) return refusal(error);
    c.env.report(error);
    return refusal(new ServiceError("server_error", "the simulated cloud made a mistake: see the door's log"));
  });

  const withAllowance = (answer: Response): Response => {
    for (const [name, value] of Object.entries(allowance.headers())) answer.headers.set(name, value);
    return answer;
  };
  return openDoor(
    {
      base: "/v1",
      hasActions: true,
      rateLimited,
      unauthorized,
      refuse: (error) => withAllowance(refusal(error)),
      fetch: async (request, env) => withAllowance(await app.fetch(request, env)),
    },
    options,
  );
}
