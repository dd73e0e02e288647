import { expect, test } from "vitest";
import { systemImages } from "../../lib/hetzner/catalogue/images.ts";
import { locations } from "../../lib/hetzner/catalogue/locations.ts";
import { serverTypes } from "../../lib/hetzner/catalogue/server-types.ts";
import { client, hetzner, pagination, plain } from "./support.ts";

// Requests and answers after the examples of docs.hetzner.cloud/reference/cloud.

const started = "2026-11-21T12:00:00+00:00";

/** An action that had ended when the answer was sent. */
const ended = (
  id: number,
  command: string,
  ...resources: readonly { readonly id: number; readonly type: string }[]
) => ({
  id,
  command,
  status: "success",
  progress: 100,
  started,
  finished: started,
  resources,
  error: null,
});

const first = 590_000_001;

test("a project without servers has a list of none, with what is needed to page through it", async () => {
  const { ask } = await hetzner();
  const answer = await ask("GET", "/servers");
  expect(plain(answer)).toEqual({ status: 200, body: { servers: [], meta: { pagination: pagination(0) } } });
  expect(answer.headers.get("Content-Type")).toBe("application/json");
});

test("without a token, and with a wrong one, nothing is answered", async () => {
  const { door } = await hetzner();
  const refused = {
    status: 401,
    body: {
      error: {
        code: "unauthorized",
        message: "unable to authenticate: the token is missing, or is none of this project's",
        details: null,
      },
    },
  };
  expect(plain(await client(door)("GET", "/servers"))).toEqual(refused);
  expect(plain(await client(door, "Bearer other")("GET", "/servers"))).toEqual(refused);
  expect(plain(await client(door, "Basic dG9rZW46")("POST", "/networks", {}))).toEqual(refused);
});

test("a network is created, gets a subnet and a route, is renamed and deleted", async () => {
  const { ask, model } = await hetzner();
  const network = {
    id: 10_400_101,
    name: "mynet",
    created: started,
    ip_range: "10.0.0.0/16",
    subnets: [],
    routes: [],
    servers: [],
    load_balancers: [],
    labels: { environment: "prod" },
    expose_routes_to_vswitch: false,
    protection: { delete: false },
  };
  const body = { name: "mynet", ip_range: "10.0.0.0/16", labels: { environment: "prod" } };
  expect(plain(await ask("POST", "/networks", body))).toEqual({ status: 201, body: { network } });

  const itself = { id: network.id, type: "network" };
  const subnet = { type: "cloud", ip_range: "10.0.1.0/24", network_zone: "eu-central" };
  expect(plain(await ask("POST", `/networks/${network.id}/actions/add_subnet`, subnet))).toEqual({
    status: 201,
    body: { action: ended(first, "add_subnet", itself) },
  });
  const route = { destination: "10.100.1.0/24", gateway: "10.0.1.5" };
  expect(plain(await ask("POST", `/networks/${network.id}/actions/add_route`, route))).toEqual({
    status: 201,
    body: { action: ended(first + 1, "add_route", itself) },
  });
  const changed = {
    ...network,
    name: "new-name",
    subnets: [{ ...subnet, gateway: "10.0.0.1", vswitch_id: null }],
    routes: [route],
  };
  expect(plain(await ask("PUT", `/networks/${network.id}`, { name: "new-name" }))).toEqual({
    status: 200,
    body: { network: changed },
  });
  expect(plain(await ask("GET", `/networks/${network.id}`))).toEqual({ status: 200, body: { network: changed } });
  expect(plain(await ask("DELETE", `/networks/${network.id}`))).toEqual({ status: 204, body: "" });
  expect(model.networks.list()).toEqual([]);
});

test("a server is created with actions of its own, and every part of it is in the answer", async () => {
  const { ask } = await hetzner();
  const answer = await ask("POST", "/servers", {
    name: "my-server",
    server_type: "cpx22",
    image: "debian-13",
    location: "fsn1",
    user_data: "#cloud-config\n",
    labels: { environment: "prod" },
    public_net: { enable_ipv4: true, enable_ipv6: false },
  });
  const itself = { id: 104_200_201, type: "server" };
  const server = {
    id: 104_200_201,
    name: "my-server",
    created: started,
    status: "running",
    locked: false,
    labels: { environment: "prod" },
    protection: { delete: false, rebuild: false },
    server_type: serverTypes.find(({ name }) => name === "cpx22"),
    location: locations.find(({ name }) => name === "fsn1"),
    image: systemImages.find(({ name, architecture }) => name === "debian-13" && architecture === "x86"),
    placement_group: null,
    public_net: {
      ipv4: {
        id: 85_000_601,
        ip: "198.51.100.89",
        blocked: false,
        dns_ptr: "static.198.51.100.89.example.com",
      },
      ipv6: null,
      floating_ips: [],
      firewalls: [],
    },
    private_net: [],
    volumes: [],
    load_balancers: [],
    primary_disk_size: 80,
    backup_window: null,
    iso: null,
    rescue_enabled: false,
    included_traffic: 20 * 1024 ** 4,
    ingoing_traffic: null,
    outgoing_traffic: null,
  };
  expect(plain(answer)).toEqual({
    status: 201,
    body: {
      server,
      action: ended(first, "create_server", itself),
      next_actions: [ended(first + 1, "start_server", itself)],
      root_password: "password-of-104200201",
    },
  });
  expect(plain(await ask("GET", "/servers?name=my-server"))).toEqual({
    status: 200,
    body: { servers: [server], meta: { pagination: pagination(1) } },
  });
});

test("a deleted server answers with the action of its deletion, then with nothing", async () => {
  const { ask } = await hetzner();
  await ask("POST", "/servers", { name: "a", server_type: "cpx22", image: "debian-13", location: "fsn1" });
  expect(plain(await ask("DELETE", "/servers/104200201"))).toEqual({
    status: 200,
    body: { action: ended(first + 2, "delete_server", { id: 104_200_201, type: "server" }) },
  });
  expect(plain(await ask("GET", "/servers/104200201"))).toEqual({
    status: 404,
    body: { error: { code: "not_found", message: "server with ID '104200201' not found", details: null } },
  });
});

test("a firewall's rules are set on it and, one action each, on its servers", async () => {
  const { ask } = await hetzner();
  await ask("POST", "/servers", { name: "a", server_type: "cpx22", image: "debian-13", location: "fsn1" });
  const server = { id: 104_200_201, type: "server" };
  const firewall = { id: 2_300_301, type: "firewall" };
  const rule = {
    direction: "in",
    protocol: "tcp",
    port: "80",
    source_ips: ["28.239.13.1/32", "ff21:1eac:9a3b:ee58::/64"],
  };
  const applied = { type: "server", server: { id: server.id } };
  expect(plain(await ask("POST", "/firewalls", { name: "Corporate", rules: [rule], apply_to: [applied] }))).toEqual({
    status: 201,
    body: {
      firewall: {
        id: firewall.id,
        name: "Corporate",
        created: started,
        labels: {},
        rules: [{ ...rule, destination_ips: [], description: null }],
        applied_to: [applied],
      },
      actions: [ended(first + 2, "apply_firewall", firewall, server)],
    },
  });
  expect(plain(await ask("POST", `/firewalls/${firewall.id}/actions/set_rules`, { rules: [] }))).toEqual({
    status: 201,
    body: {
      actions: [ended(first + 3, "set_firewall_rules", firewall), ended(first + 4, "apply_firewall", firewall, server)],
    },
  });
  expect(plain(await ask("DELETE", `/firewalls/${firewall.id}`))).toEqual({
    status: 422,
    body: {
      error: {
        code: "resource_in_use",
        message: `firewall 'Corporate' is still applied to [{"type":"server","server":{"id":104200201}}]`,
        details: null,
      },
    },
  });
  const removal = { remove_from: [applied] };
  expect(plain(await ask("POST", `/firewalls/${firewall.id}/actions/remove_from_resources`, removal))).toEqual({
    status: 201,
    body: { actions: [ended(first + 5, "remove_firewall", firewall, server)] },
  });
  expect(plain(await ask("DELETE", `/firewalls/${firewall.id}`))).toEqual({ status: 204, body: "" });
});

test("a load balancer takes a service and targets, and shows them", async () => {
  const { ask } = await hetzner();
  await ask("POST", "/load_balancers", { name: "Web Frontend", load_balancer_type: "lb11", location: "fsn1" });
  const itself = { id: 3_100_401, type: "load_balancer" };
  const act = (verb: string, body: unknown) => ask("POST", `/load_balancers/${itself.id}/actions/${verb}`, body);
  const service = { protocol: "tcp", listen_port: 6443, destination_port: 6443, proxyprotocol: false };
  const check = { protocol: "tcp", port: 6443, interval: 15, timeout: 10, retries: 3 };
  expect(plain(await act("add_service", { ...service, health_check: check }))).toEqual({
    status: 201,
    body: { action: ended(first + 1, "add_service", itself) },
  });
  const selector = { type: "label_selector", label_selector: { selector: "env=prod" }, use_private_ip: false };
  expect(plain(await act("add_target", selector))).toEqual({
    status: 201,
    body: { action: ended(first + 2, "add_target", itself) },
  });
  const shown = (await ask("GET", `/load_balancers/${itself.id}`)).body as { load_balancer: Record<string, unknown> };
  expect(shown.load_balancer.services).toEqual([{ ...service, http: null, health_check: { ...check, http: null } }]);
  expect(shown.load_balancer.targets).toEqual([{ ...selector, targets: [] }]);
  expect(plain(await act("add_service", service))).toEqual({
    status: 422,
    body: {
      error: {
        code: "source_port_already_used",
        message: "port 6443 of load balancer 'Web Frontend' is already used by its tcp service on 6443",
        details: null,
      },
    },
  });
});
