import type * as pulumi from "@pulumi/pulumi";
import type { LoadedStage } from "../../config/load.ts";
import type { Pool } from "../../config/pools.ts";
import type { Node } from "../../lib/nodes.ts";
import { gatewayUserData } from "../cluster/k3s/documents.ts";
import { Hetzner } from "./hetzner/hetzner.ts";
import type { MachineFactory } from "./machine.ts";
import { Identities } from "./operator.ts";

export interface Machines {
  factory(node: Node<Pool>): MachineFactory;
  /** Public addresses of the ingress load balancer. */
  readonly ingress: { readonly ipv4: pulumi.Output<string>; readonly ipv6: pulumi.Output<string> } | undefined;
  /** Public address of the API's load balancer. */
  readonly apiAddress: pulumi.Output<string> | undefined;
}

/** What every kind of machine in a stage needs before its first node. */
export function createMachines(
  stage: LoadedStage,
  { providers }: { readonly providers: pulumi.ProviderResource[] },
): Machines {
  const gateways = Object.entries(stage.networks).flatMap(([name, network]) =>
    network.kind === "hetzner" && network.gateway !== undefined ? [`${name}-gateway`] : [],
  );
  const identities = new Identities("identities", { hosts: [...gateways, ...stage.nodes.map(({ name }) => name)] });
  const hetzner = new Hetzner(
    "hetzner",
    {
      stage,
      nodes: stage.nodes,
      identities,
      gatewayDocument: (gateway, secrets) => gatewayUserData(stage, gateway, secrets),
    },
    { providers },
  );
  return {
    factory: ({ pool }) => {
      switch (pool.machine) {
        case "hetzner":
          return hetzner;
        default: {
          const unknown: never = pool.machine;
          throw new Error(`unknown kind of machine: ${String(unknown)}`);
        }
      }
    },
    ingress: hetzner.ingress,
    apiAddress:
      stage.cluster.endpoint.kind === "load-balancer" && stage.cluster.endpoint.public ? hetzner.api?.ipv4 : undefined,
  };
}
