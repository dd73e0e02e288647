import type { Api } from "./api.ts";
import { bodyOf, idIn } from "./api.ts";
import { type App, byName, serveCollection } from "./collection.ts";

/** `/networks` of the API. */
export function serveNetworks(app: App, api: Api): void {
  const { networks } = api.model;
  serveCollection(app, api, {
    type: "network",
    plural: "networks",
    sortable: byName,
    list: networks.list,
    get: networks.get,
    update: networks.update,
    verbs: {
      add_subnet: { effect: networks.addSubnet },
      delete_subnet: { effect: networks.deleteSubnet },
      add_route: { effect: networks.addRoute },
      delete_route: { effect: networks.deleteRoute },
      change_ip_range: { effect: networks.changeIpRange },
      change_protection: { effect: networks.changeProtection },
    },
  });
  app.post("/networks", async (c) => c.json({ network: networks.create(await bodyOf(c)) }, 201));
  app.delete("/networks/:id", (c) => {
    const id = idIn(c);
    networks.get(id);
    api.actions.refuseBusy({ id, type: "network" });
    networks.delete(id);
    return c.body(null, 204);
  });
}
