import { catalogue } from "../lib/platform/catalogue.ts";
import { platformContext } from "./context.ts";
import type { Subject } from "./rules/rule.ts";
import { snapshotSecret } from "./snapshots.ts";

/** What each needed secret is for: its name -> the places that want it. */
export function neededSecrets({
  stage,
  nodes,
}: Pick<Subject, "stage" | "nodes">): ReadonlyMap<string, readonly string[]> {
  const context = platformContext(stage, nodes);
  const releases = catalogue.flatMap((release) => {
    const options = context.releases.get(release.name);
    const names = options === undefined ? [] : (release.secrets?.(options, context) ?? []);
    return names.map((name) => ({ name, purpose: `groundwork:platform.${release.name}` }));
  });
  const kubernetes = Object.entries(stage.secrets).flatMap(([name, secret]) => {
    const references = secret.type === "registry" ? [secret.password] : Object.values(secret.data);
    return references.flatMap((reference) =>
      typeof reference === "object" ? [{ name: reference.secret, purpose: `groundwork:secrets.${name}` }] : [],
    );
  });
  const needs = Map.groupBy([...services(stage), ...releases, ...kubernetes], ({ name }) => name);
  return new Map([...needs].map(([name, uses]) => [name, [...new Set(uses.map(({ purpose }) => purpose))]]));
}

/** Secrets of the services that the program itself talks to. */
function services({
  cluster,
  networks,
  proxmox,
  pools,
  dns,
  tailscale,
}: Subject["stage"]): readonly { readonly name: string; readonly purpose: string }[] {
  const hetzner = Object.values(networks).some(({ kind }) => kind === "hetzner");
  return [
    ...(hetzner ? [{ name: "hetzner-token", purpose: "the Hetzner Cloud API" }] : []),
    ...(proxmox === undefined
      ? []
      : ["proxmox-token", ...(cluster.distribution === "talos" ? [] : ["proxmox-ssh-key"])].map((name) => ({
          name,
          purpose: "the Proxmox VE API and its snippets",
        }))),
    ...(Object.values(pools).some(({ machine }) => machine === "metal")
      ? [{ name: "ssh-key", purpose: "the hosts that exist" }]
      : []),
    ...Object.values(snapshotSecret({ cluster })).flatMap((source) =>
      source.type === "opaque"
        ? Object.values(source.data).flatMap((value) =>
            typeof value === "string" ? [] : [{ name: value.secret, purpose: "snapshots of etcd in the S3 bucket" }],
          )
        : [],
    ),
    ...(cluster.distribution === "k3s" && cluster.authority?.kind === "vault"
      ? [{ name: cluster.authority.tokenSecret, purpose: "Vault, which signs the cluster's authorities" }]
      : []),
    ...(dns === undefined ? [] : [{ name: "cloudflare-token", purpose: "the Cloudflare API" }]),
    ...(tailscale === undefined
      ? []
      : ["tailscale-oauth-client-id", "tailscale-oauth-client-secret"].map((name) => ({
          name,
          purpose: "the Tailscale API",
        }))),
  ];
}
