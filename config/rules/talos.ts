import { serverTypes } from "../../lib/hetzner/catalogue.ts";
import { sizeOf } from "../../lib/proxmox/nodes.ts";
import { own } from "../../lib/record.ts";
import { diskImageUrl, imageArgs } from "../../lib/talos/schematic.ts";
import { talosRefusal } from "../../lib/talos/versions.ts";
import { endpointOf } from "../cluster.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { oneOf } from "../nearest.ts";
import { nodesOn, type Pool } from "../pools.ts";
import type { Rule } from "./rule.ts";

/** Kinds of machines that boot Talos. */
const bootTalos: readonly Pool["machine"][] = ["talos", "proxmox", "hetzner"];

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

/** Hetzner has no image of Talos for its servers: one is uploaded, and known by its id. */
export const talosSnapshotNamed: Rule = ({ stage }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "talos") return [];
  return Object.entries(stage.pools).flatMap(([name, pool]): readonly Fault[] => {
    if (pool.machine !== "hetzner" || /^[1-9]\d*$/.test(pool.image)) return [];
    const architecture = own(serverTypes, pool.type)?.architecture ?? "x86";
    const url = diskImageUrl(imageArgs(cluster, "hcloud"), "raw.xz", architecture === "arm" ? "arm64" : "amd64");
    return [
      {
        path: formatPath(["pools", name, "image"]),
        message: `"${pool.image}" is no image of Talos, of which Hetzner has none for servers`,
        remedy: `upload it as a snapshot, hcloud-upload-image upload --architecture ${architecture} --compression xz --image-url ${url}, and write the snapshot's id`,
      },
    ];
  });
};

/** talosctl speaks to each machine at its own address, and maintenance mode to whoever reaches it. */
export const talosServersReached: Rule = ({ stage, nodes }) => {
  if (stage.cluster.distribution !== "talos") return [];
  const [first] = nodesOn(nodes, "hetzner");
  if (first === undefined) return [];
  const network = own(stage.networks, first.network);
  return [
    ...(stage.access.via === "tailnet"
      ? []
      : [
          {
            path: "groundwork:access.via",
            message: `talosctl reaches ${first.name} at its private address, to which ${stage.access.via} is no way`,
            remedy: "choose tailnet: the network's gateway is its router",
          },
        ]),
    ...(network?.kind === "hetzner" && network.egress === "public"
      ? [
          {
            path: formatPath(["networks", first.network, "egress"]),
            message: `before it is configured, ${first.name} would take a configuration from whoever reaches its public address`,
            remedy: "use egress: gateway",
          },
        ]
      : []),
  ];
};

/** An address that moves is found by ARP, and Hetzner's networks are routed. Source: docs.hetzner.com/cloud/networks/faq */
export const virtualAddressFound: Rule = ({ stage, nodes }) => {
  const [first] = nodesOn(nodes, "hetzner").filter(({ role }) => role === "control-plane");
  return first === undefined || endpointOf(stage.cluster)?.kind !== "vip"
    ? []
    : [
        {
          path: "groundwork:cluster.endpoint.kind",
          message: `network ${first.network} is Hetzner's, in which no address moves from machine to machine`,
          remedy: "use kind: load-balancer",
        },
      ];
};

/** Documents of a minor that this program does not know would be refused by every machine. */
export const talosKnown: Rule = ({ stage }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "talos") return [];
  const [message, remedy] = talosRefusal(cluster.version, cluster.kubernetes)?.split(" → ") ?? [];
  const path = `groundwork:cluster.${message?.includes("does not run") === true ? "kubernetes" : "version"}`;
  return message === undefined || remedy === undefined ? [] : [{ path, message, remedy }];
};

/** One fault for each pool, whose nodes are alike unless they say otherwise. */
export const installDiskApart: Rule = ({ nodes }) => {
  const faults = nodesOn(nodes, "talos").flatMap(({ pool, poolName, number }): readonly Fault[] => {
    const single = pool.nodes[String(number)];
    const disk = single?.disk ?? pool.disk;
    const disks = single?.disks ?? pool.disks;
    if (!("device" in disk) || !disks.includes(disk.device)) return [];
    return [
      {
        path: formatPath([
          "pools",
          poolName,
          ...(single?.disks === undefined ? [] : ["nodes", String(number)]),
          "disks",
        ]),
        message: `${disk.device} is the disk that Talos is installed on`,
        remedy: "leave it to Talos: name disks that hold nothing",
      },
    ];
  });
  return [...new Map(faults.map((fault) => [fault.path, fault])).values()];
};
