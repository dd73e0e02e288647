import { z } from "zod";
import { address, k3sVersion, port, url } from "../../lib/primitives.ts";
import { commonCluster } from "./common.ts";
import { k3sSettings } from "./k3s.ts";

export const k3dCluster = z.strictObject({
  distribution: z.literal("k3d").meta({ description: "What runs Kubernetes: k3s in Docker containers, by k3d." }),
  ...commonCluster,
  ...k3sSettings,
  version: k3sVersion.meta({ description: "The k3s release, as an image of rancher/k3s." }),
  api: z
    .strictObject({
      address: address.optional().meta({
        description:
          "Address of the machine that runs Docker on which the API answers. Default: 127.0.0.1, or that of the Docker host.",
      }),
      port: port.default(6444).meta({ description: "Its port. Not 6443, which a tunnel to another cluster may have." }),
    })
    .prefault({})
    .meta({ description: "The one stable way to the Kubernetes API: k3d's load balancer." }),
  ports: z
    .array(
      z.strictObject({
        host: port.meta({ description: "Port of the machine that runs Docker." }),
        node: port.meta({ description: "Port of the nodes that it leads to." }),
      }),
    )
    .default([])
    .meta({ description: "Ports that the cluster is reached at." }),
  mirrors: z
    .record(z.string().regex(/^[a-z0-9.-]+(:\d+)?$|^\*$/), url)
    .default({})
    .meta({ description: "Image registries by name, such as docker.io, and where their images come from instead." }),
});
