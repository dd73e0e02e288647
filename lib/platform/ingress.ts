import { z } from "zod";
import { hostname, label } from "../primitives.ts";
import type { Capability, PlannedManifest, Value, Values } from "./release.ts";

/**
 * Ingresses of this class are devices of the tailnet, named by the first part of their host, with certificates of their
 * own. Source: github.com/tailscale/tailscale, cmd/k8s-operator/ingress.go (hostnameForIngress, handlersForIngress).
 */
const tailnetClass = "tailscale";

/** How a release's web page is reached from outside. */
export const exposure = z
  .strictObject({
    host: hostname.meta({ description: "Host name, such as grafana.example.com." }),
    ingressClass: label.default("haproxy").meta({
      description:
        "Ingress class that serves it. `tailscale`: a device of the tailnet, https://<name>.<tailnet>.ts.net.",
    }),
    issuer: label.optional().meta({ description: "ClusterIssuer of its certificate. Absent: plain HTTP." }),
    resolver: label.optional().meta({
      description: "Traefik's own ACME resolver (k3s-traefik.acme), in place of an issuer.",
    }),
    signOn: z
      .boolean()
      .default(false)
      .meta({ description: "Ask for a sign-on before it, by oauth2-proxy behind Traefik." }),
  })
  .superRefine(({ host, ingressClass, issuer, resolver, signOn }, context) => {
    const report = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (signOn && ingressClass !== "traefik")
      report("signOn", `Traefik does it, and the ingress class is ${ingressClass} → set ingressClass: traefik`);
    if (resolver !== undefined && ingressClass !== "traefik")
      report("resolver", `it is Traefik's, and the ingress class is ${ingressClass} → set ingressClass: traefik`);
    if (resolver !== undefined && issuer !== undefined)
      report("resolver", "its certificate would come from issuer too → keep one of them");
    if (ingressClass !== tailnetClass) return;
    if (!host.endsWith(".ts.net"))
      report("host", `"${host}" is no name in a tailnet → write name.tailnet.ts.net, or choose another ingressClass`);
    if (issuer !== undefined)
      report("issuer", "an Ingress of class tailscale brings its own certificate → leave issuer out");
  });
export type Exposure = z.output<typeof exposure>;

/** An Ingress is served and gets its certificate whenever its class and its issuer come: nothing waits for them. */
export function exposureUses(exposed: Exposure | undefined): readonly Capability[] {
  if (exposed === undefined) return [];
  const { ingressClass, issuer, resolver, signOn } = exposed;
  return [
    `ingress-class:${ingressClass}`,
    ...(resolver === undefined ? [] : ([`cert-resolver:${resolver}`] as const)),
    ...(issuer === undefined ? [] : ([`issuer:${issuer}`] as const)),
    ...(signOn ? (["sign-on"] as const) : []),
  ];
}

/** Host names that take DNS records: a tailnet has its own. */
export const exposedHosts = (exposed: Exposure | undefined): readonly string[] =>
  exposed === undefined || exposed.ingressClass === tailnetClass ? [] : [exposed.host];

/** The middleware that oauth2-proxy's release makes, by Traefik's name for it. */
export const signOnMiddleware = { namespace: "oauth2-proxy", name: "forward-auth" };

/**
 * Annotations of an Ingress.
 * @param alsoAt Host names beside the first: under the same certificate.
 */
export function exposureAnnotations(
  { host, issuer, resolver, signOn }: Exposure,
  alsoAt: readonly string[] = [],
): Readonly<Record<string, string>> {
  const router = "traefik.ingress.kubernetes.io/router";
  return {
    ...(issuer === undefined ? {} : { "cert-manager.io/cluster-issuer": issuer }),
    ...(resolver === undefined ? {} : { [`${router}.tls`]: "true", [`${router}.tls.certresolver`]: resolver }),
    // Without it Traefik would ask for a certificate for each name.
    ...(resolver === undefined || alsoAt.length === 0
      ? {}
      : { [`${router}.tls.domains.0.main`]: host, [`${router}.tls.domains.0.sans`]: alsoAt.join(",") }),
    ...(signOn
      ? { [`${router}.middlewares`]: `${signOnMiddleware.namespace}-${signOnMiddleware.name}@kubernetescrd` }
      : {}),
  };
}

function tls(
  { host, ingressClass, issuer }: Exposure,
  secretName: string,
): readonly { readonly [key: string]: Value }[] {
  if (issuer !== undefined) return [{ secretName, hosts: [host] }];
  return ingressClass === tailnetClass ? [{ hosts: [host] }] : [];
}

/**
 * Ingress values in the form that most charts take: `hosts` a list of names, `tls` as in an Ingress.
 * @param secretName Secret that the certificate is kept in; cert-manager makes it.
 */
export function ingressValues(exposed: Exposure | undefined, secretName: string): Values {
  if (exposed === undefined) return { enabled: false };
  const { host, ingressClass } = exposed;
  const certificates = tls(exposed, secretName);
  const annotations = exposureAnnotations(exposed);
  return {
    enabled: true,
    ingressClassName: ingressClass,
    hosts: [host],
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(certificates.length === 0 ? {} : { tls: certificates }),
  };
}

export interface IngressObject {
  readonly name: string;
  readonly namespace: string;
  readonly exposed: Exposure | undefined;
  /** Host names beside the first, under the same certificate. */
  readonly alsoAt?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** In the same namespace. */
  readonly service: { readonly name: string; readonly port: number };
}

/** The Ingress of a release whose chart makes none; nothing for one that is not exposed. */
export function ingressObject(args: IngressObject): readonly PlannedManifest[] {
  const { name, namespace, exposed, alsoAt = [], annotations = {}, service } = args;
  if (exposed === undefined) return [];
  const { host, ingressClass } = exposed;
  const hosts = [host, ...alsoAt];
  const certificates = tls(exposed, `${name}-tls`).map((each) => ({ ...each, hosts }));
  const backend = { service: { name: service.name, port: { number: service.port } } };
  return [
    {
      manifest: {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        // Controllers behind node ports never write an address into its status, which Pulumi would wait for.
        metadata: {
          name,
          namespace,
          annotations: { "pulumi.com/skipAwait": "true", ...exposureAnnotations(exposed, alsoAt), ...annotations },
        },
        spec: {
          ingressClassName: ingressClass,
          rules: hosts.map((each) => ({
            host: each,
            http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
          })),
          ...(certificates.length === 0 ? {} : { tls: certificates }),
        },
      },
      uses: exposureUses(exposed),
    },
  ];
}

export const exposureUrl = (exposed: Exposure): string =>
  `${tls(exposed, "").length === 0 && exposed.resolver === undefined ? "http" : "https"}://${exposed.host}`;
