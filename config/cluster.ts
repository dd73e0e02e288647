import { z } from "zod";
import { k3dCluster } from "./cluster/k3d.ts";
import { k3sCluster } from "./cluster/k3s.ts";
import { talosCluster } from "./cluster/talos.ts";

/** One branch for each distribution. */
export const cluster = z.discriminatedUnion("distribution", [k3sCluster, k3dCluster, talosCluster]);
export type ClusterConfig = z.output<typeof cluster>;

/** Ways to the API of all distributions. */
type Endpoint = Extract<ClusterConfig, { readonly endpoint: unknown }>["endpoint"];

/** The way to the API that the stack file names; absent where the distribution brings its own. */
export const endpointOf = (config: ClusterConfig): Endpoint | undefined =>
  "endpoint" in config ? config.endpoint : undefined;
