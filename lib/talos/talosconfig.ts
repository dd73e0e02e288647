import { stringify } from "yaml";

export interface TalosconfigArgs {
  /** Names the context. */
  readonly cluster: string;
  /** Addresses of control planes: never a virtual one, which is gone when etcd is, and Talos' API with it. */
  readonly endpoints: readonly string[];
  readonly nodes: readonly string[];
  /** PEM in base64, of Talos' authority. */
  readonly ca: string;
  /** PEM in base64, of a certificate with the organization `os:admin`. */
  readonly crt: string;
  /** PEM in base64. Secret. */
  readonly key: string;
}

/** What `talosctl` proves itself with. Form: docs.siderolabs.com/talos/v1.13/reference/talosconfig */
export function talosconfig({ cluster, endpoints, nodes, ca, crt, key }: TalosconfigArgs): string {
  return stringify({ context: cluster, contexts: { [cluster]: { endpoints, nodes, ca, crt, key } } }, { lineWidth: 0 });
}
