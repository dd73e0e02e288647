/** Three Talos control planes and workers on metal. Configuration: cp, workers, generation, mtu, established. */
import * as pulumi from "@pulumi/pulumi";
import { TalosCluster } from "../../../components/cluster/talos/cluster.ts";
import { metal } from "../../../components/cluster/talos/machines.ts";
import type { ClusterNode } from "../../../lib/talos/options.ts";
import { controlPlane, talos, worker } from "../../harness/talos.ts";

const config = new pulumi.Config();
const count = (key: string, otherwise: number) => config.getNumber(key) ?? otherwise;
const generation = count("generation", 1);
const disk = { device: config.get("disk") ?? "/dev/nvme0n1" };
const network = { ...controlPlane.network, mtu: count("mtu", 1500) };
const pool = (node: typeof worker, name: string, length: number, first: number): ClusterNode[] =>
  Array.from({ length }, (_, index) => ({
    ...node,
    ...{
      pool: name,
      id: `${name}-${index + 1}`,
      name: `${name}-${index + 1}`,
      address: `10.42.0.${first + index}`,
      generation,
      size: "",
      disk,
      network,
    },
  }));
const nodes = [
  ...pool({ ...controlPlane, link: "only" }, "cp", count("cp", 3), 101),
  ...pool({ ...worker, addressing: "static" }, "worker", count("workers", 1), 111),
];
const cluster = new TalosCluster("metal", {
  options: talos,
  nodes,
  machines: () => metal,
  ways: [],
  established: new Set(config.getObject<string[]>("established")),
  renewal: {},
});

export const { kubeconfig, talosconfig } = cluster;
export const names = nodes.map(({ name }) => name);
