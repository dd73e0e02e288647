import { k3sChecksums, k3sDefault, k3sRefusal } from "../../lib/versions.ts";
import type { Fault } from "../faults.ts";
import { machineKind } from "../machines.ts";
import type { Rule } from "./rule.ts";

/** A release in which a removed control plane cannot come back as a cluster of its own. */
export const safeRelease: Rule = ({ stage }) => {
  if (stage.cluster.distribution !== "k3s" && stage.cluster.distribution !== "k3d") return [];
  const [message, remedy] = k3sRefusal(stage.cluster.version)?.split(" → ") ?? [];
  return message === undefined || remedy === undefined ? [] : [{ path: "groundwork:cluster.version", message, remedy }];
};

/** A node runs no binary that nobody has vouched for. */
export const checksumsKnown: Rule = ({ stage, nodes }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "k3s") return [];
  const needed = new Set(nodes.map((node) => machineKind(node.pool.machine).architecture(node)));
  const known = { ...k3sChecksums(cluster.version), ...cluster.sha256 };
  return (["amd64", "arm64"] as const).flatMap((architecture): readonly Fault[] =>
    needed.has(architecture) && known[architecture] === undefined
      ? [
          {
            path: `groundwork:cluster.sha256.${architecture}`,
            message: `no checksum is known for k3s ${stage.cluster.version} on ${architecture}`,
            remedy: `copy it from the release's sha256sum-${architecture}.txt, or use ${k3sDefault.version}`,
          },
        ]
      : [],
  );
};
