import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { endpointOf } from "../../../config/cluster.ts";
import { ingressPools } from "../../../config/context.ts";
import type { PoolOn } from "../../../config/pools.ts";
import { location, serverType } from "../../../lib/hetzner/nodes.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";
import { connectionTo } from "../connection.ts";
import type {
  BlankFactory,
  BlankMachine,
  BlankRequest,
  Connection,
  Machine,
  MachineFactory,
  MachineRequest,
} from "../machine.ts";
import type { Identities } from "../operator.ts";
import { remadeUnless, stands } from "../remade.ts";
import type { Tailnet } from "../tailnet.ts";
import { firewall } from "./firewall.ts";
import { createGateway, type GatewayRequest } from "./gateway.ts";
import { asNumber } from "./ids.ts";
import { labels, nodeLabels, selector } from "./labels.ts";
import { LoadBalancer } from "./loadBalancer.ts";
import { Network } from "./network.ts";
import { apiService, ingressServices, networkPlans } from "./plan.ts";
import { Server } from "./server.ts";
import { ofNewServers, type ServerShape, serverInputs } from "./shape.ts";
import type { HetznerStage } from "./stage.ts";

type HetznerNode = PlannedMachine<PoolOn<"hetzner">>;

export interface HetznerArgs {
  readonly stage: HetznerStage;
  readonly nodes: readonly HetznerNode[];
  readonly identities: Identities;
  /** Names of the nodes that stand. */
  readonly established: ReadonlySet<string>;
  /** That every machine joins; absent: none. */
  readonly tailnet?: Tailnet;
  /** Renders a gateway's boot document. */
  readonly gatewayDocument: GatewayRequest["document"];
}

/** Everything that a stage has on Hetzner. Servers of nodes are made on demand, so that the cluster decides their order. */
export class Hetzner
  extends pulumi.ComponentResource
  implements MachineFactory<PoolOn<"hetzner">>, BlankFactory<PoolOn<"hetzner">>
{
  readonly api: LoadBalancer | undefined;
  readonly ingress: LoadBalancer | undefined;
  readonly #args: HetznerArgs;
  readonly #networks = new Map<string, Network>();
  readonly #gateways = new Map<string, Server>();
  readonly #placementGroups = new Map<string, pulumi.Output<number>>();
  readonly #firewall: hcloud.Firewall;
  readonly #sshKey: hcloud.SshKey;
  readonly #ingressPools: ReadonlySet<string>;

  constructor(name: string, args: HetznerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:hetzner:Hetzner", name, {}, opts);
    this.#args = args;
    const { stage, nodes, identities } = args;
    const { cluster, access, hetzner } = stage;
    const parent = { parent: this };
    const tags = labels(cluster.name, hetzner.labels);
    this.#ingressPools = ingressPools(stage);
    this.#sshKey = new hcloud.SshKey(
      "operator",
      {
        name: `${cluster.name}-operator`,
        publicKey: identities.operator.publicKeyOpenssh.apply((key) => key.trim()),
        labels: tags,
      },
      parent,
    );
    this.#firewall = firewall(
      "nodes",
      { physicalName: `${cluster.name}-nodes`, ssh: access.via === "public" ? access.from : [], labels: tags },
      parent,
    );
    const gatewayFirewall = firewall(
      "gateways",
      { physicalName: `${cluster.name}-gateways`, ssh: access.via === "gateway" ? access.from : [], labels: tags },
      parent,
    );

    for (const plan of networkPlans(stage, nodes)) {
      const network = new Network(
        plan.name,
        {
          physicalName: `${cluster.name}-${plan.name}`,
          network: plan.network,
          subnets: plan.subnets,
          routes: plan.routes,
          labels: tags,
          protect: hetzner.protect,
        },
        parent,
      );
      this.#networks.set(plan.name, network);
      if (plan.network.gateway === undefined || plan.network.egress !== "gateway") continue;
      const gateway = createGateway(
        {
          name: `${plan.name}-gateway`,
          networkName: plan.name,
          gateway: plan.network.gateway,
          ...{ network, stage, identities, plan: plan.network },
          firewall: gatewayFirewall,
          sshKey: this.#sshKey,
          labels: { ...tags, role: "gateway" },
          stands: args.established.size > 0,
          ...(args.tailnet === undefined ? {} : { tailnet: args.tailnet }),
          document: args.gatewayDocument,
        },
        parent,
      );
      this.#gateways.set(plan.name, gateway);
    }
    this.api = this.#apiLoadBalancer(tags);
    this.ingress = this.#ingressLoadBalancer(tags);
    this.registerOutputs();
  }

  connection(node: HetznerNode): Connection {
    return this.#connection(node, this.#args.identities.hostKey(node.name), undefined);
  }

  create({ node, document, after, anchor, parent }: MachineRequest<PoolOn<"hetzner">>): Machine {
    const { stage, identities, tailnet } = this.#args;
    const server = new Server(
      node.name,
      {
        ...this.#shape(node),
        generation: node.generation,
        stands: stands(node, this.#args.established),
        document,
        authorizedKeys: stage.access.authorizedKeys,
        operator: identities.operator,
        ...{ sshKey: this.#sshKey, hostKey: identities.hostKey(node.name) },
        connection: (hostKey, publicAddress) => this.#connection(node, hostKey, publicAddress),
        ...(tailnet === undefined ? {} : { tailnet }),
        after,
        via: this.#via(node.network),
        anchor,
      },
      { parent },
    );
    return { node, id: server.server.id, connection: server.connection, ready: server.ready };
  }

  /**
   * It boots into Talos' maintenance mode at its private address. No user data: whatever runs on a server can read it,
   * and a machine's configuration holds the cluster's keys.
   */
  boot({ node, after, parent }: BlankRequest<PoolOn<"hetzner">>): BlankMachine {
    const shape = this.#shape(node);
    const server = new hcloud.Server(
      node.name,
      // A server without a key has its root password mailed, though nobody can log in with it.
      { ...serverInputs(shape), sshKeys: [this.#sshKey.id] },
      {
        parent,
        replacementTrigger: node.generation,
        ...remadeUnless(stands(node, this.#args.established)),
        ignoreChanges: ofNewServers,
        dependsOn: [...shape.network.ready, ...after],
      },
    );
    return { id: server.id, ready: [server, ...this.#via(node.network)], kept: false };
  }

  #shape(node: HetznerNode): ServerShape {
    const { cluster, hetzner, networks } = this.#args.stage;
    const network = networks[node.network];
    return {
      hostname: node.hostname,
      type: serverType(node),
      location: location(node),
      image: node.pool.image,
      network: this.#network(node.network),
      address: node.address,
      public: network?.kind === "hetzner" && network.egress === "public",
      firewall: this.#firewall,
      placementGroup: this.#placementGroup(node),
      labels: nodeLabels(cluster.name, node, this.#ingressPools.has(node.poolName), hetzner.labels),
      protect: node.pool.protect,
    };
  }

  /** The gateway leads into a private network, as a jump host or as the tailnet's router. */
  #via(network: string): readonly pulumi.Resource[] {
    const gateway = this.#gateways.get(network);
    return gateway === undefined || this.#args.stage.access.via === "public" ? [] : [gateway.ready];
  }

  #network(name: string): Network {
    const network = this.#networks.get(name);
    if (network === undefined) throw new Error(`network ${name} was not made`);
    return network;
  }

  #connection(
    node: HetznerNode,
    hostKey: ReturnType<Identities["hostKey"]>,
    publicAddress: pulumi.Output<string> | undefined,
  ): Connection {
    const { access } = this.#args.stage;
    const { operator } = this.#args.identities;
    switch (access.via) {
      case "tailnet":
      case "direct":
        return connectionTo({ host: node.address, hostKey, operator });
      case "gateway": {
        const gateway = this.#gateways.get(node.network);
        if (gateway === undefined)
          throw new Error(`network ${node.network} has no gateway to reach ${node.name} through`);
        return connectionTo({
          host: node.address,
          hostKey,
          operator,
          proxy: {
            host: gateway.server.ipv4Address,
            hostKey: this.#args.identities.hostKey(`${node.network}-gateway`),
          },
        });
      }
      case "public":
        return connectionTo({ host: publicAddress ?? node.address, hostKey, operator });
      case "local":
        throw new Error(`${node.name} is at Hetzner, and access is local`);
      default: {
        const unknown: never = access.via;
        throw new Error(`unknown way in: ${String(unknown)}`);
      }
    }
  }

  /** Hetzner spreads at most ten servers of a group over hosts: a pool has a group for each ten numbers. */
  #placementGroup(node: HetznerNode): pulumi.Output<number> {
    const key = `${node.poolName}-spread-${Math.floor((node.number - 1) / 10) + 1}`;
    const there = this.#placementGroups.get(key);
    if (there !== undefined) return there;
    const { cluster, hetzner } = this.#args.stage;
    const group = new hcloud.PlacementGroup(
      key,
      { name: `${cluster.name}-${key}`, type: "spread", labels: labels(cluster.name, hetzner.labels) },
      { parent: this },
    );
    const id = asNumber(group.id);
    this.#placementGroups.set(key, id);
    return id;
  }

  #apiLoadBalancer(tags: Record<string, string>): LoadBalancer | undefined {
    const { cluster, hetzner } = this.#args.stage;
    const endpoint = endpointOf(cluster);
    if (endpoint?.kind !== "load-balancer") return undefined;
    return new LoadBalancer(
      "api",
      {
        physicalName: `${cluster.name}-api`,
        type: endpoint.type,
        location: endpoint.location,
        network: this.#network(endpoint.network),
        address: endpoint.address,
        public: endpoint.public,
        targets: selector({ cluster: cluster.name, role: "control-plane" }),
        services: [apiService],
        labels: tags,
        protect: hetzner.protect,
      },
      { parent: this },
    );
  }

  #ingressLoadBalancer(tags: Record<string, string>): LoadBalancer | undefined {
    const { cluster, hetzner } = this.#args.stage;
    const { ingress } = hetzner;
    if (ingress === undefined) return undefined;
    return new LoadBalancer(
      "ingress",
      {
        physicalName: `${cluster.name}-ingress`,
        type: ingress.type,
        location: ingress.location,
        network: this.#network(ingress.network),
        address: ingress.address,
        public: true,
        targets: selector({ cluster: cluster.name, ingress: "true" }),
        services: ingressServices(ingress),
        labels: tags,
        protect: hetzner.protect,
      },
      { parent: this },
    );
  }
}
