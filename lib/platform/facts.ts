import { chartName } from "./mirror.ts";
import type { Capability } from "./release.ts";

/** A kind of custom resource that a chart's installation brings. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  /** Served versions. */
  readonly versions: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
}

/** An admission webhook: with `Fail`, its objects are refused until `service` answers. */
export interface Webhook {
  readonly configuration: string;
  readonly service: string;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly group: string;
  /** Absent: every kind of the group. */
  readonly kinds?: readonly string[];
}

export interface ChartService {
  readonly name: string;
  /** Where it differs from the release's. */
  readonly namespace?: string;
  readonly ports: readonly number[];
}

/** What a chart makes when it is installed with the catalogue's values under the catalogue's release name. */
export interface ChartFacts {
  readonly kinds: readonly CustomKind[];
  readonly webhooks: readonly Webhook[];
  readonly services: readonly ChartService[];
  /** False: it installs definitions only, and is ready on a cluster without a single node. Absent: it has pods. */
  readonly pods?: boolean;
}

/** What is known of a chart, by its name or `oci://` reference; undefined for one that the catalogue does not have. */
export const chartFacts = (chart: string): ChartFacts | undefined => facts.get(chartName(chart));

/** The kinds that a chart brings, as its release provides them. */
export const chartKinds = (chart: string): readonly Capability[] =>
  (chartFacts(chart)?.kinds ?? []).map(({ group, kind }): Capability => `crd:${group}/${kind}`);

const kinds = (
  group: string,
  version: string,
  scope: CustomKind["scope"],
  names: readonly string[],
): readonly CustomKind[] => names.map((kind) => ({ group, kind, versions: [version], scope }));

/** Read from the charts' templates and CRD files at the catalogue's versions, rendered with its values. */
const facts: ReadonlyMap<string, ChartFacts> = new Map<string, ChartFacts>([
  [
    "prometheus-operator-crds",
    {
      kinds: [
        ...kinds("monitoring.coreos.com", "v1", "Namespaced", [
          "Alertmanager",
          "PodMonitor",
          "Probe",
          "Prometheus",
          "PrometheusRule",
          "ServiceMonitor",
          "ThanosRuler",
        ]),
        ...kinds("monitoring.coreos.com", "v1alpha1", "Namespaced", [
          "AlertmanagerConfig",
          "PrometheusAgent",
          "ScrapeConfig",
        ]),
      ],
      pods: false,
      webhooks: [],
      services: [],
    },
  ],
  ["hcloud-cloud-controller-manager", { kinds: [], webhooks: [], services: [] }],
  [
    "hcloud-csi",
    {
      kinds: [],
      webhooks: [],
      services: [
        { name: "hcloud-csi-controller-metrics", ports: [9189] },
        { name: "hcloud-csi-node-metrics", ports: [9189] },
      ],
    },
  ],
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
      // Made by its operator when it starts, not by Helm. Source: docs.cilium.io, "Custom Resource Definitions"
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
  ["kured", { kinds: [], webhooks: [], services: [] }],
  [
    "kubernetes-ingress",
    {
      // Made by a Job after the release's own objects, not by Helm itself.
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
    "kube-prometheus-stack",
    {
      kinds: [],
      webhooks: [
        {
          configuration: "kube-prometheus-stack-admission",
          service: "kube-prometheus-stack-operator",
          failurePolicy: "Ignore",
          group: "monitoring.coreos.com",
          kinds: ["AlertmanagerConfig", "PrometheusRule"],
        },
      ],
      services: [
        { name: "kube-prometheus-stack-alertmanager", ports: [9093, 8080] },
        { name: "kube-prometheus-stack-coredns", namespace: "kube-system", ports: [9153] },
        { name: "kube-prometheus-stack-grafana", ports: [80] },
        { name: "kube-prometheus-stack-kube-etcd", namespace: "kube-system", ports: [2381] },
        { name: "kube-prometheus-stack-kube-state-metrics", ports: [8080] },
        { name: "kube-prometheus-stack-operator", ports: [443] },
        { name: "kube-prometheus-stack-prometheus", ports: [9090, 8080] },
        { name: "kube-prometheus-stack-prometheus-node-exporter", ports: [9100] },
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
  [
    "system-upgrade-controller",
    { kinds: kinds("upgrade.cattle.io", "v1", "Namespaced", ["Plan"]), webhooks: [], services: [] },
  ],
  [
    "longhorn",
    {
      kinds: kinds("longhorn.io", "v1beta2", "Namespaced", [
        "Backup",
        "BackupBackingImage",
        "BackupTarget",
        "BackupVolume",
        "BackingImage",
        "BackingImageDataSource",
        "BackingImageManager",
        "Engine",
        "EngineFrontend",
        "EngineImage",
        "InstanceManager",
        "Node",
        "Orphan",
        "RecurringJob",
        "Replica",
        "Setting",
        "Shard",
        "ShardGroup",
        "ShareManager",
        "Snapshot",
        "SupportBundle",
        "SystemBackup",
        "SystemRestore",
        "Volume",
        "VolumeAttachment",
      ]),
      // Its managers register the webhook once they run; the chart itself brings the Service only.
      webhooks: [],
      services: [
        { name: "longhorn-admission-webhook", ports: [9502] },
        { name: "longhorn-backend", ports: [9500] },
        { name: "longhorn-frontend", ports: [80] },
        { name: "longhorn-recovery-backend", ports: [9503] },
      ],
    },
  ],
  ["nfs-subdir-external-provisioner", { kinds: [], webhooks: [], services: [] }],
  ["democratic-csi", { kinds: [], webhooks: [], services: [] }],
]);
