import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createModel } from "../../rehearsal/clouds/hetzner/model.ts";
import { withHosts } from "../../rehearsal/hosts/hetzner.ts";
import type { Address } from "../../rehearsal/hosts/wires.ts";
import { open, type Session } from "./client.ts";
import { gatewayUserData, nodeUserData, operator, Rig, temporary } from "./rig.ts";
import { join } from "./steps.ts";

// Servers as terraform-provider-hcloud makes them: not started, attached with their address, then powered on.

const api = createServer((socket) => socket.end("the API server"));
let rig: Rig;

afterEach(async () => {
  api.close();
  expect([rig.machines.failures(), rig.world.unknown()]).toEqual([[], ""]);
  await rig.stop();
});

/** What a connection says before it ends. */
async function heard({ host, port }: Address): Promise<string> {
  const socket = connect(port, host);
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, "close");
  return text;
}

test("a project's servers are machines: booted when started, reached over the tailnet, behind its load balancer, and gone when deleted", {
  timeout: 60_000,
}, async () => {
  const asked: unknown[] = [];
  rig = new Rig({
    runner: ["public", "tailnet"],
    joinTailnet: ({ hostname, routes }, machine) => {
      asked.push([machine, hostname, routes]);
      return { address: `100.64.0.${asked.length}`, routes };
    },
  });
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  const { port } = api.address() as AddressInfo;
  const model = withHosts({
    model: createModel({ tokens: ["token"], now: () => new Date() }),
    machines: rig.machines,
    api: () => ({ host: "127.0.0.1", port }),
  });
  const { id: network } = model.networks.create({
    name: "net",
    ip_range: "10.0.0.0/16",
    subnets: ["10.0.0.0/24", "10.0.1.0/24"].map((ip_range) => ({
      ...{ type: "cloud", network_zone: "eu-central", ip_range },
    })),
    routes: [{ destination: "0.0.0.0/0", gateway: "10.0.0.2" }],
  });
  const { id: firewall } = model.firewalls.create({ name: "closed", rules: [] });
  const made = (name: string, ip: string, more: object): number => {
    const type = { server_type: "cpx22", image: "debian-13", location: "fsn1" };
    const { id } = model.servers.create({ name, ...type, labels: { name }, start_after_create: false, ...more });
    model.servers.actions.attach_to_network(id, { network, ip });
    return id;
  };
  const gateway = made("gateway", "10.0.0.2", { user_data: gatewayUserData(), firewalls: [{ firewall }] });
  const server = made("cp-1", "10.0.1.10", {
    user_data: nodeUserData("cp", 1, true),
    public_net: { enable_ipv4: false, enable_ipv6: false },
  });
  const { id: balancer } = model.load_balancers.create({ name: "api", load_balancer_type: "lb11", location: "fsn1" });
  const { actions } = model.load_balancers;
  actions.attach_to_network(balancer, { network, ip: "10.0.0.100" });
  actions.add_target(balancer, {
    ...{ type: "label_selector", use_private_ip: true, label_selector: { selector: "name=cp-1" } },
  });
  actions.add_service(balancer, { protocol: "tcp", listen_port: 6443, destination_port: 6443 });
  expect(rig.machines.all()).toEqual([]);

  const session = async (address: string): Promise<Session> =>
    open({ at: rig.wires.at(address, 22), privateKey: operator.private, hostKey: temporary.public });
  for (const id of [gateway, server]) model.servers.actions.poweron(id);
  await Promise.all(rig.machines.all().map(({ booted }) => booted));
  // Its firewall lets nobody in from outside; its private address and the node's are the tailnet's.
  const outside = model.servers.get(gateway).public_net.ipv4?.ip ?? "";
  await expect(session(outside)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  for (const address of ["10.0.0.2", "100.64.0.1"]) (await session(address)).end();
  // They boot side by side.
  expect(asked.toSorted()).toEqual([
    ["cp-1", "prod-cp-1", []],
    ["gateway", "prod-gateway", ["10.0.0.0/16"]],
  ]);

  const endpoint = rig.wires.at("10.0.0.100", 6443);
  expect(await heard(endpoint)).toBe("");
  const node = await session("10.0.1.10");
  const { script, stdin } = join("cp", 1);
  expect(await node.run(script, stdin)).toMatchObject({ code: 0 });
  expect(await heard(endpoint)).toBe("the API server");

  const closed = node.closed();
  model.servers.actions.poweroff(server);
  await closed;
  await expect(session("10.0.1.10")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await heard(endpoint)).toBe("");
  model.servers.actions.poweron(server);
  await rig.machines.get("cp-1").booted;
  await sleep(50);
  expect(await heard(endpoint)).toBe("the API server");
  // What dies of itself stays dead, whatever else happens in the project.
  rig.machines.get("cp-1").powerOff();
  model.servers.update(server, { labels: {} });
  expect(rig.machines.get("cp-1").state).toBe("off");
  model.servers.delete(server);
  expect(rig.machines.all().map(({ spec }) => spec.name)).toEqual(["gateway"]);
});
