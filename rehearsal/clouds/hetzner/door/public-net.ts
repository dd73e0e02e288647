import { z } from "zod";
import type { Server } from "../domain/server-view.ts";
import { type Door, id, seconds } from "./door.ts";

export const publicNetInputs = z.object({
  ipv4Enabled: z.boolean().default(true),
  ipv6Enabled: z.boolean().default(true),
  /** Ids of primary IPs; 0 or absent: one of the server's own. */
  ipv4: id.optional(),
  ipv6: id.optional(),
});

export type PublicNet = z.output<typeof publicNetInputs>;

/** Gives a server the public addresses that it should have. It is off meanwhile. Returns virtual seconds. */
export function changePublicNet(door: Door, server: Server, wanted: PublicNet): number {
  const { servers, primary_ips } = door.model;
  const plans = (["ipv4", "ipv6"] as const).map((type) => {
    const enabled = type === "ipv4" ? wanted.ipv4Enabled : wanted.ipv6Enabled;
    const target = (type === "ipv4" ? wanted.ipv4 : wanted.ipv6) || undefined;
    const present = server.public_net[type]?.id;
    const stays = enabled
      ? present !== undefined && (target === undefined || target === present)
      : present === undefined;
    return { type, enabled, target, present, stays };
  });
  if (plans.every((plan) => plan.stays)) return 0;
  servers.actions.poweroff(server.id);
  for (const { type, enabled, target, present, stays } of plans) {
    if (stays) continue;
    if (present !== undefined) {
      const old = primary_ips.unassign(present);
      if (old.auto_delete) primary_ips.delete(old.id);
    }
    if (!enabled) continue;
    if (target !== undefined) primary_ips.assign(target, { assignee_id: server.id, assignee_type: "server" });
    else
      primary_ips.create({ name: `primary_ip-${server.id}-${type}`, type, assignee_id: server.id, auto_delete: true });
  }
  servers.actions.poweron(server.id);
  return 2 * seconds.power + seconds.primaryIp;
}
