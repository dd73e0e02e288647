import { type Api, bodyOf, idIn } from "./api.ts";
import { type App, byName, serveCollection } from "./collection.ts";

/** `/load_balancers` of the API. */
export function serveLoadBalancers(app: App, api: Api): void {
  const { load_balancers } = api.model;
  const act = load_balancers.actions;
  const network = ["network", "network"] as const;
  serveCollection(app, api, {
    type: "load_balancer",
    plural: "load_balancers",
    sortable: byName,
    list: load_balancers.list,
    get: load_balancers.get,
    update: load_balancers.update,
    verbs: {
      add_service: { effect: act.add_service },
      update_service: { effect: act.update_service },
      delete_service: { effect: act.delete_service },
      add_target: { effect: act.add_target },
      remove_target: { effect: act.remove_target },
      attach_to_network: { effect: act.attach_to_network, with: network },
      detach_from_network: { effect: act.detach_from_network, with: network },
      enable_public_interface: { effect: act.enable_public_interface },
      disable_public_interface: { effect: act.disable_public_interface },
      change_algorithm: { effect: act.change_algorithm },
      change_type: { command: "change_load_balancer_type", effect: act.change_type },
      change_protection: { effect: act.change_protection },
    },
  });
  app.post("/load_balancers", async (c) => {
    const load_balancer = load_balancers.create(await bodyOf(c));
    const itself = { id: load_balancer.id, type: "load_balancer" } as const;
    return c.json({ load_balancer, action: api.actions.start("create_load_balancer", [itself], c.env.fault) }, 201);
  });
  app.delete("/load_balancers/:id", (c) => {
    load_balancers.delete(idIn(c));
    return c.body(null, 204);
  });
}
