import { nodeProvision } from "../../lib/platform/node-needs.ts";
import { tailscaleExtension } from "../../lib/talos/tailscale.ts";
import { listed } from "../../lib/words.ts";
import { platformContext } from "../context.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import type { Rule } from "./rule.ts";

/** Nothing is installed on a machine that runs Talos: what releases expect of it is in its image. */
export const extensionsThere: Rule = ({ stage, nodes }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "talos") return [];
  const missing = nodeProvision(platformContext(stage, nodes)).talos.extensions.filter(
    (name) => !cluster.extensions.includes(name),
  );
  return missing.length === 0
    ? []
    : [
        {
          path: "groundwork:cluster.extensions",
          message: `the releases need ${listed(missing, "and")} on every machine`,
          remedy: `add ${missing.length === 1 ? "it" : "them"}; machines that run already get it by an upgrade, see docs/talos.md`,
        },
      ];
};

export const volumesThere: Rule = ({ stage, nodes }) => {
  if (stage.cluster.distribution !== "talos") return [];
  const needed = nodeProvision(platformContext(stage, nodes)).talos.volumes;
  return Object.entries(stage.pools).flatMap(([pool, given]) =>
    needed
      .filter((name) => "volumes" in given && given.volumes[name] === undefined)
      .map(
        (name): Fault => ({
          path: formatPath(["pools", pool, "volumes"]),
          message: `a release keeps what it stores at /var/mnt/${name}, where pool ${pool} has no volume`,
          remedy: `add ${name} with the disk that it is on, such as ${name}: { match: "!system_disk" }`,
        }),
      ),
  );
};

/** Elsewhere disks are the system's own business. */
export const volumesOfTalos: Rule = ({ stage }) =>
  stage.cluster.distribution === "talos"
    ? []
    : Object.entries(stage.pools).flatMap(([pool, given]): readonly Fault[] =>
        "volumes" in given && Object.keys(given.volumes).length > 0
          ? [
              {
                path: formatPath(["pools", pool, "volumes"]),
                message: `only Talos makes volumes, and the cluster's distribution is ${stage.cluster.distribution}`,
                remedy: "remove them",
              },
            ]
          : [],
      );

/** Two networks would give each pod two addresses. */
export const oneNetworkOfPods: Rule = ({ stage }) =>
  stage.cluster.distribution === "talos" && stage.cluster.cni === "flannel" && stage.platform.cilium !== undefined
    ? [
        {
          path: "groundwork:cluster.cni",
          message: "flannel and the release cilium both would be the pods' network",
          remedy: "remove one of them",
        },
      ]
    : [];

/** A machine joins by a key that the program asks Tailscale for. */
export const tailnetOfExtension: Rule = ({ stage: { cluster, tailscale } }) =>
  cluster.distribution === "talos" && cluster.extensions.includes(tailscaleExtension) && tailscale === undefined
    ? [
        {
          path: "groundwork:tailscale",
          message: `${tailscaleExtension} in the machines' image joins a tailnet, and none is described`,
          remedy: "add groundwork:tailscale, or remove the extension",
        },
      ]
    : [];
