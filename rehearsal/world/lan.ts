import { z } from "zod";
import { cidr, contains, parseAddress } from "../../lib/address.ts";
import type { Hosts } from "../command/hosts.ts";
import type { StackValues } from "./accounts.ts";

const access = z.looseObject({ via: z.string().optional() });
const pools = z.record(
  z.string(),
  z.looseObject({ machine: z.string(), role: z.string(), network: z.string().default("main") }),
);
const networks = z.record(z.string(), z.looseObject({ kind: z.string(), cidr: z.string() }));
const cluster = z.looseObject({
  transport: z.string().optional(),
  endpoint: z
    .looseObject({ kind: z.literal("address"), host: z.string() })
    .optional()
    .catch(undefined),
});

/** The name that a network which was there before goes by among hosts. None reaches another. */
const lanName = (network: string): string => `lan ${network}`;

/** The network of machines that exist, or are made where others exist, by one of its addresses. */
export function lanOf({ config }: StackValues, address: string): string {
  const at = parseAddress(address);
  const found = Object.entries(read(config["groundwork:networks"], networks) ?? {}).find(
    ([, { kind, cidr: range }]) => kind === "lan" && at !== undefined && contains(cidr(range), { first: at, last: at }),
  );
  return lanName(found?.[0] ?? "elsewhere");
}

/**
 * Where whoever runs the program is: at home in the nodes' own networks when the stack says so, or where hosts are that
 * nobody has brought into a tailnet yet.
 */
export function runnerNetworks({ config }: StackValues): readonly string[] {
  const { via } = read(config["groundwork:access"], access) ?? {};
  const near = Object.values(read(config["groundwork:pools"], pools) ?? {})
    .filter(({ machine }) => via === "direct" || machine === "metal")
    .map(({ network }) => lanName(network));
  return [...new Set(["public", "tailnet", ...near])];
}

function read<T>(text: string | undefined, shape: z.ZodType<T>): T | undefined {
  const parsed = shape.safeParse(text === undefined ? undefined : JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

/**
 * The address or name that the stack's owner keeps pointed at healthy control planes: here at every machine that there is.
 * An address is in the network that it lies in; a name leads to where everybody is that has to use it.
 */
export function ownEndpoint(stack: StackValues, hosts: Hosts): void {
  const { transport, endpoint } = read(stack.config["groundwork:cluster"], cluster) ?? {};
  if (endpoint === undefined) return;
  const home = Object.values(read(stack.config["groundwork:pools"], pools) ?? {}).find(
    ({ role }) => role === "control-plane",
  )?.network;
  const literal = parseAddress(endpoint.host) !== undefined;
  const network = literal ? lanOf(stack, endpoint.host) : transport === "tailnet" ? "tailnet" : lanName(home ?? "main");
  const targets = (): readonly string[] => hosts.all().map(({ name }) => name);
  hosts.forward({ address: endpoint.host, network, port: 6443, targets });
}
