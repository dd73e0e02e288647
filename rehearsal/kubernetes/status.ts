import { createHash } from "node:crypto";
import { isRecord } from "../../lib/record.ts";
import type { Props } from "../model.ts";

/** What the cluster's controllers add to an object that has become ready. */
export function settled(kind: string, inputs: Props, seed: string): Props {
  const spec = isRecord(inputs.spec) ? inputs.spec : {};
  const replicas = typeof spec.replicas === "number" ? spec.replicas : 1;
  switch (kind) {
    case "Namespace":
      return { spec: { finalizers: ["kubernetes"], ...spec }, status: { phase: "Active" } };
    case "Service":
      return { spec: { type: "ClusterIP", clusterIP: clusterIp(seed), ...spec }, status: serviceStatus(spec, seed) };
    case "Ingress":
      return { spec, status: { loadBalancer: { ingress: [{ ip: address(seed) }] } } };
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
      return {
        spec: { replicas, ...spec },
        status: {
          availableReplicas: replicas,
          observedGeneration: 1,
          readyReplicas: replicas,
          replicas,
          updatedReplicas: replicas,
        },
      };
    case "Pod":
      return { spec, status: { phase: "Running" } };
    case "Job":
      return { spec, status: { succeeded: 1 } };
    case "PersistentVolumeClaim":
      return { spec, status: { phase: "Bound" } };
    default:
      return {};
  }
}

function serviceStatus(spec: Readonly<Record<string, unknown>>, seed: string): Props {
  return { loadBalancer: spec.type === "LoadBalancer" ? { ingress: [{ ip: address(seed) }] } : {} };
}

/** An address of k3s's default service network, 10.43.0.0/16. */
function clusterIp(seed: string): string {
  const [third = 0, fourth = 0] = createHash("sha256").update(`service ${seed}`).digest();
  return `10.43.${third}.${1 + (fourth % 254)}`;
}

/** An address of those that are kept for documentation, 198.51.100.0/24 (RFC 5737). */
function address(seed: string): string {
  const [fourth = 0] = createHash("sha256").update(`address ${seed}`).digest();
  return `198.51.100.${1 + (fourth % 254)}`;
}

/** A version 4 UUID that follows from the seed. */
export function uid(seed: string): string {
  const hex = createHash("sha256").update(`uid ${seed}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
