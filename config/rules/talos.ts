import { sizeOf } from "../../lib/proxmox/nodes.ts";
import { talosRefusal } from "../../lib/talos/versions.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { oneOf } from "../nearest.ts";
import { nodesOn, type Pool } from "../pools.ts";
import type { Rule } from "./rule.ts";

/** Kinds of machines that boot Talos. */
const bootTalos: readonly Pool["machine"][] = ["talos", "proxmox"];

/** Talos is an operating system: what runs another one cannot become a node of its cluster, nor the other way round. */
export const machinesOfDistribution: Rule = ({ stage }) => {
  const { distribution } = stage.cluster;
  return Object.entries(stage.pools).flatMap(([name, { machine }]): readonly Fault[] => {
    const path = formatPath(["pools", name, "machine"]);
    if (distribution === "talos" && !bootTalos.includes(machine))
      return [
        {
          path,
          message: `pool ${name} runs on ${machine}, whose machines are not made from an image of Talos`,
          remedy: `write ${oneOf(bootTalos)}, or choose distribution: k3s`,
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

/** Source: docs.siderolabs.com/talos/v1.13/getting-started/system-requirements. MiB and GiB. */
const least = { "control-plane": { memory: 2048, disk: 10 }, worker: { memory: 1024, disk: 10 } } as const;

/** Talos is held in memory before anything else is. One fault for each place in the stack file. */
export const talosHasRoom: Rule = ({ stage, nodes }) => {
  if (stage.cluster.distribution !== "talos") return [];
  const faults = nodesOn(nodes, "proxmox").flatMap((node): readonly Fault[] => {
    const { pool, poolName, role, number } = node;
    const { memory } = sizeOf(node);
    const single = pool.nodes[String(number)]?.memory === undefined ? [] : ["nodes", String(number)];
    const needed = least[role];
    return [
      ...(memory < needed.memory
        ? [
            {
              path: formatPath(["pools", poolName, ...single, "memory"]),
              message: `${memory} MiB are too little for Talos on a ${role}`,
              remedy: `give it ${needed.memory} or more`,
            },
          ]
        : []),
      ...(pool.disk < needed.disk
        ? [
            {
              path: formatPath(["pools", poolName, "disk"]),
              message: `${pool.disk} GiB do not hold Talos and its images`,
              remedy: `give it ${needed.disk} or more`,
            },
          ]
        : []),
    ];
  });
  return [...new Map(faults.map((fault) => [fault.path, fault])).values()];
};

/** Services of extensions begin with the configuration, and the provider waits for an agent before it is given. */
export const noAgentBeforeConfiguration: Rule = ({ stage }) =>
  stage.cluster.distribution !== "talos"
    ? []
    : Object.entries(stage.pools).flatMap(([name, pool]): readonly Fault[] =>
        pool.machine === "proxmox" && pool.agent
          ? [
              {
                path: formatPath(["pools", name, "agent"]),
                message:
                  "Proxmox VE would be waited for until a guest agent answers, which on Talos runs only once the machine has its configuration, and that comes after",
                remedy: "remove it",
              },
            ]
          : [],
      );

/** Documents of a minor that this program does not know would be refused by every machine. */
export const talosKnown: Rule = ({ stage }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "talos") return [];
  const [message, remedy] = talosRefusal(cluster.version, cluster.kubernetes)?.split(" → ") ?? [];
  const path = `groundwork:cluster.${message?.includes("does not run") === true ? "kubernetes" : "version"}`;
  return message === undefined || remedy === undefined ? [] : [{ path, message, remedy }];
};
