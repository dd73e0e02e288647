import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { remadeWhenUnfinished } from "../remade.ts";
import { asNumber } from "./ids.ts";
import type { Network } from "./network.ts";

export interface Service {
  readonly role: string;
  readonly listenPort: number;
  readonly destinationPort: number;
  readonly proxyProtocol: boolean;
  readonly healthCheck: {
    readonly port: number;
    readonly path: string;
    readonly domain?: string | undefined;
    readonly tls: boolean;
    readonly statusCodes: readonly string[];
  };
}

export interface LoadBalancerArgs {
  readonly physicalName: string;
  readonly type: string;
  readonly location: string;
  readonly network: Network;
  /** Fixed address in the network. */
  readonly address: string;
  /** Whether it also answers on public addresses. */
  readonly public: boolean;
  /** Label selector of the servers behind it. */
  readonly targets: string;
  readonly services: readonly Service[];
  readonly labels: Record<string, string>;
  readonly protect: boolean;
}

/** A load balancer in a private network, made with the cluster and not by it, so that destroy leaves no orphan. */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly ipv4: pulumi.Output<string>;
  readonly ipv6: pulumi.Output<string>;
  /** Depend on these to know that traffic is forwarded. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:hetzner:LoadBalancer", name, {}, opts);
    const parent = { parent: this };
    const { labels } = args;
    const balancer = new hcloud.LoadBalancer(
      name,
      {
        name: args.physicalName,
        loadBalancerType: args.type,
        location: args.location,
        labels,
        deleteProtection: args.protect,
      },
      parent,
    );
    const loadBalancerId = asNumber(balancer.id);
    const attachment = new hcloud.LoadBalancerNetwork(
      `${name}-network`,
      { loadBalancerId, networkId: args.network.id, ip: args.address, enablePublicInterface: args.public },
      { ...parent, dependsOn: [...args.network.ready] },
    );
    // A target by private address is refused while the load balancer is not in the network.
    const target = new hcloud.LoadBalancerTarget(
      `${name}-target`,
      { type: "label_selector", loadBalancerId, labelSelector: args.targets, usePrivateIp: true },
      { ...parent, dependsOn: [attachment] },
    );
    const services = args.services.map(
      ({ role, listenPort, destinationPort, proxyProtocol, healthCheck }) =>
        new hcloud.LoadBalancerService(
          `${name}-${role}`,
          {
            loadBalancerId: balancer.id,
            protocol: "tcp",
            listenPort,
            destinationPort,
            proxyprotocol: proxyProtocol,
            healthCheck: {
              protocol: "http",
              port: healthCheck.port,
              interval: 10,
              timeout: 5,
              retries: 3,
              http: {
                path: healthCheck.path,
                tls: healthCheck.tls,
                statusCodes: [...healthCheck.statusCodes],
                ...(healthCheck.domain === undefined ? {} : { domain: healthCheck.domain }),
              },
            },
          },
          { ...parent, ...remadeWhenUnfinished },
        ),
    );
    this.ipv4 = balancer.ipv4;
    this.ipv6 = balancer.ipv6;
    this.ready = [attachment, target, ...services];
    this.registerOutputs({ ipv4: this.ipv4, ipv6: this.ipv6 });
  }
}
