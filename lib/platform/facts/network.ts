import { type FactsTable, kinds } from "./form.ts";

/** Charts of network, ingress and certificates: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const networkFacts: FactsTable = [
  ["hcloud-cloud-controller-manager", { kinds: [], webhooks: [], services: [] }],
  [
    "metallb",
    {
      kinds: [
        ...kinds("metallb.io", "v1beta1", "Namespaced", [
          "BFDProfile",
          "BGPAdvertisement",
          "Community",
          "ConfigurationState",
          "IPAddressPool",
          "L2Advertisement",
          "ServiceBGPStatus",
          "ServiceL2Status",
        ]),
        { group: "metallb.io", kind: "BGPPeer", versions: ["v1beta1", "v1beta2"], scope: "Namespaced" },
      ],
      webhooks: [
        {
          configuration: "metallb-webhook-configuration",
          service: "metallb-webhook-service",
          failurePolicy: "Fail",
          group: "metallb.io",
          kinds: ["BFDProfile", "BGPAdvertisement", "BGPPeer", "Community", "IPAddressPool", "L2Advertisement"],
        },
      ],
      services: [
        { name: "metallb-controller-monitor-service", ports: [9120] },
        { name: "metallb-speaker-monitor-service", ports: [9120] },
        { name: "metallb-webhook-service", ports: [443] },
      ],
    },
  ],
  [
    "cilium",
    {
      // By its operator when it starts. Source: docs.cilium.io, "Custom Resource Definitions"
      kindsLater: true,
      kinds: [
        ...kinds("cilium.io", "v2", "Cluster", [
          "CiliumBGPAdvertisement",
          "CiliumBGPClusterConfig",
          "CiliumBGPPeerConfig",
          "CiliumClusterwideNetworkPolicy",
          "CiliumLoadBalancerIPPool",
        ]),
        ...kinds("cilium.io", "v2", "Namespaced", ["CiliumNetworkPolicy"]),
        ...kinds("cilium.io", "v2alpha1", "Cluster", ["CiliumL2AnnouncementPolicy"]),
      ],
      webhooks: [],
      services: [{ name: "cilium-envoy", ports: [9964] }],
    },
  ],
  [
    "traefik",
    {
      kinds: kinds("traefik.io", "v1alpha1", "Namespaced", [
        "IngressRoute",
        "IngressRouteTCP",
        "IngressRouteUDP",
        "Middleware",
        "MiddlewareTCP",
        "ServersTransport",
        "ServersTransportTCP",
        "TLSOption",
        "TLSStore",
        "TraefikService",
      ]),
      webhooks: [],
      services: [{ name: "traefik", ports: [80, 443] }],
    },
  ],
  [
    "kubernetes-ingress",
    {
      // By a Job after the release's own objects.
      kindsLater: true,
      kinds: [
        ...kinds("ingress.v1.haproxy.org", "v1", "Namespaced", ["Backend", "Defaults", "Global", "TCP"]),
        ...kinds("ingress.v3.haproxy.org", "v3", "Namespaced", [
          "Backend",
          "Defaults",
          "Frontend",
          "Global",
          "TCP",
          "ValidationRules",
        ]),
      ],
      webhooks: [],
      services: [
        { name: "haproxy-kubernetes-ingress", ports: [80, 443] },
        { name: "haproxy-kubernetes-ingress-metrics", ports: [1024] },
      ],
    },
  ],
  [
    "cert-manager",
    {
      kinds: [
        ...kinds("cert-manager.io", "v1", "Namespaced", ["Certificate", "CertificateRequest", "Issuer"]),
        ...kinds("cert-manager.io", "v1", "Cluster", ["ClusterIssuer"]),
        ...kinds("acme.cert-manager.io", "v1", "Namespaced", ["Challenge", "Order"]),
      ],
      webhooks: ["cert-manager.io", "acme.cert-manager.io"].map((group) => ({
        configuration: "cert-manager-webhook",
        service: "cert-manager-webhook",
        failurePolicy: "Fail",
        group,
      })),
      services: [
        { name: "cert-manager", ports: [9402] },
        { name: "cert-manager-cainjector", ports: [9402] },
        { name: "cert-manager-webhook", ports: [443, 9402] },
      ],
    },
  ],
  [
    "tailscale-operator",
    {
      kinds: [
        ...kinds("tailscale.com", "v1alpha1", "Cluster", [
          "Connector",
          "DNSConfig",
          "PeerRelay",
          "ProxyClass",
          "ProxyGroup",
          "Recorder",
          "Tailnet",
        ]),
        ...kinds("tailscale.com", "v1alpha1", "Namespaced", ["ProxyGroupPolicy"]),
      ],
      webhooks: [],
      services: [],
    },
  ],
];
