import { stringify } from "yaml";

/** Three PEM texts. */
export interface Credentials {
  /** The authority of the API server's certificate. */
  readonly authority: string;
  /** The client's certificate, then its authority's. */
  readonly chain: string;
  readonly key: string;
}

/** The administrator's kubeconfig as k3s writes it to /etc/rancher/k3s/k3s.yaml. */
export function k3sKubeconfig({ authority, chain, key }: Credentials): string {
  const data = (text: string): string => Buffer.from(text).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      clusters: [
        {
          cluster: { "certificate-authority-data": data(authority), server: "https://127.0.0.1:6443" },
          name: "default",
        },
      ],
      contexts: [{ context: { cluster: "default", user: "default" }, name: "default" }],
      "current-context": "default",
      kind: "Config",
      preferences: {},
      users: [{ name: "default", user: { "client-certificate-data": data(chain), "client-key-data": data(key) } }],
    },
    { lineWidth: 0 },
  );
}
