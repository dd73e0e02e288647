import { nodesOn } from "../../config/pools.ts";
import { type Stage, stageSchema } from "../../config/stage.ts";
import { planMachines } from "../../lib/nodes.ts";
import { mergePatch } from "../../lib/record.ts";
import type { StackConfig } from "../engine/stack-file.ts";
import { binaryChecksums } from "../hosts/downloads.ts";

/** A stack's configuration below `groundwork:`, by section. */
export type Sections = Readonly<Record<string, unknown>>;

const prefix = "groundwork:";

export function sectionsOf({ config }: Pick<StackConfig, "config">): Sections {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), JSON.parse(value) as unknown]),
  );
}

/** The stack with these sections in place of all of its own. */
export function withSections<Stack extends Pick<StackConfig, "config">>(stack: Stack, sections: Sections): Stack {
  const others = Object.entries(stack.config).filter(([key]) => !key.startsWith(prefix));
  const given = Object.entries(sections).map(([name, value]) => [`${prefix}${name}`, JSON.stringify(value)] as const);
  return { ...stack, config: Object.fromEntries([...others, ...given]) };
}

export const stageOf = (sections: Sections): Stage => stageSchema.parse(sections);

/** `change` merged into sections, which stay as they are: objects in depth, null takes away (RFC 7396). */
export const merged = (sections: Sections, change: Sections): Sections => mergePatch(sections, change) as Sections;

export interface PointedArgs {
  readonly endpoints: Readonly<Record<"hetzner" | "cloudflare" | "tailscale" | "proxmox", string>>;
  readonly mirror: string;
  /** Public host keys of hosts that stand, by node. */
  readonly hostKeys: ReadonlyMap<string, string>;
}

/** The sections, changed so that the program deals with a simulated world. */
export function pointedAt(sections: Sections, { endpoints, mirror, hostKeys }: PointedArgs): Sections {
  const { proxmox: proxmoxUrl, ...others } = endpoints;
  const { cluster, pools } = stageOf(sections);
  const keys = nodesOn(planMachines(cluster, pools), "metal").map(({ name, poolName, number }) => ({
    [poolName]: { nodes: { [number]: { hostKey: hostKeys.get(name) } } },
  }));
  return merged(sections, {
    endpoints: others,
    charts: { mirror },
    pools: keys.reduce<Sections>(merged, {}),
    // Nodes of k3d are made from an image, and nothing is downloaded to a machine.
    ...(cluster.distribution === "k3s" ? { cluster: { sha256: binaryChecksums } } : {}),
    ...(sections.proxmox === undefined ? {} : { proxmox: { endpoint: proxmoxUrl, insecure: true } }),
  });
}
