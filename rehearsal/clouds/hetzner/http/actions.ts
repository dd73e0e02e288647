import { ServiceError } from "../../../model.ts";
import type { Fault } from "../../http/faults.ts";
import { createCounter } from "../../shared/ids.ts";
import { timestamp } from "../domain/state.ts";

export interface Reference {
  readonly id: number;
  readonly type:
    | "server"
    | "network"
    | "firewall"
    | "load_balancer"
    | "placement_group"
    | "primary_ip"
    | "volume"
    | "certificate"
    | "image";
}

/** An action as the API returns it. */
export interface Action {
  readonly id: number;
  readonly command: string;
  readonly status: "running" | "success" | "error";
  /** 0 to 100 */
  readonly progress: number;
  readonly started: string;
  readonly finished: string | null;
  readonly resources: readonly Reference[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface ActionRow {
  readonly id: number;
  readonly command: string;
  readonly resources: readonly Reference[];
  /** Milliseconds of the clock. */
  readonly start: number;
  readonly end: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ActionsOptions {
  readonly now: () => Date;
  /** How long an action runs. */
  readonly seconds: (command: string) => number;
}

export interface Actions {
  /** Starts an action on its first resource; the others are those that it concerns as well. */
  start(command: string, resources: readonly [Reference, ...Reference[]], fault?: Fault): Action;
  get(id: number): Action;
  list(): Action[];
  /** Actions that run on a resource, the newest first. */
  running(resource: Reference): Action[];
  /** @throws ServiceError `locked` or `conflict` when an action runs on the resource that bars others from it. */
  refuseBusy(resource: Reference): void;
}

/**
 * What a second change of a resource is refused with while a first one runs. Load balancers and firewalls take it:
 * terraform-provider-hcloud adds a load balancer's services side by side and has no answer to a lock there, whereas it
 * waits out `locked` on servers and volumes and `conflict` on networks.
 */
const barred: Partial<Record<Reference["type"], "locked" | "conflict">> = {
  server: "locked",
  volume: "locked",
  network: "conflict",
};

const same = (a: Reference, b: Reference | undefined): boolean => a.id === b?.id && a.type === b.type;

/** The progress of what requests have started. What they change is changed at once; the action tells when it is done. */
export function createActions({ now, seconds }: ActionsOptions): Actions {
  const rows = new Map<number, ActionRow>();
  const nextId = createCounter(590_000_001);
  const view = (row: ActionRow): Action => {
    const moment = now().getTime();
    const isRunning = moment < row.end;
    return {
      id: row.id,
      command: row.command,
      status: isRunning ? "running" : row.error === null ? "success" : "error",
      progress: isRunning ? Math.floor(((moment - row.start) / (row.end - row.start)) * 100) : 100,
      started: timestamp(new Date(row.start)),
      finished: isRunning ? null : timestamp(new Date(row.end)),
      resources: row.resources,
      error: isRunning ? null : row.error,
    };
  };
  const running = (resource: Reference): Action[] =>
    [...rows.values()]
      .filter((row) => same(resource, row.resources[0]))
      .map(view)
      .filter(({ status }) => status === "running")
      .reverse();
  return {
    start(command, resources, fault) {
      const start = now().getTime();
      const duration = fault?.kind === "slow-action" ? fault.seconds : seconds(command);
      const failure =
        fault?.kind === "failed-action"
          ? { code: fault.code ?? "action_failed", message: fault.message ?? "Action failed" }
          : null;
      const row: ActionRow = { id: nextId(), command, resources, start, end: start + duration * 1000, error: failure };
      rows.set(row.id, row);
      return view(row);
    },
    get(id) {
      const row = rows.get(id);
      if (row === undefined) throw new ServiceError("not_found", `action with ID '${id}' not found`);
      return view(row);
    },
    list: () => [...rows.values()].map(view),
    running,
    refuseBusy(resource) {
      const code = barred[resource.type];
      const [action] = code === undefined ? [] : running(resource);
      if (code === undefined || action === undefined) return;
      throw new ServiceError(
        code,
        `${resource.type} ${resource.id} is busy: action ${action.id} (${action.command}) is running on it`,
      );
    },
  };
}
