import {
  ApiextensionsV1Api,
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1ConfigMap,
  type V1CustomResourceDefinition,
  type V1Deployment,
  type V1StorageClass,
} from "@kubernetes/client-node";
import { parse } from "yaml";
import { type CustomKind, chartFacts } from "../../../lib/platform/facts.ts";
import { definition } from "../charts/objects.ts";
import { isStatus, together, type Watcher, watchObjects } from "./watch.ts";

/**
 * What programs make when they start: none runs here, and what real charts leave to theirs would never be there. Cilium's
 * operator brings its kinds (docs.cilium.io, "Custom Resource Definitions"), Longhorn's manager the class in a ConfigMap of
 * the chart (longhorn/longhorn, chart/templates/storageclass.yaml).
 */
export async function makeAtStart(config: KubeConfig): Promise<Watcher> {
  const [apps, core, storage] = [
    config.makeApiClient(AppsV1Api),
    config.makeApiClient(CoreV1Api),
    config.makeApiClient(StorageV1Api),
  ];
  const operators = await watchObjects<V1Deployment>({
    config,
    path: "/apis/apps/v1/deployments",
    list: () => apps.listDeploymentForAllNamespaces(),
    handle: async ({ metadata }) => {
      if (metadata?.name === "cilium-operator") await createKinds(config, chartFacts("cilium")?.kinds ?? []);
    },
  });
  const classes = await watchObjects<V1ConfigMap>({
    config,
    path: "/api/v1/configmaps",
    list: () => core.listConfigMapForAllNamespaces(),
    handle: async ({ metadata, data }) => {
      const text = metadata?.name === "longhorn-storageclass" ? data?.["storageclass.yaml"] : undefined;
      if (text !== undefined) await unlessThere(storage.createStorageClass({ body: parse(text) as V1StorageClass }));
    },
  });
  return together([operators, classes]);
}

/** Definitions as stand-in charts have them, less those that are there. */
export async function createKinds(config: KubeConfig, kinds: readonly CustomKind[]): Promise<void> {
  const extensions = config.makeApiClient(ApiextensionsV1Api);
  for (const kind of kinds) await unlessThere(extensions.createCustomResourceDefinition({ body: definitionOf(kind) }));
}

/** In the client library's spelling: what it does not know by that it leaves out. */
function definitionOf(kind: CustomKind): V1CustomResourceDefinition {
  const text = JSON.stringify(definition(kind, undefined));
  return JSON.parse(
    text.replaceAll("x-kubernetes-preserve-unknown-fields", "x_kubernetes_preserve_unknown_fields"),
  ) as V1CustomResourceDefinition;
}

export async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}
