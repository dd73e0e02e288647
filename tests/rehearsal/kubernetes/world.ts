import type { ClusterNode } from "../../../rehearsal/command/k3s/cluster.ts";
import type { ChartFacts } from "../../../rehearsal/kubernetes/charts.ts";
import { createKubernetes } from "../../../rehearsal/kubernetes/provider.ts";
import type { Context, Created, Finding, Props } from "../../../rehearsal/model.ts";
import { createTestCluster, createTestWorld } from "../command/world.ts";

const nothing: ChartFacts = { kinds: [], webhooks: [], services: [] };
const namespaced = (group: string, version: string, ...kinds: readonly string[]): ChartFacts["kinds"] =>
  kinds.map((kind) => ({ group, kind, versions: [version], scope: "Namespaced" }));

/** Facts of charts as the tests need them. */
const charts: Readonly<Record<string, ChartFacts>> = {
  "cert-manager": {
    kinds: [
      ...namespaced("cert-manager.io", "v1", "Certificate"),
      { group: "cert-manager.io", kind: "ClusterIssuer", versions: ["v1"], scope: "Cluster" },
    ],
    webhooks: [{ service: "cert-manager-webhook", failurePolicy: "Fail", group: "cert-manager.io" }],
    services: [{ name: "cert-manager-webhook" }],
    seconds: 30,
  },
  "prometheus-operator-crds": {
    ...nothing,
    kinds: namespaced("monitoring.coreos.com", "v1", "ServiceMonitor", "Prometheus"),
    seconds: 5,
  },
  "kube-prometheus-stack": nothing,
  "kubernetes-ingress": nothing,
  "hcloud-cloud-controller-manager": { ...nothing, seconds: 20 },
  "hcloud-csi": nothing,
  cilium: { ...nothing, seconds: 60 },
  metallb: { ...nothing, kinds: namespaced("metallb.io", "v1beta1", "IPAddressPool") },
  app: nothing,
};

const urnOf = (type: string, name: string): string => `urn:pulumi:dev::groundwork::${type}::${name}`;
export const releaseType = "kubernetes:helm.sh/v3:Release";
export const releaseUrn = (name: string): string => urnOf(releaseType, name);

export interface Extra {
  readonly now?: number;
  readonly dependsOn?: readonly string[];
  /** Inputs of the provider beside its kubeconfig. */
  readonly provider?: Props;
}

/** A joined cluster, and short ways to make things on it. `config` is what k3s on every node was given. */
export async function createTestKubernetes(config: Props = {}, seed = "test") {
  const hosts = await createTestCluster(createTestWorld({ seed }), config);
  const { stdout } = await hosts.step("kubeconfig", "cp-1", { timeout: "60", renewal: "" }, { logging: "none" });
  const kubeconfig = String(stdout).replace("127.0.0.1", "100.64.0.10");
  const model = createKubernetes({ charts: (chart) => charts[chart], clusters: hosts.clusters });
  const findings: Finding[] = [];

  const contextOf = (
    type: string,
    name: string,
    { now = 5000, dependsOn = [], provider = {} }: Extra = {},
  ): Context => {
    const urn = urnOf(type, name);
    return {
      ...{ urn, type, name, project: "groundwork", stack: "dev", now, dependencies: new Set(dependsOn) },
      provider: {
        urn: urnOf("pulumi:providers:kubernetes", "k8s"),
        inputs: { kubeconfig, clusterIdentifier: "dev", ...provider },
      },
      finding: (finding) => findings.push({ ...finding, urn }),
    };
  };
  const resource = (type: string) => {
    const found = model.resource(type);
    if (found === undefined) throw new Error(`no model of ${type}`);
    return found;
  };
  const create = async (type: string, name: string, inputs: Props, extra?: Extra): Promise<Created> =>
    resource(type).create(inputs, contextOf(type, name, extra));
  return {
    hosts,
    kubeconfig,
    model,
    findings,
    contextOf,
    resource,
    create,
    /** A release in kube-system, named as its chart unless told otherwise. */
    release: (chart: string, inputs: Props = {}, extra?: Extra & { readonly resource?: string }) =>
      create(releaseType, extra?.resource ?? chart, { chart, name: chart, namespace: "kube-system", ...inputs }, extra),
    /** Changes what a node registered with. */
    changeNode(name: string, change: Partial<ClusterNode>): void {
      const nodes = hosts.clusters.all()[0]?.nodes;
      const node = nodes?.get(name);
      if (nodes !== undefined && node !== undefined) nodes.set(name, { ...node, ...change });
    },
  };
}
