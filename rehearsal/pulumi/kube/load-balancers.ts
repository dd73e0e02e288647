import { CoreV1Api, type KubeConfig, PatchStrategy, setHeaderOptions, type V1Service } from "@kubernetes/client-node";
import { type Watcher, watchObjects } from "./watch.ts";

/** Gives each Service of type LoadBalancer an address of 198.51.100.0/24 (RFC 5737: nobody's), as long as there are any. */
export async function serveLoadBalancers(config: KubeConfig): Promise<Watcher> {
  const core = config.makeApiClient(CoreV1Api);
  const given = new Map<string, string>();
  return await watchObjects<V1Service>({
    config,
    path: "/api/v1/services",
    list: () => core.listServiceForAllNamespaces(),
    handle: async ({ metadata, spec, status }) => {
      const { name = "", namespace = "", uid = "" } = metadata ?? {};
      if (spec?.type !== "LoadBalancer" || status?.loadBalancer?.ingress !== undefined) return;
      const ip = given.get(uid) ?? `198.51.100.${given.size + 1}`;
      if (given.size >= 254) throw new Error(`no address is left for Service ${namespace}/${name}: 254 have one`);
      given.set(uid, ip);
      await core.patchNamespacedServiceStatus(
        { name, namespace, body: { status: { loadBalancer: { ingress: [{ ip }] } } } },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
    },
  });
}
