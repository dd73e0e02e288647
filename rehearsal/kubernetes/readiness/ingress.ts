import { isRecord } from "../../../lib/record.ts";
import type { Cluster } from "../../command/k3s/cluster.ts";
import type { Api, InstalledRelease } from "../api.ts";
import { chartName, walk } from "../charts.ts";
import type { Verdict } from "./rule.ts";

export interface IngressSituation {
  readonly cluster: Cluster;
  readonly api: Api;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly subject: string;
}

/**
 * Pulumi waits for an address in an Ingress's status. A controller writes its own Service's there, and one that is
 * exposed by node ports has none (pulumi-kubernetes, await/ingress).
 */
export function ingress({ cluster, api, inputs, now, subject }: IngressSituation): Verdict {
  const spec = isRecord(inputs.spec) ? inputs.spec : {};
  const wanted = typeof spec.ingressClassName === "string" ? spec.ingressClassName : undefined;
  const remedy = `set the annotation pulumi.com/skipAwait: "true" on ${subject}`;
  const controllers = [...api.releases.values()].filter((release) => classOf(release) !== undefined);
  const release = controllers.find((each) => wanted === undefined || classOf(each) === wanted);
  if (release === undefined) {
    // k3s's own, whose Service gets the nodes' addresses by servicelb.
    if (!cluster.settings.disabled.includes("traefik") && (wanted ?? "traefik") === "traefik")
      return { kind: "from", time: now };
    return {
      kind: "never",
      reason: `no controller serves ${wanted === undefined ? "ingresses" : `the ingress class ${wanted}`}: ${subject} never gets an address`,
      remedy: `let ${subject} depend on the release of its controller, or ${remedy}`,
    };
  }
  if (byNodePort(release)) {
    return {
      kind: "never",
      reason: `${release.resource}, the controller of the ingress class ${classOf(release) ?? ""}, is exposed by node ports, so nobody writes an address into the status of ${subject}`,
      remedy,
    };
  }
  const by = { urn: release.urn, resource: release.resource, gives: `the ingress class ${classOf(release) ?? ""}` };
  return { kind: "from", time: Math.max(now, release.readyAt), by };
}

/** The ingress class that a controller's chart makes. Source: their values.yaml. */
function classOf({ chart, name, values }: InstalledRelease): string | undefined {
  const field = (...path: readonly string[]): unknown =>
    path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), values);
  switch (chartName(chart)) {
    case "kubernetes-ingress":
      return String(field("controller", "ingressClass") ?? "haproxy");
    case "traefik":
      return String(field("ingressClass", "name") || name);
    case "ingress-nginx":
      return String(field("controller", "ingressClassResource", "name") ?? "nginx");
    case "tailscale-operator":
      return String(field("ingressClass", "name") ?? "tailscale");
    default:
      return undefined;
  }
}

function byNodePort({ chart, values }: InstalledRelease): boolean {
  let type: unknown;
  walk(values, (key, value) => {
    if (key === "type" && (value === "NodePort" || value === "LoadBalancer" || value === "ClusterIP")) type = value;
  });
  // HAProxy's chart makes a NodePort Service unless told otherwise.
  return type === undefined ? chartName(chart) === "kubernetes-ingress" : type === "NodePort";
}
