import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Deployment, type V1Node } from "@kubernetes/client-node";
import { uninitialisedTaint } from "./nodes.ts";
import { together, type Watcher, watchObjects } from "./watch.ts";

export interface CloudControllerArgs {
  readonly config: KubeConfig;
  /** Deployment of the cloud controller manager that is stood in for. */
  readonly namespace: string;
  readonly deployment: string;
  /** What it knows of a node: written as `spec.providerID`, such as `hcloud://4711`. Absent: left empty. */
  readonly providerId?: (node: string) => string | undefined;
}

/**
 * Does what a cloud controller manager does for nodes, once a Deployment of that name is available: takes the taint
 * off that keeps ordinary pods away. A program that installs anything else first waits for ever, as on real machines.
 */
export async function runCloudController(args: CloudControllerArgs): Promise<Watcher> {
  const { config, namespace, deployment, providerId = () => undefined } = args;
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  let available = false;
  const initialiseIfDue = async (node: V1Node): Promise<void> => {
    const { name = "" } = node.metadata ?? {};
    if (available) await initialiseNode(core, name, providerId(name));
  };
  const nodes = await watchObjects<V1Node>({
    config,
    path: "/api/v1/nodes",
    list: () => core.listNode(),
    handle: initialiseIfDue,
  });
  const deployments = await watchObjects<V1Deployment>({
    config,
    path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    list: () => apps.listNamespacedDeployment({ namespace }),
    handle: async ({ metadata, status }) => {
      if (metadata?.name !== deployment) return;
      available = (status?.availableReplicas ?? 0) > 0;
      if (available) await Promise.all((await core.listNode()).items.map(initialiseIfDue));
    },
  });
  return together([nodes, deployments]);
}

/** Takes the taint of a node off that waits for its cloud controller; nothing when it has none. */
export async function initialiseNode(core: CoreV1Api, name: string, providerID?: string): Promise<void> {
  const node = await core.readNode({ name });
  const taints = node.spec?.taints ?? [];
  if (!taints.some(({ key }) => key === uninitialisedTaint.key)) return;
  const left = taints.filter(({ key }) => key !== uninitialisedTaint.key);
  // A replacement of what was read: another writer in between is answered with a conflict, and this is tried again.
  const spec = { ...node.spec, taints: left, ...(providerID === undefined ? {} : { providerID }) };
  await core.replaceNode({ name, body: { ...node, spec } });
}
