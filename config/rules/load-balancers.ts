import { loadBalancerTypes } from "../../lib/hetzner/catalogue.ts";
import type { Node } from "../../lib/nodes.ts";
import { own } from "../../lib/record.ts";
import { shown } from "../../lib/shown.ts";
import { endpointOf } from "../cluster.ts";
import { ingressPools } from "../context.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { instead, oneOf } from "../nearest.ts";
import type { Pool } from "../pools.ts";
import type { Rule, Subject } from "./rule.ts";

interface Balancer {
  readonly path: readonly string[];
  readonly what: string;
  readonly type: string;
  readonly network: string;
  readonly services: number;
  readonly targets: readonly Node<Pool>[];
}

function balancers({ stage, nodes }: Subject): readonly Balancer[] {
  const endpoint = endpointOf(stage.cluster);
  const { ingress } = stage.hetzner;
  const takers = ingressPools(stage);
  return [
    ...(endpoint?.kind === "load-balancer"
      ? [
          {
            ...endpoint,
            path: ["cluster", "endpoint"],
            what: "the API's load balancer",
            services: 1,
            targets: nodes.filter(({ role }) => role === "control-plane"),
          },
        ]
      : []),
    ...(ingress === undefined
      ? []
      : [
          {
            ...ingress,
            path: ["hetzner", "ingress"],
            what: "the ingress load balancer",
            services: 2,
            targets: nodes.filter(({ poolName }) => takers.has(poolName)),
          },
        ]),
  ];
}

export const loadBalancersFit: Rule = (subject) =>
  balancers(subject).flatMap(({ path, what, type, services, targets }): readonly Fault[] => {
    const known = own(loadBalancerTypes, type);
    const typePath = formatPath([...path, "type"]);
    const names = Object.keys(loadBalancerTypes);
    if (known === undefined)
      return [
        {
          path: typePath,
          message: `Hetzner has no load balancer type ${shown(type)} (${what})`,
          remedy: instead(type, names),
        },
      ];
    const larger = Object.entries(loadBalancerTypes).flatMap(([name, other]) =>
      other.services >= services && other.targets >= targets.length ? [name] : [],
    );
    return services <= known.services && targets.length <= known.targets
      ? []
      : [
          {
            path: typePath,
            message: `${what} has ${targets.length} targets and ${services} services; ${type} takes ${known.targets} and ${known.services}`,
            remedy: larger.length > 0 ? `use ${oneOf(larger)}` : "send traffic to fewer pools",
          },
        ];
  });

/** A load balancer reaches its targets at their private addresses. */
export const targetsReached: Rule = (subject) =>
  balancers(subject).flatMap(({ path, what, network, targets }) => {
    const known = (name: string): boolean => own(subject.stage.networks, name) !== undefined;
    const outside = [...Map.groupBy(targets, ({ poolName }) => poolName)].filter(
      ([, [node]]) => node !== undefined && node.network !== network && known(network) && known(node.network),
    );
    return outside.map(([pool, [node]]) => ({
      path: formatPath([...path, "network"]),
      message: `${what} is in network ${network} and does not reach pool ${pool} in network ${node?.network ?? ""}`,
      remedy:
        path[0] === "hetzner"
          ? "list the pools of its own network in groundwork:hetzner.ingress.pools"
          : "put it and all control planes in one network",
    }));
  });

export const ingressPoolsThere: Rule = ({ stage }) =>
  (stage.hetzner.ingress?.pools ?? []).flatMap((name, index): readonly Fault[] =>
    own(stage.pools, name) === undefined
      ? [
          {
            path: formatPath(["hetzner", "ingress", "pools", index]),
            message: `there is no pool "${name}"`,
            remedy: instead(name, Object.keys(stage.pools)),
          },
        ]
      : [],
  );
