import type { Server } from "../domain/server-view.ts";
import type { Action } from "./actions.ts";
import { type Api, bodyOf, idIn } from "./api.ts";
import { type App, byName, serveCollection, type Verb } from "./collection.ts";

/** What a server is seen to be doing while an action runs on it. docs.hetzner.cloud, "Get a Server" */
const passing: Readonly<Record<string, string>> = {
  create_server: "initializing",
  start_server: "starting",
  reboot_server: "running",
  reset_server: "starting",
  stop_server: "stopping",
  shutdown_server: "running",
  change_server_type: "migrating",
  rebuild_server: "rebuilding",
};

type Seen = Omit<Server, "status"> & { readonly status: string };

/** A server as a request sees it: the model has done all at once, the API takes its time. */
function seen({ actions }: Api, server: Server): Seen {
  const running = actions.running({ id: server.id, type: "server" });
  // A new server's first start waits for its creation.
  const action = running.find(({ command }) => command === "create_server") ?? running[0];
  return { ...server, locked: running.length > 0, status: passing[action?.command ?? ""] ?? server.status };
}

function verbs({ model }: Api): Record<string, Verb> {
  const act = model.servers.actions;
  const network = ["network", "network"] as const;
  return {
    poweron: { command: "start_server", effect: act.poweron },
    poweroff: { command: "stop_server", effect: act.poweroff },
    shutdown: { command: "shutdown_server", effect: act.shutdown },
    // Both end as they began; a server that was off is on after a reset.
    reboot: { command: "reboot_server", effect: model.servers.get },
    reset: { command: "reset_server", effect: act.poweron },
    change_type: { command: "change_server_type", effect: act.change_type },
    rebuild: { command: "rebuild_server", effect: act.rebuild, answer: { root_password: null } },
    change_protection: { effect: act.change_protection },
    attach_to_network: { effect: act.attach_to_network, with: network },
    detach_from_network: { effect: act.detach_from_network, with: network },
    change_alias_ips: { effect: act.change_alias_ips, with: network },
    add_to_placement_group: { effect: act.add_to_placement_group, with: ["placement_group", "placement_group"] },
    remove_from_placement_group: { effect: act.remove_from_placement_group },
    enable_backup: { effect: act.enable_backup },
    disable_backup: { effect: act.disable_backup },
  };
}

/** Whether somebody can sign in with a key, so that no password is made. */
const hasKey = (body: unknown): boolean => {
  const keys = (body as { readonly ssh_keys?: unknown }).ssh_keys;
  return Array.isArray(keys) && keys.length > 0;
};

/** `/servers` of the API. */
export function serveServers(app: App, api: Api): void {
  const { servers } = api.model;
  serveCollection(app, api, {
    type: "server",
    plural: "servers",
    sortable: byName,
    filters: ["status"],
    list: () => servers.list().map((server) => seen(api, server)),
    get: (id) => seen(api, servers.get(id)),
    update: (id, body) => seen(api, servers.update(id, body)),
    verbs: verbs(api),
  });
  app.post("/servers", async (c) => {
    const body = await bodyOf(c);
    const server = servers.create(body);
    const itself = { id: server.id, type: "server" } as const;
    const action = api.actions.start("create_server", [itself], c.env.fault);
    const next: Action[] = [
      ...(server.status === "running" ? [api.actions.start("start_server", [itself])] : []),
      ...server.private_net.map(({ network }) =>
        api.actions.start("attach_to_network", [itself, { id: network, type: "network" }]),
      ),
    ];
    const password = hasKey(body) ? null : `password-of-${server.id}`;
    return c.json({ server: seen(api, server), action, next_actions: next, root_password: password }, 201);
  });
  app.delete("/servers/:id", (c) => {
    const id = idIn(c);
    servers.get(id);
    api.actions.refuseBusy({ id, type: "server" });
    if (c.env.fault?.kind !== "failed-action") servers.delete(id);
    return c.json({ action: api.actions.start("delete_server", [{ id, type: "server" }], c.env.fault) });
  });
}
