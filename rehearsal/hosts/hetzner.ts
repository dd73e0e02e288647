import ipaddr from "ipaddr.js";
import type { HetznerModel } from "../clouds/hetzner/model.ts";
import { balancerAddresses, balancerTargets, serverAddresses } from "../world/addresses.ts";
import type { Forward, Machines } from "./machines.ts";
import { observed } from "./observed.ts";
import type { Address } from "./wires.ts";

export interface HetznerHostsArgs {
  readonly model: HetznerModel;
  readonly machines: Machines;
  /** A real API server: what a load balancer before k3s servers leads to as soon as one of them runs. */
  readonly api?: () => Address;
}

const apiPort = 6443;

/**
 * The same project, with machines: whoever works with the model that is returned has a server boot when it is powered
 * on for the first time, lose its power when it is powered off, and vanish when it is deleted. Load balancers and the
 * networks' routes lead to them.
 */
export function withHosts(args: HetznerHostsArgs): HetznerModel {
  const { model } = args;
  const follow = follower(args);
  return {
    ...model,
    servers: { ...observed(model.servers, follow), actions: observed(model.servers.actions, follow) },
    load_balancers: {
      ...observed(model.load_balancers, follow),
      actions: observed(model.load_balancers.actions, follow),
    },
    networks: observed(model.networks, follow),
  };
}

/** Brings the machines to what the project is now. By its state alone: which request led there does not matter. */
function follower({ model, machines, api }: HetznerHostsArgs): () => void {
  const known = new Map<number, { readonly name: string; readonly status: string }>();
  const balancers = new Set<string>();
  return () => {
    const servers = model.servers.list();
    for (const [id, { name }] of known) {
      if (servers.some((server) => server.id === id)) continue;
      known.delete(id);
      machines.remove(name);
    }
    for (const server of servers) {
      const before = known.get(server.id);
      const addresses = serverAddresses(model, server);
      // Addresses come after the creation, and the first start after them.
      if (before === undefined && (server.status !== "running" || addresses.length === 0)) continue;
      if (before === undefined) {
        const { user_data, public_keys } = model.servers.machine(server.id);
        machines.create({
          name: server.name,
          addresses,
          userData: user_data,
          sshKeys: public_keys,
          architecture: server.server_type.architecture === "arm" ? "aarch64" : "x86_64",
        });
      }
      const name = before?.name ?? server.name;
      known.set(server.id, { name, status: server.status });
      // Only a change counts: a machine may have died of something that the project does not know of.
      if (server.status === before?.status) continue;
      if (server.status === "running") machines.get(name).powerOn();
      else machines.get(name).powerOff();
    }
    const led = forwards(model, machines, api);
    for (const address of balancers) machines.world.endpoint(address, []);
    for (const { address, targets } of led) {
      balancers.add(address.address);
      machines.world.endpoint(address.address, targets());
    }
    machines.setForwards("hetzner", led);
    routes(model, machines);
  };
}

/** Load balancers before API servers, as machines see them and as the program does. */
function forwards(
  model: HetznerModel,
  machines: Machines,
  api: HetznerHostsArgs["api"],
): readonly (Forward & { targets(): readonly string[] })[] {
  return model.load_balancers
    .list()
    .filter(({ services }) => services.some(({ listen_port }) => listen_port === apiPort))
    .flatMap(({ id }) => {
      const targets = (): readonly string[] =>
        balancerTargets(model, id).flatMap(({ private_net }) => private_net.map(({ ip }) => ip));
      const to = (): Address | undefined => (machines.runsK3s(targets()) ? api?.() : undefined);
      return balancerAddresses(model, id).map((address) => ({ address, port: apiPort, to, targets }));
    });
}

/** What leaves a network by its router goes where the network's default route says. */
function routes(model: HetznerModel, machines: Machines): void {
  for (const network of model.networks.list()) {
    const [base] = ipaddr.IPv4.parseCIDR(network.ip_range);
    const [a = 0, b = 0, c = 0, d = 0] = base.octets;
    machines.world.router(
      [a, b, c, d + 1].join("."),
      network.routes.filter(({ destination }) => destination === "0.0.0.0/0").map(({ gateway }) => gateway),
    );
  }
}
