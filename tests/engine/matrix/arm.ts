import { createFaults, type Fault } from "../../../rehearsal/clouds/http/faults.ts";
import type { Interruption } from "../../../rehearsal/hosts/interruption.ts";
import type { Order } from "./orders.ts";

/** Orders in the world: what to give to createWorld, and which have struck. */
export function createArms() {
  const faults = {
    hetzner: createFaults(),
    cloudflare: createFaults(),
    tailscale: createFaults(),
    kubernetes: createFaults(),
    proxmox: createFaults(),
  };
  const doorOf = {
    hcloud: "hetzner",
    cloudflare: "cloudflare",
    tailscale: "tailscale",
    kubernetes: "kubernetes",
    proxmoxve: "proxmox",
  } as const;
  const armed = new Map<Order, Fault>();
  const waiting = new Set<Order>();
  return {
    doors: Object.fromEntries(Object.entries(faults).map(([name, each]) => [name, { faults: each }])),
    /** From now on. */
    arm(order: Order): void {
      const { provider, victim, trouble } = order;
      if (provider === "command") {
        waiting.add(order);
        return;
      }
      if (!("match" in victim.aim)) throw new Error(`${victim.resource}: no request to match`);
      const fault = { ...trouble, match: victim.aim.match } as Fault;
      armed.set(order, fault);
      faults[doorOf[provider]].arm([fault]);
    },
    interrupt(machine: string, script: string): Interruption | undefined {
      for (const order of waiting) {
        const { aim } = order.victim;
        if (!("machine" in aim) || aim.machine !== machine || !script.includes(`step: ${aim.step} `)) continue;
        waiting.delete(order);
        return order.trouble as Interruption;
      }
      return undefined;
    },
    hasStruck(order: Order): boolean {
      const fault = armed.get(order);
      if (order.provider === "command" || fault === undefined) return !waiting.has(order);
      return !faults[doorOf[order.provider]].pending().includes(fault);
    },
  };
}

export type Arms = ReturnType<typeof createArms>;
