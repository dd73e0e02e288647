import { onTestFinished } from "vitest";
import { type HetznerDoorOptions, serveHetzner } from "../../rehearsal/clouds/hetzner/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/hetzner/model.ts";
import type { Door } from "../../rehearsal/clouds/http/door.ts";

/** An answer as a client gets it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** How a test asks: `ask("POST", "/servers", { name: "a" })`. */
export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** A client of a door that sends `authorization` with every request. Text bodies are sent as they are. */
export function client(door: Pick<Door, "url">, authorization?: string): Ask {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${door.url}${path}`, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json") ?? false;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** Status and body, which is all that most answers are about. */
export const plain = ({ status, body }: Answer): { readonly status: number; readonly body: unknown } => ({
  status,
  body,
});

/** A clock that stands still until it is moved. */
export function clock(start = "2026-11-21T12:00:00Z") {
  let milliseconds = Date.parse(start);
  return {
    now: () => new Date(milliseconds),
    pass(seconds: number) {
      milliseconds += seconds * 1000;
    },
  };
}

/** A door that is closed when the test ends. */
export async function opened(opening: Promise<Door>): Promise<Door> {
  const door = await opening;
  onTestFinished(() => door.close());
  return door;
}

/** A project of the Hetzner Cloud behind its door, on a clock that stands still. */
export async function hetzner(options: HetznerDoorOptions = {}) {
  const time = clock();
  const model = createModel({ tokens: ["token"], now: time.now });
  const door = await opened(serveHetzner(model, { now: time.now, ...options }));
  return { model, door, time, ask: client(door, "Bearer token") };
}

/** What Hetzner tells of the pages of a list, 25 to a page. */
export const pagination = (total: number, page = 1, last = 1) => ({
  page,
  per_page: 25,
  previous_page: page > 1 ? page - 1 : null,
  next_page: page < last ? page + 1 : null,
  last_page: last,
  total_entries: total,
});
