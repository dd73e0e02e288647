import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type { HetznerNetwork } from "../../../config/networks/hetzner.ts";
import { remadeWhenUnfinished } from "../remade.ts";
import { asNumber } from "./ids.ts";

export interface NetworkArgs {
  /** Name at Hetzner. */
  readonly physicalName: string;
  readonly network: HetznerNetwork;
  /** CIDRs of the pools, the gateway and the load balancers: each once. */
  readonly subnets: readonly string[];
  /** Routes beside the default one: destination -> address of the machine that takes it. */
  readonly routes: Readonly<Record<string, string>>;
  readonly labels: Record<string, string>;
  readonly protect: boolean;
}

/** A private network with a subnet per role, and its default route when a gateway leads out. */
export class Network extends pulumi.ComponentResource {
  readonly network: hcloud.Network;
  /** Attach nothing before these are there. */
  readonly ready: readonly pulumi.Resource[];
  readonly id: pulumi.Output<number>;
  readonly #subnets = new Map<string, hcloud.NetworkSubnet>();

  constructor(
    name: string,
    { physicalName, network, subnets, routes, labels, protect }: NetworkArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("groundwork:hetzner:Network", name, {}, opts);
    const parent = { parent: this };
    this.network = new hcloud.Network(
      name,
      { name: physicalName, ipRange: network.cidr, labels, deleteProtection: protect },
      parent,
    );
    this.id = asNumber(this.network.id);
    for (const range of subnets) {
      const subnet = new hcloud.NetworkSubnet(
        `${name}-${range.replace("/", "-")}`,
        { networkId: this.id, type: "cloud", networkZone: network.zone, ipRange: range },
        parent,
      );
      this.#subnets.set(range, subnet);
    }
    const ways = {
      ...(network.egress === "gateway" && network.gateway !== undefined
        ? { "0.0.0.0/0": network.gateway.address }
        : {}),
      ...routes,
    };
    const made = Object.entries(ways).map(
      ([destination, gateway]) =>
        new hcloud.NetworkRoute(
          `${name}-${destination === "0.0.0.0/0" ? "default-route" : `route-${destination.replace("/", "-")}`}`,
          { networkId: this.id, destination, gateway },
          { ...parent, ...remadeWhenUnfinished, dependsOn: [...this.#subnets.values()] },
        ),
    );
    this.ready = [...this.#subnets.values(), ...made];
    this.registerOutputs({ id: this.network.id });
  }
}
