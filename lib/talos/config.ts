import { stringify } from "yaml";
import { oidcFlags } from "../oidc.ts";
import { documents, metricsPorts } from "./documents.ts";
import type { InstallDisk, TalosNode, TalosOptions } from "./options.ts";
import { installerImage } from "./schematic.ts";
import type { TalosSecrets } from "./secrets.ts";
import { talosMinor } from "./versions.ts";

export interface MachineConfigArgs {
  readonly talos: TalosOptions;
  readonly node: TalosNode;
  readonly secrets: TalosSecrets;
}

type Section = Readonly<Record<string, unknown>>;

const controlPlaneTaint = "node-role.kubernetes.io/control-plane";

/**
 * The whole configuration of one machine: the main document, then one for each thing that has a kind of its own. Secret,
 * a worker's too. What is not said here is Talos' own default; what is, is what `talosctl gen config` of that minor writes.
 */
export function machineConfig(args: MachineConfigArgs): string {
  const { talos, node } = args;
  if (!/^https:\/\/[^\s/:]+:\d+$/.test(talos.endpoint))
    throw new Error(`the endpoint "${talos.endpoint}" is no address of an API → write https://host:6443`);
  const main = {
    version: "v1alpha1",
    debug: false,
    persist: true,
    machine: machineSection(args),
    cluster: clusterSection(args),
  };
  return [main, ...documents(talos, node)]
    .map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}

function machineSection({ talos, node, secrets }: MachineConfigArgs): Section {
  const controlPlane = node.role === "control-plane";
  const labels = {
    // Talos has this one on control planes by default: load balancers send no traffic for pods there.
    ...(controlPlane ? { "node.kubernetes.io/exclude-from-external-load-balancers": "" } : {}),
    ...node.labels,
  };
  const taints = node.taints.filter((taint) => !(controlPlane && taint.startsWith(controlPlaneTaint)));
  return {
    type: controlPlane ? "controlplane" : "worker",
    token: secrets.machineToken,
    ca: { crt: secrets.talos.crt, key: controlPlane ? secrets.talos.key : "" },
    certSANs: sans(talos, node),
    kubelet: {
      image: `ghcr.io/siderolabs/kubelet:${talos.kubernetes}`,
      defaultRuntimeSeccompProfileEnabled: true,
      disableManifestsDirectory: true,
      // A machine with several addresses, the virtual one among them, is known to the cluster by this network's.
      nodeIP: { validSubnets: validSubnets(talos, node) },
      // What Kubernetes mounts inside a volume has to be seen on both sides. Source: docs.siderolabs.com, "Longhorn"
      ...(node.volumes.length === 0 ? {} : { extraMounts: node.volumes.map(({ name }) => sharedMount(name)) }),
      ...(talos.kubeletArgs.length === 0 ? {} : { extraArgs: Object.fromEntries(talos.kubeletArgs.map(kubeletArg)) }),
    },
    ...(talos.kubeSpan && !talosMinor(talos.version).kubeSpanDocument
      ? { network: { kubespan: { enabled: true } } }
      : {}),
    install: {
      ...installDisk(node.disk),
      image: installerImage({ ...talos, platform: node.platform }),
      wipe: false,
      grubUseUKICmdline: true,
    },
    features: {
      diskQuotaSupport: true,
      kubePrism: { enabled: true, port: talos.kubePrismPort },
      // Cilium's own masquerading and the host's resolver do not go together: its documentation asks for `false`.
      hostDNS: { enabled: true, forwardKubeDNSToHost: talos.cni === "flannel" },
    },
    ...(Object.keys(labels).length === 0 ? {} : { nodeLabels: labels }),
    ...(taints.length === 0 ? {} : { nodeTaints: Object.fromEntries(taints.map(nodeTaint)) }),
  };
}

function clusterSection({ talos, node, secrets }: MachineConfigArgs): Section {
  const controlPlane = node.role === "control-plane";
  const ofKubernetes = {
    id: secrets.clusterId,
    secret: secrets.clusterSecret,
    controlPlane: { endpoint: talos.endpoint },
    clusterName: talos.cluster,
    network: {
      dnsDomain: "cluster.local",
      podSubnets: [talos.podCidr],
      serviceSubnets: [talos.serviceCidr],
      cni: { name: talos.cni },
    },
    token: secrets.bootstrapToken,
    ca: { crt: secrets.kubernetes.crt, key: controlPlane ? secrets.kubernetes.key : "" },
    discovery: { enabled: true, registries: { kubernetes: { disabled: true }, service: {} } },
    ...(talos.externalCloudProvider ? { externalCloudProvider: { enabled: true } } : {}),
  };
  return controlPlane ? { ...ofKubernetes, ...controlPlaneSection({ talos, node, secrets }) } : ofKubernetes;
}

function controlPlaneSection({ talos, node, secrets }: MachineConfigArgs): Section {
  const image = (component: string): string => `registry.k8s.io/${component}:${talos.kubernetes}`;
  // On the loopback address, where they listen otherwise, nobody scrapes them. Both ask for a token that may read metrics.
  const everywhere = talos.metricsFor.length > 0 ? { extraArgs: { "bind-address": "0.0.0.0" } } : {};
  return {
    allowSchedulingOnControlPlanes: !node.taints.some((taint) => taint.startsWith(controlPlaneTaint)),
    secretboxEncryptionSecret: secrets.secretboxKey,
    aggregatorCA: secrets.aggregator,
    serviceAccount: { key: secrets.serviceAccountKey },
    apiServer: {
      image: image("kube-apiserver"),
      certSANs: sans(talos, node),
      ...(talos.oidc === undefined ? {} : { extraArgs: oidcFlags(talos.oidc) }),
      admissionControl: [{ name: "PodSecurity", configuration: podSecurity }],
      auditPolicy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] },
    },
    controllerManager: { image: image("kube-controller-manager"), ...everywhere },
    proxy: talos.kubeProxy ? { image: image("kube-proxy"), ...proxyMetrics(talos) } : { disabled: true },
    scheduler: { image: image("kube-scheduler"), ...everywhere },
    etcd: {
      ca: secrets.etcd,
      advertisedSubnets: validSubnets(talos, node),
      ...(talos.metricsFor.length > 0
        ? { extraArgs: { "listen-metrics-urls": `http://0.0.0.0:${metricsPorts.etcd}` } }
        : {}),
    },
  };
}

/** Without authentication, and nothing but figures. */
function proxyMetrics({ metricsFor }: TalosOptions): Section {
  return metricsFor.length > 0 ? { extraArgs: { "metrics-bind-address": `0.0.0.0:${metricsPorts.proxy}` } } : {};
}

/** What `talosctl gen config` asks of pods. */
const podSecurity = {
  apiVersion: "pod-security.admission.config.k8s.io/v1alpha1",
  kind: "PodSecurityConfiguration",
  defaults: {
    audit: "restricted",
    "audit-version": "latest",
    enforce: "baseline",
    "enforce-version": "latest",
    warn: "restricted",
    "warn-version": "latest",
  },
  exemptions: { namespaces: ["kube-system"], runtimeClasses: [], usernames: [] },
};

/** The network without the virtual address, which moves from machine to machine. */
function validSubnets({ vip }: TalosOptions, { network }: TalosNode): readonly string[] {
  return [network.cidr, ...(vip === undefined ? [] : [`!${vip}/32`])];
}

function sans(talos: TalosOptions, node: TalosNode): readonly string[] {
  const { hostname } = new URL(talos.endpoint);
  return [
    ...new Set([
      hostname,
      ...(talos.vip === undefined ? [] : [talos.vip]),
      ...[node.name, node.address],
      ...(node.tailnetName === undefined ? [] : [node.tailnetName]),
      ...talos.certSans,
    ]),
  ];
}

function sharedMount(volume: string): Section {
  const path = `/var/mnt/${volume}`;
  return { destination: path, type: "bind", source: path, options: ["bind", "rshared", "rw"] };
}

function installDisk(disk: InstallDisk): Section {
  return "device" in disk ? { disk: disk.device } : { diskSelector: disk };
}

/** `name=value`; a flag without a value is switched on. */
function kubeletArg(argument: string): readonly [string, string] {
  const [, name = argument, value = "true"] = /^([^=]+)=(.*)$/.exec(argument) ?? [];
  return [name, value];
}

/** `key=value:Effect` -> key and `value:Effect`, in which the value may be missing. */
function nodeTaint(taint: string): readonly [string, string] {
  const [, key, value, effect] = /^([^=:]+)(?:=([^=:]*))?:([A-Za-z]+)$/.exec(taint) ?? [];
  if (key === undefined || effect === undefined) throw new Error(`"${taint}" is no taint → write key=value:Effect`);
  return [key, value === undefined || value === "" ? effect : `${value}:${effect}`];
}
