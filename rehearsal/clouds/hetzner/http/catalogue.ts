import { ServiceError } from "../../../model.ts";
import { type Api, idIn } from "./api.ts";
import { type App, byName } from "./collection.ts";
import { type Listing, listed } from "./lists.ts";

/** Things that nobody can change and no action concerns. */
function serveReadOnly<Row extends { readonly id: number }>(
  app: App,
  one: string,
  listing: Listing,
  list: () => readonly Row[],
): void {
  app.get(`/${listing.plural}`, (c) => listed(c, list(), listing));
  app.get(`/${listing.plural}/:id`, (c) => {
    const id = idIn(c);
    const row = list().find((other) => other.id === id);
    if (row === undefined) throw new ServiceError("not_found", `${one} with ID '${id}' not found`);
    return c.json({ [one]: row });
  });
}

/** `/images` of the API: the model's snapshots come with it and stay. */
function serveImages(app: App, { model }: Api): void {
  const listing: Listing = {
    plural: "images",
    sortable: byName,
    filters: ["name", "type", "status", "architecture", "bound_to"],
  };
  app.get("/images", (c) => {
    const all = c.req.query("include_deprecated") === "true";
    return listed(
      c,
      model.images().filter(({ deprecated }) => all || deprecated === null),
      listing,
    );
  });
  app.get("/images/:id", (c) => {
    const id = idIn(c);
    const image = model.images().find((row) => row.id === id);
    if (image === undefined) throw new ServiceError("not_found", `image with ID '${id}' not found`);
    return c.json({ image });
  });
}

/** What Hetzner sells and where: the same for every project. */
export function serveCatalogue(app: App, api: Api): void {
  const { model } = api;
  const named = (plural: string, sortable: readonly string[]): Listing => ({ plural, sortable, filters: ["name"] });
  serveReadOnly(app, "location", named("locations", ["id", "name"]), model.locations);
  serveReadOnly(app, "server_type", named("server_types", ["id", "name"]), model.server_types);
  serveReadOnly(app, "load_balancer_type", named("load_balancer_types", ["id", "name"]), model.load_balancer_types);
  serveReadOnly(app, "iso", named("isos", ["id", "name"]), () => []);
  serveReadOnly(app, "floating_ip", named("floating_ips", byName), () => []);
  serveImages(app, api);
  app.get("/pricing", (c) => c.json({ pricing: model.pricing() }));
  app.get("/datacenters/:id?", () => {
    throw new ServiceError("deprecated_api_endpoint", "the datacenters were removed, locations are left");
  });
}
