import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Pool } from "../../../config/pools.ts";
import { ignoredUnless, type Renewal } from "../../../lib/administrator.ts";
import { type K3dCluster as Description, k3dConfigFile } from "../../../lib/k3d/config.ts";
import { clusterStep, kubeconfigStep, leaveStep, nodeStep, removeStep } from "../../../lib/k3d/steps.ts";
import { buildKubeconfig, parseK3sYaml } from "../../../lib/kubeconfig.ts";
import type { Node } from "../../../lib/nodes.ts";
import type { Runner } from "./runner.ts";

export interface K3dClusterArgs {
  readonly cluster: Description;
  /** CIDR of the Docker network. */
  readonly subnet: string;
  /** Address of the first server; the others follow it. */
  readonly firstServer: string;
  readonly workers: readonly Node<Pool>[];
  readonly renewal: Renewal;
  /** Where Docker is. `anchor` disappears only with the cluster. */
  readonly runner: (anchor: pulumi.Resource, parent: pulumi.Resource) => Runner;
}

/** Seconds that each step gives itself: images are fetched in them. */
const timeouts = { cluster: 900, remove: 300, node: 600, leave: 600, drain: 300, kubeconfig: 60, renewal: 300 };

/** A cluster of containers: k3s in Docker, by k3d, on the machine that runs the program or on a Docker host. */
export class K3dCluster extends pulumi.ComponentResource {
  /** Disappears only with the cluster: what lives inside is not taken apart when the whole goes. */
  readonly anchor: pulumi.Resource;
  readonly kubeconfig: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: K3dClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:k3d:Cluster", name, {}, opts);
    const { cluster, subnet, firstServer, workers } = args;
    const token = new random.RandomPassword(`${name}-token`, { length: 48, special: false }, { parent: this });
    const runner = args.runner(token, this);
    const made = runner.run(
      `${name}-cluster`,
      {
        create: clusterStep({ cluster, subnet, firstServer, timeout: timeouts.cluster }),
        ...(runner.kept ? { delete: removeStep({ cluster: cluster.name, timeout: timeouts.remove }) } : {}),
        stdin: token.result.apply((value) => k3dConfigFile(cluster, value)),
        logging: "stderr",
      },
      { parent: this, deleteBeforeReplace: true },
    );
    this.anchor = made;
    this.ready = [made];

    // One after the other: k3d looks around with a container of one name each time.
    let before: pulumi.Resource = made;
    for (const node of workers) before = this.#worker(runner, node, cluster.name, before);

    const raw = runner.run(
      `${name}-kubeconfig`,
      {
        create: kubeconfigStep({
          ...{ cluster: cluster.name, renewal: args.renewal },
          timeout: args.renewal.of === undefined ? timeouts.kubeconfig : timeouts.renewal,
        }),
        logging: "none",
        // The administrator's certificate belongs to the cluster that it was read from.
        triggers: [made.id],
      },
      {
        parent: this,
        // A renewal restarts the first server: no worker is to come or go then.
        dependsOn: args.renewal.of === undefined ? [made] : [before],
        ignoreChanges: ignoredUnless(args.renewal),
        deletedWith: made,
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    const context = `k3d-${cluster.name}`;
    this.kubeconfig = pulumi.secret(
      raw.stdout.apply((text) =>
        buildKubeconfig({
          credentials: parseK3sYaml(text),
          cluster: context,
          endpoints: [{ name: context, server: `https://${cluster.api.host}:${cluster.api.port}` }],
        }),
      ),
    );
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }

  #worker(
    runner: Runner,
    { name, hostname, address, labels, taints, generation }: Node<Pool>,
    cluster: string,
    after: pulumi.Resource,
  ) {
    return runner.run(
      `${name}-node`,
      {
        create: nodeStep({ cluster, name: hostname, address, labels, taints, timeout: timeouts.node }),
        delete: leaveStep({ cluster, name: hostname, drain: timeouts.drain, timeout: timeouts.leave }),
        logging: "stderr",
        triggers: [generation],
      },
      { parent: this, dependsOn: [after], deleteBeforeReplace: true, deletedWith: this.anchor },
    );
  }
}
