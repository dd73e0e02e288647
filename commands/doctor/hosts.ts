import { hostKeysOf, nodesOn, type Pool } from "../../config/pools.ts";
import { readConfig } from "../../config/read.ts";
import { stageSchema } from "../../config/stage.ts";
import { type PlannedMachine, planMachines } from "../../lib/nodes.ts";
import { parsePublicKey } from "../../lib/ssh.ts";
import { type StackConfig, UsageError } from "../../rehearsal/engine/stack-file.ts";
import { type Presented, presentedKeys } from "./keys.ts";

/** What a host that exists has shown. */
export interface Checkup {
  readonly node: string;
  readonly host: string;
  /** `well`: the pinned key is presented. `unpinned`: none is pinned. */
  readonly state: "well" | "unpinned" | "another-key" | "silent";
  readonly presented: readonly { readonly line: string; readonly fingerprint: string }[];
  readonly message: string;
}

/** Looks which of a stack's hosts answer, and with which keys. @throws UsageError when its pools cannot be read */
export async function checkHosts(stack: string, config: StackConfig, seconds: number): Promise<readonly Checkup[]> {
  return await Promise.all(
    hostsOf(stack, config).map(async (node) =>
      checkup(node, await presentedKeys({ host: node.address, port: node.pool.port, seconds })),
    ),
  );
}

type MetalNode = ReturnType<typeof hostsOf>[number];

/** Of a stack file whose hosts may have no keys yet, and which may be wrong elsewhere. */
function hostsOf(stack: string, { config }: StackConfig) {
  const { sections } = readConfig(config, (key) => key.startsWith("secret:"));
  const cluster = stageSchema.shape.cluster.safeParse(sections.cluster);
  const pools = stageSchema.shape.pools.safeParse(sections.pools);
  if (!cluster.success || !pools.success)
    throw new UsageError(`the cluster or the pools of ${stack} are wrong: npm run rehearse -- ${stack} says how`);
  const machines: readonly PlannedMachine<Pool>[] = planMachines(cluster.data, pools.data);
  return nodesOn(machines, "metal");
}

function checkup(node: MetalNode, presented: Presented): Checkup {
  const host = `${node.address}:${node.pool.port}`;
  const [pinned] = hostKeysOf(node).flatMap((line) => parsePublicKey(line) ?? []);
  const keys = presented.keys.map(({ line, fingerprint }) => ({ line, fingerprint }));
  const common = { node: node.name, host, presented: keys };
  if (keys.length === 0)
    return {
      ...common,
      state: "silent",
      message: `does not answer: ${presented.reason}. Is it on, is its SSH daemon running, and are you in its network or on the tailnet?`,
    };
  if (pinned === undefined)
    return {
      ...common,
      state: "unpinned",
      message:
        "has no key pinned. Compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host itself, then paste",
    };
  return keys.some(({ line }) => line === pinned.line)
    ? { ...common, state: "well", message: `answers with the pinned key ${pinned.fingerprint}` }
    : {
        ...common,
        state: "another-key",
        message: `does not present the pinned key ${pinned.fingerprint}: it was installed anew, or somebody else answers. Find out on the host itself before you pin another`,
      };
}

export function hostsText(checkups: readonly Checkup[]): string {
  return checkups
    .map(({ node, host, state, presented, message }) => {
      const [pool, number] = [node.slice(0, node.lastIndexOf("-")), node.slice(node.lastIndexOf("-") + 1)];
      const [first] = presented;
      const shown = state === "well" ? [] : presented.map(({ line, fingerprint }) => `    ${fingerprint}  ${line}`);
      const paste =
        state === "unpinned" && first !== undefined
          ? [`  groundwork:pools.${pool}.nodes:`, `    "${number}": { hostKey: ${first.line} }`]
          : [];
      return [`${node} (${host}) ${message}`, ...shown, ...paste, ""].join("\n");
    })
    .join("");
}
