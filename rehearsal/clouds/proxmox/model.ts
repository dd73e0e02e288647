import { ServiceError } from "../../model.ts";
import { accessOperations, type Caller, demand, may } from "./domain/access.ts";
import { disksOf } from "./domain/disks.ts";
import { powerOperations } from "./domain/power.ts";
import {
  type Boot,
  createDatacentre,
  failure,
  findNode,
  findVm,
  type NodeOption,
  type ProxmoxOptions,
  type Vm,
} from "./domain/state.ts";
import { storageOperations } from "./domain/storages.ts";
import { vmOperations } from "./domain/vms.ts";

/** What a virtual machine is, for the hosts of the simulated world. */
export interface ProxmoxMachine {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
  readonly status: "running" | "stopped";
  readonly starts: number;
  readonly boot: Boot | undefined;
  /** Paths of its disks as Linux names them. */
  readonly disks: readonly string[];
}

function machineOf(vm: Vm): ProxmoxMachine {
  const { vmid, node, config, status, starts, boot } = vm;
  return {
    ...{ vmid, node, status, starts, boot },
    name: config.get("name") ?? `vm${vmid}`,
    disks: disksOf(vm).map((_, index) => `/dev/sd${String.fromCharCode(97 + index)}`),
  };
}

/**
 * One Proxmox VE cluster, in the terms of its API: form parameters in, `data` out, refusals as `ServiceError` whose
 * code is the HTTP status, as Proxmox VE's own errors have none. What the API does as a task is returned to be run.
 */
export function createModel(options: ProxmoxOptions) {
  const datacentre = createDatacentre(options);
  const nodes: readonly NodeOption[] = options.nodes;
  const member = (name: string) =>
    [...datacentre.vms.values()]
      .filter(({ pool }) => pool === name)
      .map(({ vmid, node }) => ({ id: `qemu/${vmid}`, type: "qemu", vmid, node }));
  return {
    ...accessOperations(datacentre),
    version: () => ({ version: "9.1.4", release: "9.1", repoid: "5ac30304265fbd8e" }),
    nodes: () => nodes.map(({ name }) => ({ node: name, id: `node/${name}`, type: "node", status: "online" })),
    /** `GET /nodes/{node}/network`: by it the plugin finds the address to reach a node at. */
    network(name: string) {
      const { address, bridges = ["vmbr0"] } = findNode(datacentre, name);
      return bridges.map((iface, index) => ({
        ...{ iface, type: "bridge", active: 1, autostart: 1, priority: index + 1 },
        ...(index === 0 ? { address, gateway: address.replace(/\.\d+$/, ".1"), netmask: "24", method: "static" } : {}),
      }));
    },
    pools: {
      list: (caller: Caller) =>
        [...datacentre.pools]
          .filter((pool) => may(caller, `/pool/${pool}`, "Pool.Audit"))
          .map((poolid) => ({ poolid })),
      get(caller: Caller, poolid: string) {
        if (!datacentre.pools.has(poolid)) throw failure(`pool '${poolid}' does not exist`);
        demand(caller, `/pool/${poolid}`, "Pool.Audit");
        return { poolid, members: member(poolid) };
      },
    },
    storages: storageOperations(datacentre),
    vms: { ...vmOperations(datacentre), power: powerOperations(datacentre) },
    /** A serial number for a task. */
    nextTask: () => datacentre.nextTask(),
    epoch: () => datacentre.epoch(),
    /** For the hosts of the simulated world. */
    machines: (): readonly ProxmoxMachine[] =>
      [...datacentre.vms.values()].filter(({ template }) => !template).map(machineOf),
    /** Names of all volumes: disks, images, snippets. */
    volumes: (): readonly string[] => datacentre.volumes.map(({ volid }) => volid),
    machine: (node: string, vmid: number): ProxmoxMachine => machineOf(findVm(datacentre, node, vmid)),
    /** @throws ServiceError 401 */
    unauthenticated(): never {
      throw new ServiceError("401", "No ticket");
    },
  };
}

export type ProxmoxModel = ReturnType<typeof createModel>;
