import { z } from "zod";
import { port } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease } from "../release.ts";

const options = z.strictObject({
  ...commonOptions,
  replicas: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: "Number of controllers. Absent: one on every node." }),
  default: z.boolean().default(true).meta({ description: "Also serve Ingresses that name no class." }),
  httpsPort: port.default(443).meta({ description: "Port at which browsers reach HTTPS; redirects lead there." }),
  config: z.record(z.string(), z.string()).default({}).meta({
    description:
      "Settings for every Ingress: the controller's annotations without their prefix, such as timeout-client: 60s.",
  }),
});

const chart = {
  chart: "kubernetes-ingress",
  repository: "https://haproxytech.github.io/helm-charts",
  // renovate: datasource=helm depName=kubernetes-ingress registryUrl=https://haproxytech.github.io/helm-charts
  version: "1.52.1",
};

/** Where a stage has no load balancer to say otherwise. */
const nodePorts = { httpNodePort: 30080, httpsNodePort: 30443, proxyProtocol: false };

/**
 * HAProxy Technologies' ingress controller, behind node ports.
 *
 * Health checks: GET /healthz on the HTTP node port is answered with 200 by the controller's built-in default backend,
 * as long as no Ingress without a host claims that path. Source: pkg/controller/builder.go (addLocalDefaultService).
 *
 * Annotations of Ingresses are haproxy.org/ssl-redirect and haproxy.org/path-rewrite (this controller's name for what
 * others call rewrite-target). Source: documentation/annotations.md.
 */
export const haproxy = defineRelease({
  name: "haproxy",
  description:
    "Ingress controller (class haproxy) on node ports; annotations haproxy.org/ssl-redirect, haproxy.org/path-rewrite and others.",
  chart,
  namespace: "haproxy-controller",
  podSecurity: "restricted",
  options,
  provides: () => ["ingress-class:haproxy", ...chartKinds(chart.chart)],
  needs: (_, context) => serviceMonitors(context),
  values: ({ replicas, default: standard, httpsPort, config }, context) => {
    const { httpNodePort, httpsNodePort, proxyProtocol } = context.ingress ?? nodePorts;
    return {
      controller: {
        ...(replicas === undefined ? { kind: "DaemonSet" } : deployment(replicas)),
        ingressClass: "haproxy",
        ingressClassResource: { name: "haproxy", default: standard },
        service: {
          type: "NodePort",
          nodePorts: { http: httpNodePort, https: httpsNodePort },
          // QUIC would need UDP forwarded; statistics and profiling are not for every node's address.
          enablePorts: { quic: false, stat: false, admin: false },
        },
        config: {
          // The controller's default is its own container's port, 8443.
          "ssl-redirect-port": String(httpsPort),
          // Node ports hide who speaks: the sender is a node or a CNI address, so the header is due from everyone.
          ...(proxyProtocol ? { "proxy-protocol": "0.0.0.0/0" } : {}),
          ...config,
        },
        serviceMonitor: { enabled: monitored(context) },
      },
    };
  },
});

function deployment(replicas: number) {
  return {
    kind: "Deployment",
    replicaCount: replicas,
    PodDisruptionBudget: { enable: replicas > 1, maxUnavailable: 1 },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: {
          matchLabels: { "app.kubernetes.io/instance": "haproxy", "app.kubernetes.io/name": "kubernetes-ingress" },
        },
      },
    ],
  };
}
