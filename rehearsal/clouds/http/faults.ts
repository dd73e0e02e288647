/** Which requests a fault is for. */
export interface Match {
  /** `GET`, `POST`, ...; absent: any. */
  readonly method?: string;
  /**
   * A path as the service's reference writes it, below the API's base: `/networks/*`. `*` stands for one segment, `**` at
   * the end for any number of them. Absent: any.
   */
  readonly path?: string;
  /** Texts that the request's body has: requests that come side by side are told apart by them. Absent: any. */
  readonly body?: readonly string[];
  /** What the request's query, `?a=b` or "", has to be like. Absent: any. */
  readonly query?: RegExp;
}

/** What goes wrong. */
export type Trouble =
  /** 429 before anything is done. `retryAfter`: seconds, 1 unless told. */
  | { readonly kind: "rate-limit"; readonly retryAfter?: number }
  /** A page of something in front of the service, 503 unless told; nothing is done. */
  | { readonly kind: "server-error"; readonly status?: 500 | 502 | 503 | 504 }
  /** A refusal in the service's own terms, e.g. `resource_unavailable`, `locked`, `conflict`; nothing is done. */
  | { readonly kind: "refuse"; readonly code: string; readonly message?: string }
  /** As if the token were no longer one. */
  | { readonly kind: "wrong-token" }
  /** The effect is at once, the answer comes `seconds` later. */
  | { readonly kind: "slow-reply"; readonly seconds: number }
  /** Hetzner alone: the action that the request starts runs for `seconds`. */
  | { readonly kind: "slow-action"; readonly seconds: number }
  /** Hetzner alone: the action that the request starts ends in an error. What was to be created is there, nothing else is done. */
  | { readonly kind: "failed-action"; readonly code?: string; readonly message?: string }
  /** The connection breaks before the service has read the request. */
  | { readonly kind: "drop-before" }
  /** The connection breaks when all is done: only the answer is lost. */
  | { readonly kind: "drop-after" }
  /** It is done and answered, and then nobody listens any more until the door is opened again: connections are refused. */
  | { readonly kind: "outage" };

export type Fault = Trouble & {
  readonly match: Match;
  /** How many requests it befalls; 1 unless told. */
  readonly times?: number;
  /** How many requests that match it lets through first. */
  readonly after?: number;
};

/** A request as faults see it. `path`: below the API's base; `query` and `body`: "" when there is none. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly body: string;
}

export interface Faults {
  readonly all: readonly Fault[];
  /** Orders more, from now on. */
  arm(more: readonly Fault[]): void;
  /** The fault that befalls a request, which is thereby counted. */
  take(request: Asked): Fault | undefined;
  /** Faults that have not befallen all of their requests. */
  pending(): readonly Fault[];
}

function matches({ method, path, body, query }: Match, asked: Asked): boolean {
  if (method !== undefined && method !== asked.method) return false;
  if (query?.test(asked.query ?? "") === false) return false;
  if (body?.every((text) => asked.body.includes(text)) === false) return false;
  if (path === undefined) return true;
  const wanted = path.split("/");
  const rest = wanted.at(-1) === "**";
  const found = asked.path.split("/");
  if (rest) wanted.pop();
  if (rest ? found.length < wanted.length : found.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment === "*" || segment === found[index]);
}

/** Faults in order: the first that matches a request and is not used up befalls it. */
export function createFaults(first: readonly Fault[] = []): Faults {
  const rowOf = (fault: Fault) => ({ fault, passing: fault.after ?? 0, left: fault.times ?? 1 });
  const rows = first.map(rowOf);
  return {
    get all() {
      return rows.map(({ fault }) => fault);
    },
    arm: (more) => void rows.push(...more.map(rowOf)),
    take(request) {
      for (const row of rows) {
        if (row.left === 0 || !matches(row.fault.match, request)) continue;
        if (row.passing > 0) {
          row.passing--;
          continue;
        }
        row.left--;
        return row.fault;
      }
      return undefined;
    },
    pending: () => rows.filter(({ left }) => left > 0).map(({ fault }) => fault),
  };
}
