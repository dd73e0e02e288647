import { readInputs, withoutUndefined } from "../../../inputs.ts";
import type { Props } from "../../../model.ts";
import type { Server } from "../domain/server-view.ts";
import type { Door } from "./door.ts";
import { type Functions, findOne, functionToken, keyArgs, listId, type Named, select, selectorArgs } from "./lookup.ts";
import { privateNets, serverFacts } from "./server-outputs.ts";
import { serviceResult } from "./service-outputs.ts";

const serverResult = (server: Server): Props => ({
  ...serverFacts(server),
  id: server.id,
  image: server.image?.name ?? String(server.image?.id ?? ""),
  networks: privateNets(server),
  // Never set: data centers are gone, and neither ISO images nor rescue systems are simulated.
  datacenter: "",
  iso: "",
  rescue: "",
});

/** Data sources of what the project has. `outputs`: those of the resource of the same kind. */
export function projectFunctions(door: Door, outputs: (resource: string, id: string) => Props): Functions {
  const { model } = door;
  const single =
    (kind: string, resource: string, rows: () => readonly Named[]) =>
    (args: Props): Props => {
      const wanted = readInputs(keyArgs.extend(selectorArgs.shape), args);
      const row = findOne(kind, rows(), { id: wanted.id, name: wanted.name, selector: wanted.withSelector });
      return { ...outputs(resource, String(row.id)), id: row.id };
    };
  return {
    [functionToken("getServer")]: (args) => {
      const wanted = readInputs(keyArgs.extend(selectorArgs.shape), args);
      const server = findOne("server", model.servers.list(), {
        id: wanted.id,
        name: wanted.name,
        selector: wanted.withSelector,
      });
      return serverResult(server);
    },
    [functionToken("getServers")]: (args) => {
      const { withSelector } = readInputs(selectorArgs, args);
      const servers = select(model.servers.list(), withSelector);
      return withoutUndefined({
        id: listId(servers),
        withSelector,
        servers: servers.map(serverResult),
      });
    },
    [functionToken("getNetwork")]: single("network", "Network", model.networks.list),
    [functionToken("getSshKey")]: single("SSH key", "SshKey", model.ssh_keys.list),
    [functionToken("getPlacementGroup")]: single("placement group", "PlacementGroup", model.placement_groups.list),
    [functionToken("getFirewall")]: single("firewall", "Firewall", model.firewalls.list),
    [functionToken("getPrimaryIp")]: (args) => ({
      ...single("primary IP", "PrimaryIp", model.primary_ips.list)(args),
      datacenter: "",
    }),
    [functionToken("getVolume")]: single("volume", "Volume", model.volumes.list),
    [functionToken("getLoadBalancer")]: (args) => {
      const wanted = readInputs(keyArgs.extend(selectorArgs.shape), args);
      const row = findOne("load balancer", model.load_balancers.list(), {
        id: wanted.id,
        name: wanted.name,
        selector: wanted.withSelector,
      });
      const { algorithm, targets: _, ...facts } = outputs("LoadBalancer", String(row.id));
      return {
        networkId: 0,
        networkIp: "",
        ...facts,
        id: row.id,
        algorithms: [algorithm],
        services: row.services.map(serviceResult),
        targets: row.targets.map((target) => ({
          type: target.type,
          serverId: target.type === "server" ? target.server.id : 0,
          labelSelector: target.type === "label_selector" ? target.label_selector.selector : "",
        })),
      };
    },
    [functionToken("getSshKeys")]: (args) => {
      const { withSelector } = readInputs(selectorArgs, args);
      const keys = select(model.ssh_keys.list(), withSelector);
      return withoutUndefined({
        id: listId(keys),
        withSelector,
        sshKeys: keys.map((key) => ({ ...outputs("SshKey", String(key.id)), id: key.id })),
      });
    },
  };
}
