import type { V1Node, V1Taint } from "@kubernetes/client-node";

/** A node that exists in the API alone: KWOK keeps it ready and lets any pod on it run. */
export interface NodeArgs {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  /** IPv4 address in its network. Absent: one of 192.0.2.0/24, which is nobody's. */
  readonly address?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `app-type=db:NoSchedule`, as k3s takes them. */
  readonly taints?: readonly string[];
  /** Carries the taint of a kubelet that waits for a cloud controller, until `initialise` is called. */
  readonly uninitialised?: boolean;
}

/** Source: kubernetes.io/docs/reference/labels-annotations-taints, node.cloudprovider.kubernetes.io/uninitialized */
export const uninitialisedTaint: V1Taint = {
  key: "node.cloudprovider.kubernetes.io/uninitialized",
  value: "true",
  effect: "NoSchedule",
};

/** Larger than any test asks for: scheduling is to follow taints and selectors, not sizes. */
const size = { cpu: "64", memory: "256Gi", pods: "500", "ephemeral-storage": "1Ti" };

export function nodeObject(args: NodeArgs, version: string): V1Node {
  const { name, role, address = "192.0.2.10", labels = {}, taints = [], uninitialised = false } = args;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        // k3s writes "true" where kubeadm leaves the value empty.
        ...(role === "control-plane"
          ? { "node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/etcd": "true" }
          : {}),
        ...labels,
      },
    },
    spec: { taints: [...taints.map(parseTaint), ...(uninitialised ? [uninitialisedTaint] : [])] },
    status: {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
      allocatable: size,
      capacity: size,
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "kwok",
        kernelVersion: "kwok",
        kubeProxyVersion: version,
        kubeletVersion: version,
        machineID: "",
        operatingSystem: "linux",
        osImage: "kwok",
        systemUUID: "",
      },
    },
  };
}

function parseTaint(text: string): V1Taint {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text) ?? [];
  if (key === undefined || effect === undefined) throw new Error(`"${text}" is no taint → write key=value:NoSchedule`);
  return { key, effect, ...(value === undefined ? {} : { value }) };
}
