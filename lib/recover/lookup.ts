import { cloudflareLookup } from "./cloudflare.ts";
import { hetznerLookup } from "./hetzner.ts";
import { kubernetesLookup } from "./kubernetes.ts";
import type { Lookup } from "./lookups.ts";
import { proxmoxLookup } from "./proxmox.ts";
import type { StackResource } from "./state.ts";

/** Where to look whether a resource exists that the engine was making when it was interrupted. */
export function lookupOf({ type, inputs }: StackResource): Lookup {
  const [pack = ""] = type.split(":");
  switch (pack) {
    case "hcloud":
      return hetznerLookup(type, inputs);
    case "cloudflare":
      return cloudflareLookup(type, inputs);
    case "kubernetes":
      return kubernetesLookup(type, inputs);
    case "proxmoxve":
      return proxmoxLookup(type, inputs);
    case "tailscale":
      return type === "tailscale:index/tailnetKey:TailnetKey"
        ? { kind: "lost", why: "a key may be there that nobody has seen: it lets one machine in and expires in a day" }
        : unknown(type);
    case "command":
      return { kind: "anew", why: "its script is run again and finds what is done already" };
    case "random":
    case "tls":
    case "pulumi":
    case "groundwork":
      return { kind: "anew", why: "it is nowhere but in the state" };
    default:
      return unknown(type);
  }
}

const unknown = (type: string): Lookup => ({ kind: "unknown", why: `nothing here knows where to look for a ${type}` });
