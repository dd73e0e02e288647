import { ServiceError } from "../../../model.ts";
import type { Fault } from "../../http/faults.ts";
import type { Caller } from "../domain/access.ts";
import type { ProxmoxModel } from "../model.ts";

export interface TaskRequest {
  readonly caller: Caller;
  readonly node: string;
  /** `qmcreate`, `qmstart`, `download`, ... */
  readonly type: string;
  /** A virtual machine's number, or a file's name. */
  readonly id: string;
  readonly run: () => void;
  readonly fault: Fault | undefined;
}

interface TaskRow {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  /** Milliseconds of the clock. */
  readonly start: number;
  readonly end: number;
  readonly exit: string;
}

export interface Tasks {
  /** Starts a task and returns its UPID. */
  start(request: TaskRequest): string;
  status(upid: string): object;
  log(upid: string): readonly { readonly n: number; readonly t: string }[];
  /** What a virtual machine's configuration is locked by now. */
  lock(vmid: number): string | undefined;
  /** @throws ServiceError 500 when a task has locked the virtual machine. */
  refuseLocked(vmid: number): void;
}

/** What a task locks a configuration with while it runs. Source: qemu-server, PVE/QemuConfig.pm */
const locks: Readonly<Record<string, string>> = {
  qmcreate: "create",
  qmclone: "clone",
  qmigrate: "migrate",
  qmdestroy: "destroyed",
};

const hex = (number: number): string => number.toString(16).toUpperCase().padStart(8, "0");

/** The progress of what requests have started. What they change is changed at once; the task tells when it is done. */
export function createTasks(
  model: ProxmoxModel,
  { now, seconds }: { readonly now: () => Date; readonly seconds: (type: string) => number },
): Tasks {
  const rows = new Map<string, TaskRow>();
  const isRunning = (row: TaskRow): boolean => now().getTime() < row.end;
  const find = (upid: string): TaskRow => {
    const row = rows.get(upid);
    if (row === undefined) throw new ServiceError("400", `Parameter verification failed. upid: no such task '${upid}'`);
    return row;
  };
  const lock = (vmid: number): string | undefined => {
    const row = [...rows.values()].find((each) => each.id === String(vmid) && isRunning(each) && each.type in locks);
    return row === undefined ? undefined : locks[row.type];
  };
  return {
    start({ caller, node, type, id, run, fault }) {
      const start = now().getTime();
      const duration = fault?.kind === "slow-action" ? fault.seconds : seconds(type);
      let exit = "OK";
      if (fault?.kind === "failed-action") exit = fault.message ?? "ordered by the test";
      else {
        try {
          run();
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          exit = error.message.slice(0, -` (${error.code})`.length);
        }
      }
      const pid = model.nextTask();
      const upid = `UPID:${node}:${hex(pid)}:${hex(pid * 64)}:${hex(Math.floor(start / 1000))}:${type}:${id}:${caller.id}:`;
      rows.set(upid, { upid, node, type, id, user: caller.id, start, end: start + duration * 1000, exit });
      return upid;
    },
    status(upid) {
      const row = find(upid);
      const { node, type, id, user, start } = row;
      const common = { upid, node, type, id, user, pid: 1, pstart: 1, starttime: Math.floor(start / 1000) };
      return isRunning(row) ? { ...common, status: "running" } : { ...common, status: "stopped", exitstatus: row.exit };
    },
    log(upid) {
      const row = find(upid);
      return [{ n: 1, t: isRunning(row) ? "running" : row.exit === "OK" ? "TASK OK" : `TASK ERROR: ${row.exit}` }];
    },
    lock,
    refuseLocked(vmid) {
      const held = lock(vmid);
      if (held !== undefined) throw new ServiceError("500", `VM is locked (${held})`);
    },
  };
}
