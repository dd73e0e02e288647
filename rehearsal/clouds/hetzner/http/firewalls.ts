import type { Firewall } from "../domain/firewalls.ts";
import type { Action } from "./actions.ts";
import { type Api, bodyOf, type Call, idIn } from "./api.ts";
import { type App, byName, serveCollection } from "./collection.ts";

/** Servers that a firewall filters, given directly or by a selector. */
const serversOf = ({ applied_to }: Firewall): number[] => [
  ...new Set(
    applied_to.flatMap((entry) =>
      entry.type === "server" ? [entry.server.id] : (entry.applied_to_resources ?? []).map(({ server }) => server.id),
    ),
  ),
];

/** `/firewalls` of the API. Each server that a change reaches has an action of its own. */
export function serveFirewalls(app: App, api: Api): void {
  const { actions } = api;
  const { firewalls } = api.model;
  const onServers = (c: Call, command: string, firewall: number, servers: readonly number[]): Action[] =>
    servers.map((server) =>
      actions.start(
        command,
        [
          { id: firewall, type: "firewall" },
          { id: server, type: "server" },
        ],
        c.env.fault,
      ),
    );
  serveCollection(app, api, {
    type: "firewall",
    plural: "firewalls",
    sortable: byName,
    list: firewalls.list,
    get: firewalls.get,
    update: firewalls.update,
  });
  app.post("/firewalls", async (c) => {
    const firewall = firewalls.create(await bodyOf(c));
    return c.json({ firewall, actions: onServers(c, "apply_firewall", firewall.id, serversOf(firewall)) }, 201);
  });
  app.delete("/firewalls/:id", (c) => {
    firewalls.delete(idIn(c));
    return c.body(null, 204);
  });
  app.post("/firewalls/:id/actions/set_rules", async (c) => {
    const id = idIn(c);
    const body = await bodyOf(c);
    const before = firewalls.get(id);
    if (c.env.fault?.kind !== "failed-action") firewalls.setRules(id, body);
    const set = actions.start("set_firewall_rules", [{ id, type: "firewall" }], c.env.fault);
    return c.json({ actions: [set, ...onServers(c, "apply_firewall", id, serversOf(before))] }, 201);
  });
  app.post("/firewalls/:id/actions/apply_to_resources", async (c) => {
    const id = idIn(c);
    const body = await bodyOf(c);
    const before = serversOf(firewalls.get(id));
    const reached = serversOf(firewalls.applyToResources(id, body)).filter((server) => !before.includes(server));
    return c.json({ actions: onServers(c, "apply_firewall", id, reached) }, 201);
  });
  app.post("/firewalls/:id/actions/remove_from_resources", async (c) => {
    const id = idIn(c);
    const body = await bodyOf(c);
    const before = serversOf(firewalls.get(id));
    const left = serversOf(firewalls.removeFromResources(id, body));
    const freed = before.filter((server) => !left.includes(server));
    return c.json({ actions: onServers(c, "remove_firewall", id, freed) }, 201);
  });
}
