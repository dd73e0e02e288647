import { type KubeConfig, NetworkingV1Api, StorageV1Api } from "@kubernetes/client-node";
import { type CustomKind, chartFacts } from "../../../lib/platform/facts.ts";
import { createKinds, unlessThere } from "./made-at-start.ts";

/** Kinds of k3s' own controllers. Source: k3s-io/helm-controller and k3s-io/k3s, pkg/apis */
const own: readonly CustomKind[] = [
  ...["HelmChart", "HelmChartConfig"].map((kind) => ({ group: "helm.cattle.io", kind })),
  ...["Addon", "ETCDSnapshotFile"].map((kind) => ({ group: "k3s.cattle.io", kind })),
].map((kind) => ({ ...kind, versions: ["v1"], scope: "Namespaced" }));

/**
 * What k3s puts into an API that it starts, once: kinds, the class of local volumes, Traefik's kinds and class. Source:
 * docs.k3s.io/installation/packaged-components
 * @param disable components that are left out
 */
export function bundled(config: KubeConfig, disable: readonly string[]): () => Promise<void> {
  let brought: Promise<void> | undefined;
  return () => (brought ??= bring(config, new Set(disable)));
}

async function bring(config: KubeConfig, disabled: ReadonlySet<string>): Promise<void> {
  const [storage, networking] = [config.makeApiClient(StorageV1Api), config.makeApiClient(NetworkingV1Api)];
  await createKinds(config, [...own, ...(disabled.has("traefik") ? [] : (chartFacts("traefik")?.kinds ?? []))]);
  if (!disabled.has("traefik")) {
    const body = { metadata: { name: "traefik" }, spec: { controller: "traefik.io/ingress-controller" } };
    await unlessThere(networking.createIngressClass({ body }));
  }
  if (!disabled.has("local-storage")) {
    const body = {
      metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "rancher.io/local-path",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    };
    await unlessThere(storage.createStorageClass({ body }));
  }
}
