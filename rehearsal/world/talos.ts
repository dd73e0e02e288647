import { z } from "zod";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { Hosts } from "../command/hosts.ts";
import type { Clusters } from "../command/k3s/clusters.ts";
import { createTalosMachines, type TalosMachines } from "../talos/machines.ts";
import type { StackValues } from "./accounts.ts";

const pools = z.record(z.string(), z.looseObject({ machine: z.string() }));

/** Machines that run Talos. Those of pools that exist already wait in maintenance mode before the program comes. */
export function createTalos({
  stack,
  tailscale,
  ...surroundings
}: {
  readonly stack: StackValues;
  readonly hosts: Hosts;
  readonly clusters: Clusters;
  readonly tailscale: TailscaleModel;
}): TalosMachines {
  const text = stack.config["groundwork:pools"];
  const { success, data } = pools.safeParse(text === undefined ? {} : JSON.parse(text));
  const exist = success && Object.values(data).some(({ machine }) => machine === "talos");
  return createTalosMachines({
    ...{ ...surroundings, existing: () => exist },
    joinTailnet(host, hostname, key) {
      const device = tailscale.devices.join({ hostname, key, machine: host.name });
      for (const address of [...device.addresses, device.name])
        surroundings.hosts.attach(host.name, { address, network: "tailnet" });
    },
  });
}
