import { z } from "zod";
import type { Values } from "./release.ts";

/** What a Traefik is told of HTTP and TLS, whether it is the stage's own or k3s'. */
export const traefikOptions = {
  redirect: z.boolean().default(true).meta({ description: "Send HTTP to HTTPS." }),
  hsts: z
    .boolean()
    .default(true)
    .meta({ description: "Tell browsers to come by HTTPS only, for a year, subdomains included." }),
  tlsMinimum: z.enum(["1.2", "1.3"]).default("1.2").meta({ description: "Oldest TLS version that is spoken." }),
};
type Options = z.output<z.ZodObject<typeof traefikOptions>>;

/**
 * The chart's `ports`.
 * @param namespace where the middleware `hsts` is
 */
export const traefikPorts = ({ redirect, hsts }: Options, namespace: string) => ({
  ...(redirect
    ? { web: { http: { redirections: { entryPoint: { to: "websecure", scheme: "https", permanent: true } } } } }
    : {}),
  ...(hsts ? { websecure: { http: { middlewares: [`${namespace}-hsts@kubernetescrd`] } } } : {}),
});

/** The chart's `tlsOptions`. */
export const traefikTls = ({ tlsMinimum }: Options): Values => ({
  default: { minVersion: tlsMinimum === "1.3" ? "VersionTLS13" : "VersionTLS12" },
});

/** Of the middleware `hsts`. */
export const hstsSpec: Values = {
  headers: { stsSeconds: 31_536_000, stsIncludeSubdomains: true, forceSTSHeader: true },
};
