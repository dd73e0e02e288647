import { z } from "zod";
import { hostname, label, secretName } from "../lib/primitives.ts";
import { shown } from "../lib/shown.ts";

/** Never shown in a message: it may be the secret itself. */
const reference = z.strictObject(
  { secret: secretName.meta({ description: "The `<name>` of `secret:<name>`." }) },
  {
    error: ({ code }) =>
      code === "invalid_type"
        ? "stands in the stack file in plain text → pulumi config set --secret secret:<name>, then write { secret: <name> } here"
        : undefined,
  },
);

const namespaces = z.array(label).min(1).meta({ description: "Namespaces that hold a copy." });

/** Kubernetes Secrets made from configuration. */
export const kubernetesSecret = z.discriminatedUnion("type", [
  z.strictObject({
    type: z
      .literal("registry")
      .meta({ description: "Credentials of an image registry (kubernetes.io/dockerconfigjson)." }),
    namespaces,
    server: hostname.meta({ description: "Registry, such as ghcr.io." }),
    username: z.string().min(1).meta({ description: "User at the registry." }),
    password: reference.meta({ description: "Password or token of that user." }),
  }),
  z.strictObject({
    type: z.literal("opaque").meta({ description: "Keys and values of your choosing." }),
    namespaces,
    data: z.record(
      z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, {
        error: ({ input }) =>
          `${shown(input)} is no key of a Secret → use letters, digits, dashes, dots and underscores`,
      }),
      z.union([z.string(), reference]),
    ),
  }),
]);
export const kubernetesSecrets = z.record(label, kubernetesSecret);
