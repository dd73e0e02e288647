import { parseArgs } from "node:util";
import { hostKeysOf, nodesOn, type Pool } from "../config/pools.ts";
import { readConfig } from "../config/read.ts";
import { stageSchema } from "../config/stage.ts";
import { type Node, planNodes } from "../lib/nodes.ts";
import { parsePublicKey } from "../lib/ssh.ts";
import { loadStackConfig, UsageError } from "../rehearsal/engine/stack-file.ts";
import { type Presented, presentedKeys } from "./doctor/keys.ts";

const usage = `Looks at a stack's hosts that exist: which answer, and with which host keys. Changes nothing, and logs in nowhere.

  npm run doctor -- <stack> [options]

  --json        one JSON document on standard output
  --timeout N   seconds that a host is waited for   (5)
  --help

Ends with 0 when every host answers with the key that is pinned, 1 when one does not, 2 when the call is wrong.
`;

interface Checkup {
  readonly node: string;
  readonly host: string;
  /** `well`: the pinned key is presented. `unpinned`: none is pinned. */
  readonly state: "well" | "unpinned" | "another-key" | "silent";
  readonly presented: readonly { readonly line: string; readonly fingerprint: string }[];
  readonly message: string;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      timeout: { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [stack, ...others] = positionals;
  const seconds = Number(values.timeout);
  if (stack === undefined || others.length > 0) throw new UsageError("name one stack");
  if (!(seconds > 0)) throw new UsageError(`--timeout has to be a number of seconds, not "${values.timeout}"`);
  const checkups = await Promise.all(
    hostsOf(stack).map(async (node) =>
      checkup(node, await presentedKeys({ host: node.address, port: node.pool.port, seconds })),
    ),
  );
  process.stdout.write(values.json ? `${JSON.stringify(checkups, undefined, 2)}\n` : text(checkups));
  return checkups.every(({ state }) => state === "well") ? 0 : 1;
}

type MetalNode = ReturnType<typeof hostsOf>[number];

/** Of a stack file whose hosts may have no keys yet, and which may be wrong elsewhere. */
function hostsOf(stack: string) {
  const { config } = loadStackConfig(process.cwd(), stack);
  const { sections } = readConfig(config, (key) => key.startsWith("secret:"));
  const cluster = stageSchema.shape.cluster.safeParse(sections.cluster);
  const pools = stageSchema.shape.pools.safeParse(sections.pools);
  if (!cluster.success || !pools.success)
    throw new UsageError(`the cluster or the pools of ${stack} are wrong: npm run rehearse -- ${stack} says how`);
  const nodes: readonly Node<Pool>[] = planNodes(cluster.data, pools.data);
  return nodesOn(nodes, "metal");
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

function text(checkups: readonly Checkup[]): string {
  if (checkups.length === 0) return "This stack has no hosts that exist (machine: metal).\n";
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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`doctor: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
