import { type Lookup, record, records, text } from "./lookups.ts";
import type { Props } from "./state.ts";

/** Source: pve.proxmox.com/pve-docs/api-viewer, /nodes/{node}/qemu; ids: pulumi.com/registry/packages/proxmoxve */
export function proxmoxLookup(type: string, inputs: Props): Lookup {
  const [node, name] = [text(inputs, "nodeName"), text(inputs, "name")];
  if (type === "proxmoxve:index/vmLegacy:VmLegacy" && node !== undefined && name !== undefined)
    return {
      ...{ kind: "ask", service: "proxmoxve", path: `/nodes/${node}/qemu` },
      find(answer) {
        const found = records(record(answer).data).find((each) => each.name === name);
        if (found === undefined) return undefined;
        const vmid = String(found.vmid);
        return { importId: `${node}/${vmid}`, id: vmid, what: `VM ${vmid} on ${node}`, ...objectionTo(found) };
      },
    };
  if (type === "proxmoxve:index/fileLegacy:FileLegacy") return { kind: "anew", why: "it is uploaded again" };
  return { kind: "unknown", why: `nothing here knows where to look for a ${type}` };
}

/** The provider starts a machine when it has all of its parts. */
function objectionTo(machine: Props): { readonly objection?: string } {
  if (!(text(machine, "tags") ?? "").split(";").includes("groundwork"))
    return { objection: "it does not have the tag groundwork" };
  return machine.status === "running" ? {} : { objection: "it does not run, so it may be half made" };
}
