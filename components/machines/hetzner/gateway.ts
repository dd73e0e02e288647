import type * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type { HetznerNetwork } from "../../../config/networks/hetzner.ts";
import type { Document } from "../../../lib/bootstrap/types.ts";
import { connectionTo } from "../connection.ts";
import type { BootSecrets, PlannedGateway } from "../machine.ts";
import type { Identities } from "../operator.ts";
import type { Tailnet } from "../tailnet.ts";
import type { Network } from "./network.ts";
import { Server } from "./server.ts";
import type { HetznerStage } from "./stage.ts";

export interface GatewayRequest {
  /** `<network>-gateway` */
  readonly name: string;
  readonly networkName: string;
  readonly gateway: NonNullable<HetznerNetwork["gateway"]>;
  readonly network: Network;
  readonly plan: HetznerNetwork;
  readonly stage: HetznerStage;
  readonly identities: Identities;
  readonly firewall: hcloud.Firewall;
  readonly sshKey: hcloud.SshKey;
  readonly labels: Record<string, string>;
  /** Whether the stage's nodes have ever stood. */
  readonly stands: boolean;
  /** Absent: it joins none. */
  readonly tailnet?: Tailnet;
  /** Renders its boot document. */
  readonly document: (gateway: PlannedGateway, secrets: BootSecrets) => Document;
}

/** The machine that private nodes go out through and operators come in through. */
export function createGateway(request: GatewayRequest, opts: pulumi.ComponentResourceOptions): Server {
  const { name, gateway, network, plan, stage, identities } = request;
  const hostname = `${stage.cluster.name}-${name}`;
  return new Server(
    name,
    {
      hostname,
      type: gateway.type,
      location: gateway.location,
      image: gateway.image,
      network,
      address: gateway.address,
      public: true,
      firewall: request.firewall,
      labels: request.labels,
      protect: false,
      generation: gateway.generation,
      stands: request.stands,
      document: pulumi.output((secrets: BootSecrets) =>
        request.document(
          { hostname, address: gateway.address, network: plan, networkName: request.networkName },
          secrets,
        ),
      ),
      authorizedKeys: stage.access.authorizedKeys,
      operator: identities.operator,
      sshKey: request.sshKey,
      hostKey: identities.hostKey(name),
      connection: (hostKey, publicAddress) =>
        connectionTo({
          host: stage.access.via === "tailnet" ? gateway.address : publicAddress,
          hostKey,
          operator: identities.operator,
        }),
      ...(request.tailnet === undefined ? {} : { tailnet: request.tailnet }),
      after: [],
      via: [],
    },
    opts,
  );
}
