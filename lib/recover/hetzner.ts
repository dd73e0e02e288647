import { type Found, type Lookup, record, records, text } from "./lookups.ts";
import type { Props } from "./state.ts";

// Source: docs.hetzner.cloud (lists are filtered by `name`); ids as the documentation of each resource gives them for
// `pulumi import` (pulumi.com/registry/packages/hcloud).

/** Kinds with a name that is taken once in a project: type -> where they are listed. */
const named: Readonly<Record<string, string>> = {
  "hcloud:index/server:Server": "servers",
  "hcloud:index/network:Network": "networks",
  "hcloud:index/firewall:Firewall": "firewalls",
  "hcloud:index/placementGroup:PlacementGroup": "placement_groups",
  "hcloud:index/loadBalancer:LoadBalancer": "load_balancers",
  "hcloud:index/sshKey:SshKey": "ssh_keys",
  "hcloud:index/primaryIp:PrimaryIp": "primary_ips",
  "hcloud:index/volume:Volume": "volumes",
};

/** @param type token of an hcloud resource */
export function hetznerLookup(type: string, inputs: Props): Lookup {
  const list = named[type];
  if (list !== undefined) return byName(list, inputs);
  switch (type) {
    case "hcloud:index/networkSubnet:NetworkSubnet":
      return within("networks", text(inputs, "networkId"), (id, network) => {
        const range = text(inputs, "ipRange");
        return records(network.subnets).some(({ ip_range }) => ip_range === range) ? `${id}-${range}` : undefined;
      });
    case "hcloud:index/networkRoute:NetworkRoute":
      return within("networks", text(inputs, "networkId"), (id, network) => {
        const destination = text(inputs, "destination");
        const isThere = records(network.routes).some((route) => route.destination === destination);
        return isThere ? `${id}-${destination}` : undefined;
      });
    case "hcloud:index/loadBalancerNetwork:LoadBalancerNetwork":
      return within("load_balancers", text(inputs, "loadBalancerId"), (id, balancer) => {
        const network = text(inputs, "networkId");
        const isThere = records(balancer.private_net).some((each) => String(each.network) === network);
        return isThere ? `${id}-${network}` : undefined;
      });
    case "hcloud:index/loadBalancerService:LoadBalancerService":
      return within("load_balancers", text(inputs, "loadBalancerId"), (id, balancer) => {
        const port = text(inputs, "listenPort");
        const isThere = records(balancer.services).some(({ listen_port }) => String(listen_port) === port);
        return isThere ? `${id}__${port}` : undefined;
      });
    case "hcloud:index/loadBalancerTarget:LoadBalancerTarget":
      return within("load_balancers", text(inputs, "loadBalancerId"), (id, balancer) => {
        const wanted = targetOf(inputs);
        const isThere = records(balancer.targets).some((target) => targetOf(target) === wanted);
        return wanted !== undefined && isThere ? `${id}__${wanted}` : undefined;
      });
    default:
      return { kind: "unknown", why: `nothing here knows where to look for a ${type}` };
  }
}

/** `<type>__<what it names>`, from the inputs and from the API's answer alike. */
function targetOf(target: Props): string | undefined {
  const type = text(target, "type");
  const identifier =
    text(target, "labelSelector") ??
    text(target, "serverId") ??
    text(record(target.label_selector), "selector") ??
    text(record(target.server), "id") ??
    (typeof target.ip === "string" ? target.ip : text(record(target.ip), "ip"));
  return type === undefined || identifier === undefined ? undefined : `${type}__${identifier}`;
}

function byName(list: string, inputs: Props): Lookup {
  const name = text(inputs, "name");
  if (name === undefined) return { kind: "unknown", why: "it has no name of its own to look for" };
  return {
    ...{ kind: "ask", service: "hcloud", path: `/${list}?name=${encodeURIComponent(name)}` },
    find(answer): Found | undefined {
      const found = records(record(answer)[list]).find((each) => each.name === name);
      if (found === undefined) return undefined;
      const objection = whoseElse(inputs, found);
      const id = String(found.id);
      return { importId: id, what: `${list.slice(0, -1).replaceAll("_", " ")} ${id}`, ...objection };
    },
  };
}

/** The labels that say whose it is. Those of a half-made thing are there: they come with its creation. */
function whoseElse(inputs: Props, found: Props): { readonly objection?: string } {
  const [wanted, given] = [record(inputs.labels), record(found.labels)];
  const differing = ["managed-by", "cluster"].find((key) => wanted[key] !== undefined && wanted[key] !== given[key]);
  if (differing === undefined) return {};
  return {
    objection: `its label ${differing} is ${text(given, differing) ?? "not set"}, not ${String(wanted[differing])}`,
  };
}

/** A part of a network or a load balancer. */
function within(list: string, id: string | undefined, find: (id: string, whole: Props) => string | undefined): Lookup {
  if (id === undefined) return { kind: "absent" };
  return {
    ...{ kind: "ask", service: "hcloud", path: `/${list}/${id}` },
    find(answer) {
      const importId = find(id, record(record(answer)[list.slice(0, -1)]));
      return importId === undefined
        ? undefined
        : { importId, what: `part of ${list.slice(0, -1).replace("_", " ")} ${id}` };
    },
  };
}
