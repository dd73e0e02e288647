import { ApiException, CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import type { HelmRecord } from "../../lib/recover/helm.ts";
import { isPulumis } from "../../lib/recover/kubernetes.ts";
import type { Found, Lookup } from "../../lib/recover/lookups.ts";
import { reach } from "../reach.ts";

/** Seconds that the API may take to answer at all. */
const patience = 10;

/** The cluster that a stack's releases are on. */
export class Cluster {
  readonly #core: CoreV1Api;
  readonly #objects: KubernetesObjectApi;

  private constructor(config: KubeConfig) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(config);
  }

  /** @throws Unreachable */
  static async reach(kubeconfig: string): Promise<Cluster> {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    const server = new URL(config.getCurrentCluster()?.server ?? "https://localhost");
    const port = server.port === "" ? 443 : Number(server.port);
    await reach({ host: server.hostname.replace(/^\[|\]$/g, ""), port, seconds: patience });
    return new Cluster(config);
  }

  /** Helm's records in one namespace. */
  async records(namespace: string): Promise<readonly HelmRecord[]> {
    const { items } = await this.#core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
    return items.map(({ metadata }) => {
      const { name = "", version = "0", status = "" } = metadata?.labels ?? {};
      return { secret: metadata?.name ?? "", namespace, release: name, revision: Number(version), status };
    });
  }

  async removeRecord(namespace: string, secret: string): Promise<void> {
    await this.#core.deleteNamespacedSecret({ namespace, name: secret }).catch(unlessGone);
  }

  async lookFor({
    apiVersion,
    object,
    name,
    namespace,
  }: Extract<Lookup, { kind: "object" }>): Promise<Found | undefined> {
    const metadata = namespace === undefined ? { name } : { name, namespace };
    const found = await this.#objects.read({ apiVersion, kind: object, metadata }).catch(unlessGone);
    if (found === undefined) return undefined;
    const importId = namespace === undefined ? name : `${namespace}/${name}`;
    const objection = isPulumis(found.metadata ?? {}) ? {} : { objection: "Pulumi did not make it" };
    return { importId, what: `${object} ${importId}`, ...objection };
  }
}

/** A kind that the API does not know has no objects either. */
function unlessGone(error: unknown): undefined {
  if (error instanceof ApiException && error.code === 404) return undefined;
  if (error instanceof Error && /unrecognized api|not found in/i.test(error.message)) return undefined;
  throw error;
}
