import type * as pulumi from "@pulumi/pulumi";
import { endpointOf } from "../../config/cluster.ts";
import type { LoadedStage } from "../../config/load.ts";
import { nodesOn, type Pool, type PoolOn } from "../../config/pools.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { natGatewayDocument } from "../cluster/k3s/documents.ts";
import { Hetzner } from "./hetzner/hetzner.ts";
import type { BlankFactory, MachineFactory } from "./machine.ts";
import { Metal } from "./metal/metal.ts";
import { Identities } from "./operator.ts";
import { Proxmox } from "./proxmox/proxmox.ts";
import { tailnetOf } from "./tailnet.ts";

/** Machines of every kind that a stage uses. */
export interface Machines extends MachineFactory, BlankFactory {
  /** Public addresses of the ingress load balancer. */
  readonly ingress: { readonly ipv4: pulumi.Output<string>; readonly ipv6: pulumi.Output<string> } | undefined;
  /** Public address of the API's load balancer. */
  readonly apiAddress: pulumi.Output<string> | undefined;
}

export interface MachinesArgs {
  /** Names of the nodes that stand. */
  readonly established: ReadonlySet<string>;
  readonly providers: pulumi.ProviderResource[];
}

/** What every kind of machine in a stage needs before its first node. */
export function createMachines(stage: LoadedStage, { established, providers }: MachinesArgs): Machines {
  const { machines } = stage;
  const identities = new Identities("identities");
  const tailnet = tailnetOf(stage);
  const hetzner = Object.values(stage.networks).some(({ kind }) => kind === "hetzner")
    ? new Hetzner(
        "hetzner",
        {
          stage,
          nodes: nodesOn(machines, "hetzner"),
          ...{ identities, established },
          ...(tailnet === undefined ? {} : { tailnet }),
          gatewayDocument: (gateway, secrets) => natGatewayDocument(stage, gateway, secrets),
        },
        { providers },
      )
    : undefined;
  const proxmox =
    stage.proxmox === undefined
      ? undefined
      : new Proxmox(
          "proxmox",
          {
            stage: { ...stage, proxmox: stage.proxmox },
            nodes: nodesOn(machines, "proxmox"),
            ...{ identities, established },
            ...(tailnet === undefined ? {} : { tailnet }),
          },
          { providers },
        );
  const hosts = nodesOn(machines, "metal");
  const metal =
    hosts.length === 0 ? undefined : new Metal("metal", { stage, key: stage.secret("ssh-key") }, { providers });
  const kinds: { readonly [Kind in Pool["machine"]]: MachineFactory<PoolOn<Kind>> | undefined } = {
    hetzner,
    proxmox,
    // k3d makes its containers itself.
    docker: undefined,
    // They boot no document: the cluster itself gives them their configuration.
    talos: undefined,
    metal,
  };
  const kindOf = (node: PlannedMachine<Pool>): MachineFactory => {
    const { machine } = node.pool;
    const kind = kinds[machine];
    if (kind === undefined) throw new Error(`${node.name} runs on ${machine}, of which the stage has none`);
    // Each kind is given nodes of its own kind alone: it was found by theirs.
    return kind as MachineFactory;
  };
  const blanks: Partial<Record<Pool["machine"], BlankFactory<never>>> = {
    ...(hetzner === undefined ? {} : { hetzner }),
    ...(proxmox === undefined ? {} : { proxmox }),
  };
  const endpoint = endpointOf(stage.cluster);
  return {
    boot(request) {
      const { machine } = request.node.pool;
      const kind = blanks[machine];
      if (kind === undefined) throw new Error(`${request.node.name} runs on ${machine}, which boots no image of Talos`);
      return (kind as BlankFactory).boot(request);
    },
    create: (request) => kindOf(request.node).create(request),
    connection: (node) => kindOf(node).connection(node),
    ingress: hetzner?.ingress,
    apiAddress: endpoint?.kind === "load-balancer" && endpoint.public ? hetzner?.api?.ipv4 : undefined,
  };
}
