import { own } from "../../lib/record.ts";
import { listed } from "../../lib/words.ts";
import { endpointOf } from "../cluster.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import type { Rule } from "./rule.ts";

/** Each way in needs what it goes through. */
export const waysIn: Rule = ({ stage }) => {
  const { access, networks } = stage;
  const hetzner = Object.entries(networks).flatMap(([name, network]) =>
    network.kind === "hetzner" ? [{ name, egress: network.egress }] : [],
  );
  switch (access.via) {
    case "tailnet":
      return stage.tailscale === undefined
        ? [
            {
              path: "groundwork:access.via",
              message: "administration over the tailnet, but no tailnet is described",
              remedy: "add groundwork:tailscale, or choose gateway or public",
            },
          ]
        : [];
    case "gateway":
      return [
        ...openTo(access.from, "the gateway"),
        ...hetzner
          .filter(({ egress }) => egress === "public")
          .map(
            ({ name }): Fault => ({
              path: "groundwork:access.via",
              message: `network ${name} has no gateway to go through`,
              remedy: `set egress: gateway in groundwork:networks.${name}, or via: public`,
            }),
          ),
      ];
    case "public":
      return [
        ...openTo(access.from, "the nodes"),
        ...hetzner
          .filter(({ egress }) => egress === "gateway")
          .map(
            ({ name }): Fault => ({
              path: "groundwork:access.via",
              message: `the nodes of network ${name} have no public address`,
              remedy: `set egress: public in groundwork:networks.${name}, or via: gateway`,
            }),
          ),
      ];
    case "direct":
      return hetzner.map(
        ({ name }): Fault => ({
          path: "groundwork:access.via",
          message: `nobody who runs the program is in network ${name}, which is Hetzner's`,
          remedy: "choose tailnet, gateway or public",
        }),
      );
    case "local":
      return Object.entries(stage.pools).flatMap(([name, { machine }]): readonly Fault[] =>
        machine === "docker"
          ? []
          : [
              {
                path: "groundwork:access.via",
                message: `pool ${name} is on ${machine}, which is not the machine that runs the program`,
                remedy:
                  machine === "hetzner"
                    ? "choose tailnet, gateway or public"
                    : "choose direct, from within its network, or tailnet",
              },
            ],
      );
    default: {
      const unknown: never = access.via;
      throw new Error(`unknown way in: ${String(unknown)}`);
    }
  }
};

function openTo(from: readonly string[], what: string): readonly Fault[] {
  return from.length > 0
    ? []
    : [
        {
          path: "groundwork:access.from",
          message: `nobody may open SSH to ${what}`,
          remedy: "name the networks that may, such as 203.0.113.7/32",
        },
      ];
}

/** Whoever runs the program talks to the API: over the tailnet, or at a public address. */
export const apiInReach: Rule = ({ stage }) => {
  const { access, cluster } = stage;
  const endpoint = endpointOf(cluster);
  return access.via !== "tailnet" && endpoint?.kind === "load-balancer" && !endpoint.public
    ? [
        {
          path: "groundwork:cluster.endpoint.public",
          message: `with access via ${access.via} nothing outside the network reaches the API`,
          remedy: "set public: true, or via: tailnet in groundwork:access",
        },
      ]
    : [];
};

export const transportFits: Rule = ({ stage, nodes }) => {
  const named = new Set(nodes.map(({ network }) => network));
  const used = [...named].filter((network) => own(stage.networks, network) !== undefined);
  if (stage.cluster.transport === "tailnet") {
    return stage.tailscale === undefined
      ? [
          {
            path: "groundwork:cluster.transport",
            message: "traffic over the tailnet, but no tailnet is described",
            remedy: "add groundwork:tailscale, or set transport: private",
          },
        ]
      : [];
  }
  return used.length > 1
    ? [
        {
          path: "groundwork:cluster.transport",
          message: `pools are in networks ${listed(used, "and")}, which do not reach each other`,
          remedy: "set transport: tailnet, or put all pools in one network",
        },
      ]
    : [];
};

/** The C library reads no more than three resolvers, and the kubelet refuses to pass on more. Source: resolv.conf(5) */
export const threeNameservers: Rule = ({ stage }) =>
  Object.entries(stage.networks).flatMap(([name, network]): readonly Fault[] =>
    "nameservers" in network && network.nameservers.length > 3
      ? [
          {
            path: formatPath(["networks", name, "nameservers"]),
            message: `${network.nameservers.length} nameservers; a pod's resolv.conf holds three`,
            remedy: "list at most three",
          },
        ]
      : [],
  );
