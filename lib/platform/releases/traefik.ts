import { z } from "zod";
import { address, url } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, type PlannedManifest, type Value } from "../release.ts";
import { addressAnnotations, addressFaults } from "../service-address.ts";
import { hstsSpec, traefikOptions, traefikPorts, traefikTls } from "../traefik.ts";

const forwardAuth = z.strictObject({
  address: url.meta({
    description: "Whom to ask, such as http://oauth2-proxy.oauth2-proxy.svc.cluster.local:4180/oauth2/auth.",
  }),
  responseHeaders: z
    .array(z.string())
    .default(["X-Auth-Request-User", "X-Auth-Request-Email"])
    .meta({ description: "Headers of its answer that go on to the application." }),
  signInUrl: url.optional().meta({ description: "Where browsers are sent that it refuses." }),
});

const options = z.strictObject({
  ...commonOptions,
  default: z.boolean().default(true).meta({ description: "Also serve Ingresses that name no class." }),
  service: z
    .enum(["LoadBalancer", "NodePort"])
    .default("LoadBalancer")
    .meta({ description: "`LoadBalancer`: an address of its own. `NodePort`: behind a load balancer outside." }),
  address: address.optional().meta({
    description:
      "Its address, of a pool of cilium's or metallb's. Absent: any that is free, and a new one when it is made anew.",
  }),
  ...traefikOptions,
  forwardAuth: forwardAuth.optional().meta({
    description:
      "Middleware forward-auth. An Ingress turns it on with the annotation traefik.ingress.kubernetes.io/router.middlewares: traefik-forward-auth@kubernetescrd.",
  }),
});

const chart = {
  chart: "traefik",
  repository: "https://traefik.github.io/charts",
  // renovate: datasource=helm depName=traefik registryUrl=https://traefik.github.io/charts
  version: "41.3.0",
};
const namespace = "traefik";

const middleware = (name: string, spec: Value): PlannedManifest => ({
  manifest: { apiVersion: "traefik.io/v1alpha1", kind: "Middleware", metadata: { name, namespace }, spec },
});

/** Chart facts: github.com/traefik/traefik-helm-chart, traefik/values.yaml and values.schema.json, which is strict. */
export const traefik = defineRelease({
  name: "traefik",
  description: "Ingress controller (class traefik) with redirect, HSTS, TLS versions and forward authentication.",
  chart,
  namespace,
  podSecurity: "restricted",
  options,
  provides: () => ["ingress-class:traefik", ...chartKinds(chart.chart)],
  needs: ({ service }, context) => [
    ...serviceMonitors(context),
    ...(service === "LoadBalancer" ? (["load-balancer"] as const) : []),
  ],
  values: (chosen, context) => {
    const { web, websecure } = traefikPorts(chosen, namespace);
    return {
      ingressClass: { enabled: true, name: "traefik", isDefaultClass: chosen.default },
      deployment: { kind: "DaemonSet" },
      // A chart that runs on every node has no place for a second pod of its own.
      updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      service: {
        spec: { type: chosen.service },
        ...(chosen.address === undefined ? {} : { annotations: addressAnnotations(chosen.address, context) }),
      },
      ports: {
        web: {
          ...(chosen.service === "NodePort" ? { nodePort: context.ingress?.httpNodePort ?? 30080 } : {}),
          ...web,
        },
        websecure: {
          ...(chosen.service === "NodePort" ? { nodePort: context.ingress?.httpsNodePort ?? 30443 } : {}),
          ...websecure,
        },
      },
      tlsOptions: traefikTls(chosen),
      // Middlewares of this namespace serve Ingresses of every other.
      providers: { kubernetesCRD: { allowCrossNamespace: true } },
      ...(monitored(context)
        ? {
            metrics: {
              prometheus: { service: { enabled: true }, serviceMonitor: { enabled: true }, disableAPICheck: true },
            },
          }
        : {}),
    };
  },
  manifests: ({ hsts, forwardAuth: auth }) => [
    ...(hsts ? [middleware("hsts", hstsSpec)] : []),
    ...(auth === undefined
      ? []
      : [
          middleware("forward-auth", {
            forwardAuth: {
              address: auth.address,
              authResponseHeaders: auth.responseHeaders,
              ...(auth.signInUrl === undefined ? {} : { authSigninURL: auth.signInUrl }),
            },
          }),
        ]),
  ],
  faults: ({ service, address: wanted }, context) => {
    if (wanted === undefined) return [];
    return service === "LoadBalancer"
      ? addressFaults(wanted, ["address"], context)
      : [
          {
            path: ["address"],
            message: "a Service of type NodePort has no address of its own",
            remedy: "remove it, or write service: LoadBalancer",
          },
        ];
  },
});
