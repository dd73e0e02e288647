import type { K3dCluster } from "../../lib/k3d/config.ts";

/** The local stack's cluster. */
export const dev: K3dCluster = {
  name: "dev",
  version: "v1.36.4+k3s1",
  servers: [
    { name: "dev-cp-1", labels: { "example.com/disk": "fast" }, taints: [] },
    { name: "dev-cp-2", labels: {}, taints: [] },
    { name: "dev-cp-3", labels: {}, taints: ["app-type=db:NoSchedule"] },
  ],
  api: { address: "127.0.0.1", port: 6444, host: "127.0.0.1" },
  ports: [
    { host: 8080, node: 30080 },
    { host: 8443, node: 30443 },
  ],
  podCidr: "10.42.0.0/16",
  serviceCidr: "10.43.0.0/16",
  disable: ["traefik", "servicelb"],
  tlsSans: ["dev.localhost"],
  kubeletArgs: ["max-pods=200"],
  secretsEncryption: true,
  snapshots: { schedule: "0 */12 * * *", retention: 5 },
  mirrors: { "docker.io": "http://mirror.example.com:5000" },
};

/** One control plane in a machine of its own. */
export const single: K3dCluster = {
  ...dev,
  name: "staging",
  servers: [{ name: "staging-cp-1", labels: {}, taints: [] }],
  api: { address: "0.0.0.0", port: 6443, host: "10.0.40.52" },
  ports: [
    { host: 80, node: 80 },
    { host: 443, node: 443 },
  ],
  disable: [],
  tlsSans: [],
  kubeletArgs: [],
  mirrors: {},
};
