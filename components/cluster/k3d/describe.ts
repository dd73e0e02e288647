import { k3dApi } from "../../../config/docker-host.ts";
import type { LoadedStage } from "../../../config/load.ts";
import type { StageOf } from "../../../config/stage.ts";
import type { K3dServer } from "../../../lib/k3d/config.ts";
import type { K3dClusterArgs } from "./cluster.ts";

/** What k3d is told of a stage. */
export function describeK3d(stage: LoadedStage & StageOf<"k3d">): Omit<K3dClusterArgs, "runner" | "renewal"> {
  const { cluster, nodes } = stage;
  const controlPlanes = nodes.filter(({ role }) => role === "control-plane");
  const [first, ...others] = controlPlanes;
  const network = first === undefined ? undefined : stage.networks[first.network];
  if (first === undefined || network?.kind !== "docker")
    throw new Error(`cluster ${cluster.name} has no control plane in a Docker network`);
  const api = k3dApi(stage);
  const server = ({ hostname, labels, taints }: typeof first): K3dServer => ({ name: hostname, labels, taints });
  return {
    subnet: network.cidr,
    firstServer: first.address,
    workers: nodes.filter(({ role }) => role === "worker"),
    cluster: {
      name: cluster.name,
      version: cluster.version,
      servers: [server(first), ...others.map(server)],
      api: { ...api, host: api.address },
      ports: cluster.ports,
      podCidr: cluster.podCidr,
      serviceCidr: cluster.serviceCidr,
      disable: cluster.disable,
      tlsSans: cluster.tlsSans,
      kubeletArgs: cluster.kubeletArgs,
      ...(cluster.oidc === undefined ? {} : { oidc: cluster.oidc }),
      secretsEncryption: cluster.secretsEncryption,
      snapshots: { schedule: cluster.snapshots.schedule, retention: cluster.snapshots.keep },
      mirrors: cluster.mirrors,
    },
  };
}
