import { z } from "zod";
import type { Hosts } from "../command/hosts.ts";
import type { StackValues } from "./accounts.ts";

/** The name that the network of machines at home goes by among hosts. */
export const lan = "lan";

const access = z.looseObject({ via: z.string().optional() });
const pools = z.record(z.string(), z.looseObject({ machine: z.string() }));

/**
 * Where whoever runs the program is: at home in the nodes' own network when the stack says so, or when hosts are there
 * that nobody has brought into a tailnet yet.
 */
export function runnerNetworks({ config }: StackValues): readonly string[] {
  const { via } = read(config["groundwork:access"], access) ?? {};
  const hosts = Object.values(read(config["groundwork:pools"], pools) ?? {}).some(({ machine }) => machine === "metal");
  return ["public", "tailnet", ...(via === "direct" || hosts ? [lan] : [])];
}

function read<T>(text: string | undefined, shape: z.ZodType<T>): T | undefined {
  const parsed = shape.safeParse(text === undefined ? undefined : JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

const cluster = z.looseObject({ endpoint: z.looseObject({ kind: z.literal("address"), host: z.string() }) });

/** The address that the stack's owner keeps pointed at healthy control planes: here at every machine that there is. */
export function ownEndpoint({ config }: StackValues, hosts: Hosts): void {
  const host = read(config["groundwork:cluster"], cluster)?.endpoint.host;
  if (host === undefined) return;
  const targets = (): readonly string[] => hosts.all().map(({ name }) => name);
  hosts.forward({ address: host, network: lan, port: 6443, targets });
}
