import {
  ApiextensionsV1Api,
  type KubeConfig,
  NetworkingV1Api,
  StorageV1Api,
  type V1CustomResourceDefinition,
} from "@kubernetes/client-node";
import { type CustomKind, chartFacts } from "../../../lib/platform/facts.ts";
import { definition } from "../charts/objects.ts";
import { isStatus } from "./watch.ts";

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
  const [extensions, storage, networking] = [
    config.makeApiClient(ApiextensionsV1Api),
    config.makeApiClient(StorageV1Api),
    config.makeApiClient(NetworkingV1Api),
  ];
  const kinds = [...own, ...(disabled.has("traefik") ? [] : (chartFacts("traefik")?.kinds ?? []))];
  for (const kind of kinds) {
    await unlessThere(extensions.createCustomResourceDefinition({ body: definitionOf(kind) }));
  }
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

/** As stand-in charts have it, in the client library's spelling: what it does not know by that it leaves out. */
function definitionOf(kind: CustomKind): V1CustomResourceDefinition {
  const text = JSON.stringify(definition(kind, undefined));
  return JSON.parse(
    text.replaceAll("x-kubernetes-preserve-unknown-fields", "x_kubernetes_preserve_unknown_fields"),
  ) as V1CustomResourceDefinition;
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}
