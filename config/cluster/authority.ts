import { z } from "zod";
import { secretName, url } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";

const made = z.strictObject({
  kind: z
    .literal("made")
    .meta({ description: "The program makes a root of the cluster's own, and keeps it in its state." }),
});

const vault = z.strictObject({
  kind: z
    .literal("vault")
    .meta({ description: "A PKI secrets engine of HashiCorp Vault signs the cluster's authorities." }),
  address: url.meta({ description: "Vault, as the machine that runs the program reaches it." }),
  mount: z
    .string()
    .regex(/^[\w-]+(\/[\w-]+)*$/, {
      error: ({ input }) =>
        `${shown(input)} is no path of a secrets engine → write it as vault secrets list does, such as pki`,
    })
    .default("pki")
    .meta({ description: "Path of the secrets engine." }),
  namespace: z.string().min(1).optional().meta({ description: "Namespace of Vault Enterprise." }),
  tokenSecret: secretName.default("vault-token").meta({
    description: "Secret with a token that may write <mount>/root/sign-intermediate.",
  }),
  authority: z
    .string()
    .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, {
      error: () => "this is no certificate → paste it whole in PEM, from BEGIN CERTIFICATE to END CERTIFICATE",
    })
    .optional()
    .meta({ description: "Authority of Vault's own TLS certificate, PEM. Absent: those that the machine trusts." }),
});

/** Whose the certificates of a cluster's components are. */
export const authority = z.discriminatedUnion("kind", [made, vault]);
