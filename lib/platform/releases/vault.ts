import { z } from "zod";
import { exposedHosts, exposure, exposureUses, ingressObject } from "../ingress.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease } from "../release.ts";
import { lasting, storageNeeds } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  replicas: z
    .union([z.literal(1), z.literal(3), z.literal(5)], {
      error: () => "members decide by majority → write 1, 3 or 5",
    })
    .default(3)
    .meta({ description: "Members, each on a node of its own." }),
  storage: lasting("10Gi"),
  audit: lasting("10Gi").meta({ description: "Volume of the audit log, once `vault audit enable file` is said." }),
  exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
});
type Options = z.output<typeof options>;

const name = "vault";
const namespace = "vault";

/**
 * Its members become ready once they are initialised and unsealed by hand (docs/data.md), so nothing waits for them.
 * Chart facts: github.com/hashicorp/vault-helm; settings: developer.hashicorp.com/vault/docs/configuration.
 */
export const vault = defineRelease<Options>({
  name,
  description: "HashiCorp Vault with raft storage. Initialised and unsealed by hand.",
  chart: {
    chart: "vault",
    repository: "https://helm.releases.hashicorp.com",
    // renovate: datasource=helm depName=vault registryUrl=https://helm.releases.hashicorp.com
    version: "0.34.1",
  },
  namespace,
  options,
  skipAwait: true,
  needs: ({ storage, audit }, context) => [...serviceMonitors(context), ...storageNeeds(storage, audit)],
  uses: ({ exposed }) => exposureUses(exposed),
  values: ({ replicas, storage, audit }, context) => ({
    // Its webhook's certificate is written into what Helm made; applications read Vault themselves, or through operators.
    injector: { enabled: false },
    ui: { enabled: true },
    server: {
      ha: {
        enabled: true,
        replicas,
        raft: { enabled: true, setNodeId: true, config: configuration(replicas) },
      },
      dataStorage: volume(storage),
      auditStorage: volume(audit),
      // Losing a node loses one member.
      ...(replicas === 1 ? { affinity: "" } : {}),
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    },
    serverTelemetry: { serviceMonitor: { enabled: monitored(context) } },
  }),
  manifests: ({ exposed }) =>
    // Only the member that leads answers there; the others would send people on to an address of the cluster.
    ingressObject({ name, namespace, exposed, service: { name: "vault-active", port: 8200 } }),
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults: ({ replicas }, { controlPlanes, workers }) => {
    const nodes = controlPlanes.length + workers.length;
    if (replicas <= nodes) return [];
    return [
      {
        path: ["replicas"],
        message: `${replicas} members on nodes of their own, and the stage has ${nodes} ${nodes === 1 ? "node" : "nodes"}`,
        remedy: "lower replicas",
      },
    ];
  },
});

const volume = ({ size, class: storageClass }: Options["storage"]) => ({
  enabled: true,
  size,
  ...(storageClass === undefined ? {} : { storageClass }),
});

/** In Vault's own language. Members find each other by the names that the chart gives them. */
function configuration(replicas: number): string {
  const members = Array.from({ length: replicas }, (_, index) => index).map(
    (index) => `
  retry_join {
    leader_api_addr = "http://vault-${index}.vault-internal:8200"
  }`,
  );
  return `ui = true
listener "tcp" {
  address = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_disable = 1
  telemetry {
    unauthenticated_metrics_access = true
  }
}
storage "raft" {
  path = "/vault/data"${members.join("")}
}
telemetry {
  prometheus_retention_time = "24h"
  disable_hostname = true
}
service_registration "kubernetes" {}
`;
}
