import { z } from "zod";
import { hostname, label, secretName } from "../lib/primitives.ts";

const namespaces = z.array(label).min(1).meta({ description: "Namespaces that hold a copy." });

/** Kubernetes Secrets made from configuration. */
export const kubernetesSecret = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("registry"),
    namespaces,
    server: hostname.meta({ description: "Registry, such as ghcr.io." }),
    username: z.string().min(1),
    password: z.strictObject({ secret: secretName }),
  }),
  z.strictObject({
    type: z.literal("opaque"),
    namespaces,
    data: z.record(
      z.string().regex(/^[-._a-zA-Z0-9]+$/),
      z.union([z.string(), z.strictObject({ secret: secretName })]),
    ),
  }),
]);
export const kubernetesSecrets = z.record(label, kubernetesSecret);
export type KubernetesSecret = z.output<typeof kubernetesSecret>;
