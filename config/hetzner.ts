import { z } from "zod";
import { address, hostname, label, labelKey, labelValue, nodePort } from "../lib/primitives.ts";
import { shown } from "../lib/shown.ts";

const ingress = z.strictObject({
  type: z.string().default("lb11").meta({ description: "Load balancer type." }),
  location: z.string().meta({ description: "Hetzner location." }),
  network: label
    .default("main")
    .meta({ description: "The network (`groundwork:networks`) that it and the pools behind it are in." }),
  address: address.meta({ description: "Its fixed address in the network." }),
  httpNodePort: nodePort.default(30080).meta({ description: "Port of the nodes that takes HTTP." }),
  httpsNodePort: nodePort.default(30443).meta({ description: "Port of the nodes that takes HTTPS." }),
  proxyProtocol: z
    .boolean()
    .default(false)
    .meta({ description: "Hand on clients' addresses by PROXY protocol; the ingress is set to match." }),
  pools: z
    .array(label)
    .default([])
    .meta({ description: "Pools that take traffic; default: all workers, or the control planes when there are none." }),
  healthCheck: z
    .strictObject({
      path: z
        .string()
        .regex(/^\//, { error: () => "the path has no leading slash → begin it with /" })
        .default("/healthz")
        .meta({ description: "Path that is asked for; 2xx, 3xx and 404 are healthy." }),
      host: hostname.optional().meta({ description: "Host name that is asked for. Absent: none." }),
    })
    .prefault({}),
});

/** Labels that load balancers and teardown find servers by. */
const reserved = ["cluster", "ingress", "managed-by", "pool", "role"];

/** The reserved prefix: docs.hetzner.cloud, "Labels". */
const hetznerLabel = labelKey.refine((key) => !reserved.includes(key) && !key.startsWith("hetzner.cloud/"), {
  error: ({ input }) => `the label ${shown(input)} is taken → use another name or a prefix of your own`,
});

/** What a stage has on Hetzner beside its servers. */
export const hetzner = z.strictObject({
  ingress: ingress
    .optional()
    .meta({ description: "Public load balancer: 80 and 443 to the ingress controller's node ports." }),
  protect: z.boolean().default(false).meta({ description: "Delete protection of network and load balancers." }),
  labels: z
    .record(hetznerLabel, labelValue)
    .default({})
    .meta({ description: "More labels of every Hetzner resource." }),
});
