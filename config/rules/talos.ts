import { talosRefusal } from "../../lib/talos/versions.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import type { Rule } from "./rule.ts";

/** Talos is an operating system: what runs another one cannot become a node of its cluster, nor the other way round. */
export const machinesOfDistribution: Rule = ({ stage }) => {
  const { distribution } = stage.cluster;
  return Object.entries(stage.pools).flatMap(([name, { machine }]): readonly Fault[] => {
    const path = formatPath(["pools", name, "machine"]);
    if (distribution === "talos" && machine !== "talos")
      return [
        {
          path,
          message: `pool ${name} runs on ${machine}, whose machines are not made from an image of Talos`,
          remedy: "write talos, for machines that wait in maintenance mode, or choose distribution: k3s",
        },
      ];
    if (distribution !== "talos" && machine === "talos")
      return [
        {
          path,
          message: `pool ${name} has machines that run Talos, on which nothing else can be installed: the cluster's distribution is ${distribution}`,
          remedy: "choose distribution: talos, or machines of another kind",
        },
      ];
    return [];
  });
};

/** Documents of a minor that this program does not know would be refused by every machine. */
export const talosKnown: Rule = ({ stage }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "talos") return [];
  const [message, remedy] = talosRefusal(cluster.version, cluster.kubernetes)?.split(" → ") ?? [];
  const path = `groundwork:cluster.${message?.includes("does not run") === true ? "kubernetes" : "version"}`;
  return message === undefined || remedy === undefined ? [] : [{ path, message, remedy }];
};
