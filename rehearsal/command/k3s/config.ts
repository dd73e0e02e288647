import { parse } from "yaml";
import type { Host } from "../hosts.ts";

/** What k3s on a host would read: config.yaml, then config.yaml.d in order; the later wins. */
export type K3sSettings = Readonly<Record<string, unknown>>;

const main = "/etc/rancher/k3s/config.yaml";

/** @throws Error when a file does not parse, naming it and the host. */
export function k3sSettings(host: Host): K3sSettings | undefined {
  const paths = [...host.files.keys()].filter((path) => path === main || path.startsWith(`${main}.d/`)).sort();
  if (paths.length === 0) return undefined;
  const settings: Record<string, unknown> = {};
  for (const path of paths) {
    const content: unknown = parse(host.files.get(path) ?? "") ?? {};
    if (typeof content !== "object" || Array.isArray(content))
      throw new Error(`${path} on ${host.name} is not a mapping`);
    Object.assign(settings, content);
  }
  return settings;
}

export function listOf(settings: K3sSettings, key: string): string[] {
  const value = settings[key];
  return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String);
}

/**
 * Must be the same on all servers; k3s refuses one that differs: "critical configuration value mismatch".
 * Source: docs.k3s.io/cli/server#critical-configuration-values.
 */
const criticalKeys = [
  "cluster-cidr",
  "cluster-dns",
  "cluster-domain",
  "disable-cloud-controller",
  "disable-kube-proxy",
  "disable-network-policy",
  "egress-selector-mode",
  "embedded-registry",
  "flannel-backend",
  "flannel-external-ip",
  "flannel-ipv6-masq",
  "secrets-encryption",
  "service-cidr",
];

export function criticalValues(settings: K3sSettings): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...criticalKeys.flatMap((key) =>
      settings[key] === undefined ? [] : [[key, JSON.stringify(settings[key])] as const],
    ),
    // Of what is disabled only this one counts.
    ["disable=servicelb", String(listOf(settings, "disable").includes("servicelb"))] as const,
  ]);
}
