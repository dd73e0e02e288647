import { ServiceError } from "../../../model.ts";
import { type Api, bodyOf, idIn } from "./api.ts";
import { type App, byName, serveCollection } from "./collection.ts";
import { listed } from "./lists.ts";

/** `/ssh_keys` of the API. */
export function serveSshKeys(app: App, api: Api): void {
  const { ssh_keys } = api.model;
  const listing = { plural: "ssh_keys", sortable: ["id", "name"], filters: ["name", "fingerprint"] };
  app.get("/ssh_keys", (c) => listed(c, ssh_keys.list(), listing));
  app.get("/ssh_keys/:id", (c) => c.json({ ssh_key: ssh_keys.get(idIn(c)) }));
  app.put("/ssh_keys/:id", async (c) => c.json({ ssh_key: ssh_keys.update(idIn(c), await bodyOf(c)) }));
  app.post("/ssh_keys", async (c) => c.json({ ssh_key: ssh_keys.create(await bodyOf(c)) }, 201));
  app.delete("/ssh_keys/:id", (c) => {
    ssh_keys.delete(idIn(c));
    return c.body(null, 204);
  });
}

/** `/placement_groups` of the API. */
export function servePlacementGroups(app: App, api: Api): void {
  const { placement_groups } = api.model;
  serveCollection(app, api, {
    type: "placement_group",
    plural: "placement_groups",
    sortable: byName,
    filters: ["type"],
    list: placement_groups.list,
    get: placement_groups.get,
    update: placement_groups.update,
  });
  app.post("/placement_groups", async (c) =>
    c.json({ placement_group: placement_groups.create(await bodyOf(c)) }, 201),
  );
  app.delete("/placement_groups/:id", (c) => {
    placement_groups.delete(idIn(c));
    return c.body(null, 204);
  });
}

/** `/primary_ips` of the API. */
export function servePrimaryIps(app: App, api: Api): void {
  const { primary_ips } = api.model;
  serveCollection(app, api, {
    type: "primary_ip",
    plural: "primary_ips",
    sortable: byName,
    filters: ["ip"],
    list: primary_ips.list,
    get: primary_ips.get,
    update: primary_ips.update,
    verbs: {
      assign: { command: "assign_primary_ip", effect: primary_ips.assign, with: ["server", "assignee_id"] },
      unassign: { command: "unassign_primary_ip", effect: primary_ips.unassign },
      change_protection: { effect: primary_ips.changeProtection },
    },
  });
  app.post("/primary_ips", async (c) => {
    const primary_ip = primary_ips.create(await bodyOf(c));
    const { id, assignee_id } = primary_ip;
    const action =
      assignee_id === null
        ? null
        : api.actions.start(
            "assign_primary_ip",
            [
              { id, type: "primary_ip" },
              { id: assignee_id, type: "server" },
            ],
            c.env.fault,
          );
    return c.json({ primary_ip, action }, 201);
  });
  app.delete("/primary_ips/:id", (c) => {
    primary_ips.delete(idIn(c));
    return c.body(null, 204);
  });
}

/** `/volumes` of the API. */
export function serveVolumes(app: App, api: Api): void {
  const { volumes } = api.model;
  serveCollection(app, api, {
    type: "volume",
    plural: "volumes",
    sortable: byName,
    filters: ["status"],
    list: volumes.list,
    get: volumes.get,
    update: volumes.update,
    verbs: {
      attach: { command: "attach_volume", effect: volumes.attach, with: ["server", "server"] },
      detach: { command: "detach_volume", effect: volumes.detach },
      resize: { command: "resize_volume", effect: volumes.resize },
      change_protection: { effect: volumes.changeProtection },
    },
  });
  app.post("/volumes", async (c) => {
    const volume = volumes.create(await bodyOf(c));
    const itself = { id: volume.id, type: "volume" } as const;
    const action = api.actions.start("create_volume", [itself], c.env.fault);
    const next_actions =
      volume.server === null
        ? []
        : [api.actions.start("attach_volume", [itself, { id: volume.server, type: "server" }])];
    return c.json({ volume, action, next_actions }, 201);
  });
  app.delete("/volumes/:id", (c) => {
    const id = idIn(c);
    volumes.get(id);
    api.actions.refuseBusy({ id, type: "volume" });
    volumes.delete(id);
    return c.body(null, 204);
  });
}

/** `/certificates` of the API. */
export function serveCertificates(app: App, api: Api): void {
  const { certificates } = api.model;
  serveCollection(app, api, {
    type: "certificate",
    plural: "certificates",
    sortable: byName,
    filters: ["type"],
    list: certificates.list,
    get: certificates.get,
    update: certificates.update,
    verbs: {
      retry: {
        command: "issue_certificate",
        effect: (id) => {
          throw new ServiceError("unsupported_error", `certificate ${id} has neither failed nor is it due for renewal`);
        },
      },
    },
  });
  app.post("/certificates", async (c) => {
    const certificate = certificates.create(await bodyOf(c));
    const itself = { id: certificate.id, type: "certificate" } as const;
    const action =
      certificate.type === "managed" ? api.actions.start("create_certificate", [itself], c.env.fault) : null;
    return c.json({ certificate, action }, 201);
  });
  app.delete("/certificates/:id", (c) => {
    certificates.delete(idIn(c));
    return c.body(null, 204);
  });
}
