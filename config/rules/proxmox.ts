import type { PlannedMachine } from "../../lib/nodes.ts";
import { hostOf } from "../../lib/proxmox/nodes.ts";
import { own } from "../../lib/record.ts";
import { listed } from "../../lib/words.ts";
import { bootImageUrl, type Template } from "../boot-image.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { instead } from "../nearest.ts";
import { nodesOn, type PoolOn } from "../pools.ts";
import type { Stage } from "../stage.ts";
import type { Rule } from "./rule.ts";

/** Where a node's Proxmox node is written. */
function hostPath({ poolName, pool, number }: PlannedMachine<PoolOn<"proxmox">>): string {
  return formatPath(
    pool.nodes[String(number)]?.host === undefined
      ? ["pools", poolName, "hosts", (number - 1) % pool.hosts.length]
      : ["pools", poolName, "nodes", String(number), "host"],
  );
}

export const proxmoxDescribed: Rule = ({ stage, machines }) => {
  const [first] = nodesOn(machines, "proxmox");
  return first === undefined || stage.proxmox !== undefined
    ? []
    : [
        {
          path: "groundwork:proxmox",
          message: `pool ${first.poolName} runs on Proxmox VE, of which nothing is said`,
          remedy: "add groundwork:proxmox with its endpoint, nodes and image",
        },
      ];
};

export const proxmoxHostsThere: Rule = ({ stage, machines }) => {
  const { proxmox } = stage;
  if (proxmox === undefined) return [];
  const named = new Map(nodesOn(machines, "proxmox").map((node) => [hostPath(node), hostOf(node)]));
  return [...named].flatMap(([path, host]): readonly Fault[] =>
    own(proxmox.nodes, host) === undefined
      ? [
          {
            path,
            message: `groundwork:proxmox.nodes has no Proxmox node "${host}"`,
            remedy: instead(host, Object.keys(proxmox.nodes)),
          },
        ]
      : [],
  );
};

/** A number is one machine's in the whole Proxmox cluster. */
export const proxmoxIdsOnce: Rule = ({ machines }) => {
  const seen = new Map<number, string>();
  const told = new Set<string>();
  return nodesOn(machines, "proxmox").flatMap(({ name, poolName, pool, number }): readonly Fault[] => {
    if (pool.firstId === undefined) return [];
    const id = pool.firstId + number - 1;
    const other = seen.get(id);
    seen.set(id, other ?? name);
    if (other === undefined || told.has(poolName)) return [];
    told.add(poolName);
    return [
      {
        path: formatPath(["pools", poolName, "firstId"]),
        message: `${id} is the number of ${other} and of ${name}`,
        remedy: "begin the pool at another number",
      },
    ];
  });
};

/** What fails with a Proxmox node must not be more control planes than etcd can miss. */
export const controlPlanesSpread: Rule = ({ nodes }) => {
  const controlPlanes = nodesOn(nodes, "proxmox").filter(({ role, pool }) => role === "control-plane" && pool.spread);
  return [...Map.groupBy(controlPlanes, hostOf)].flatMap(([host, there]): readonly Fault[] => {
    const [first, second] = there;
    return first === undefined || second === undefined
      ? []
      : [
          {
            path: hostPath(second),
            message: `control planes ${listed(
              there.map(({ name }) => name),
              "and",
            )} are all on Proxmox node ${host}, and fail with it`,
            remedy: "name a Proxmox node for each control plane, or accept it with spread: false",
          },
        ];
  });
};

/** They are in a network that was there before. */
export const proxmoxReached: Rule = ({ stage, machines }) =>
  nodesOn(machines, "proxmox").length > 0 && (stage.access.via === "gateway" || stage.access.via === "public")
    ? [
        {
          path: "groundwork:access.via",
          message: `machines on Proxmox VE have neither a gateway nor public addresses of the program's making`,
          remedy: "choose direct, from within their network, or tailnet",
        },
      ]
    : [];

const imagePath = (field: string): string => formatPath(["proxmox", "image", field]);

/** What nobody has looked at is not booted: an image is known by its checksum. */
export const proxmoxImageNamed: Rule = ({ stage }) => {
  const { proxmox, cluster } = stage;
  if (proxmox === undefined) return [];
  const { url, checksum, templates } = proxmox.image;
  if (templates !== undefined) return templateFaults(proxmox, templates, cluster.distribution);
  const talos = cluster.distribution === "talos";
  const from = bootImageUrl(stage);
  return [
    ...(talos && url !== undefined
      ? [
          {
            path: imagePath("url"),
            message: `with Talos the image follows from the cluster's release and extensions: ${from ?? ""}`,
            remedy: "remove it",
          },
        ]
      : []),
    ...(from === undefined
      ? [
          {
            path: imagePath("url"),
            message: "is missing: virtual machines have nothing to boot",
            remedy: "write the address of a cloud image, qcow2 or raw; or templates that are there",
          },
        ]
      : []),
    ...(checksum === undefined
      ? [
          {
            path: imagePath("checksum"),
            message: "is missing: whatever is downloaded would be booted",
            remedy: talos
              ? `write what \`curl -fsSL ${from ?? ""} | sha512sum\` prints: Image Factory publishes none`
              : "copy it from the checksums that the image's publisher puts beside it",
          },
        ]
      : []),
  ];
};

function templateFaults(
  { nodes, image }: NonNullable<Stage["proxmox"]>,
  templates: readonly Template[],
  distribution: Stage["cluster"]["distribution"],
): readonly Fault[] {
  const path = (...more: readonly (string | number)[]): string =>
    formatPath(["proxmox", "image", "templates", ...more]);
  const seen = new Set<string>();
  return [
    ...(distribution === "talos"
      ? [
          {
            path: path(),
            message: "with Talos the image follows from the cluster's release and extensions, which no template does",
            remedy: "remove it",
          },
        ]
      : []),
    ...(image.url === undefined && image.checksum === undefined
      ? []
      : [
          {
            path: path(),
            message: "machines are clones of a template, or boot a download: not both",
            remedy: "remove url and checksum, or templates",
          },
        ]),
    ...templates.flatMap(({ node }, index): readonly Fault[] => {
      if (own(nodes, node) === undefined)
        return [
          {
            path: path(index, "node"),
            message: `groundwork:proxmox.nodes has no Proxmox node "${node}"`,
            remedy: instead(node, Object.keys(nodes)),
          },
        ];
      if (!seen.has(node)) {
        seen.add(node);
        return [];
      }
      return [
        {
          path: path(index, "node"),
          message: `Proxmox node ${node} has two templates, and the second would never be used`,
          remedy: "leave one for each Proxmox node",
        },
      ];
    }),
  ];
}
