import { Hono } from "hono";
import { ServiceError } from "../../../model.ts";
import { type Door, type DoorOptions, openDoor } from "../../http/door.ts";
import { ParameterError } from "../domain/state.ts";
import type { ProxmoxModel } from "../model.ts";
import { type Api, type App, answer, type Bindings, callerOf, formOf, nodeIn } from "./api.ts";
import { serveStorages } from "./storages.ts";
import { createTasks } from "./tasks.ts";
import { serveAgent, serveVms } from "./vms.ts";

export interface ProxmoxDoorOptions extends DoorOptions {
  /** How long tasks run; 0 unless told. A type is e.g. `qmcreate`. */
  readonly taskSeconds?: number | ((type: string) => number);
  /** Whether a guest's agent runs by now. Absent: it never does. */
  readonly agentAnswers?: (vmid: number) => boolean;
  /** The clock of tasks, the real one unless told: clients wait for it. */
  readonly now?: () => Date;
}

/** A refusal as the API words it: the reason in `message`, parameters' faults in `errors`. */
function refusal(error: ServiceError): Response {
  const status = Number(error.code);
  const message = error.message.slice(0, -` (${error.code})`.length);
  const errors =
    error instanceof ParameterError
      ? { errors: error.fields, message: "Parameter verification failed.\n" }
      : { message: `${message}\n` };
  return Response.json({ data: null, ...errors }, { status: status >= 400 && status < 600 ? status : 500 });
}

function serveOthers(app: App, api: Api): void {
  const { model, tasks } = api;
  app.get("/version", (c) => {
    callerOf(api, c);
    return answer(c, model.version());
  });
  app.get("/access/permissions", (c) => answer(c, model.permissionsOf(callerOf(api, c))));
  app.get("/nodes", (c) => {
    callerOf(api, c);
    return answer(c, model.nodes());
  });
  app.get("/nodes/:node/network", (c) => {
    callerOf(api, c);
    return answer(c, model.network(nodeIn(c)));
  });
  app.get("/pools", (c) => answer(c, model.pools.list(callerOf(api, c))));
  app.get("/pools/:pool", (c) => answer(c, model.pools.get(callerOf(api, c), c.req.param("pool"))));
  app.get("/nodes/:node/tasks/:upid/status", (c) => {
    callerOf(api, c);
    return answer(c, tasks.status(decodeURIComponent(c.req.param("upid"))));
  });
  // Stops a task; one that has ended already is none the worse for it.
  app.delete("/nodes/:node/tasks/:upid", (c) => {
    callerOf(api, c);
    tasks.status(decodeURIComponent(c.req.param("upid")));
    return answer(c, null);
  });
  app.get("/nodes/:node/tasks/:upid/log", (c) => {
    callerOf(api, c);
    return answer(c, tasks.log(decodeURIComponent(c.req.param("upid"))));
  });
}

/**
 * Serves a Proxmox VE cluster at `<scheme>://127.0.0.1:<port>/api2/json`, as pve.proxmox.com/pve-docs/api-viewer
 * describes it. Real ones speak TLS alone, and the provider takes nothing else: `tls` for it.
 */
export async function serveProxmox(model: ProxmoxModel, options: ProxmoxDoorOptions = {}): Promise<Door> {
  const { taskSeconds = 0, now = () => new Date(), agentAnswers = () => false } = options;
  const seconds = typeof taskSeconds === "number" ? () => taskSeconds : taskSeconds;
  const api: Api = { model, tasks: createTasks(model, { now, seconds }) };
  const app: App = new Hono<Bindings>({ strict: false }).basePath("/api2/json");
  app.post("/access/ticket", async (c) => {
    const form = await formOf(c);
    return answer(c, model.signIn(form.username ?? "", form.password ?? ""));
  });
  serveOthers(app, api);
  serveStorages(app, api);
  serveVms(app, api);
  serveAgent(app, api, agentAnswers);
  app.notFound((c) =>
    refusal(
      new ServiceError("501", `Method '${c.req.method} ${c.req.path.replace("/api2/json", "")}' not implemented`),
    ),
  );
  app.onError((error, c) => {
    if (error instanceof ServiceError) return refusal(error);
    c.env.report(error);
    return refusal(new ServiceError("500", "the simulated cluster made a mistake: see the door's log"));
  });
  const door = await openDoor(
    {
      base: "/api2/json",
      hasActions: true,
      rateLimited: { code: "429", message: "too many requests" },
      unauthorized: { code: "401", message: "authentication failure" },
      refuse: refusal,
      fetch: (request, env) => app.fetch(request, env),
    },
    options,
  );
  // The provider is given the address without the path.
  return { ...door, url: door.url.slice(0, -"/api2/json".length) };
}
