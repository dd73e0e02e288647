import { once } from "node:events";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { ServiceError } from "../../model.ts";
import type { Fault, Faults } from "./faults.ts";

/** What the code behind a door learns of one request beside the request itself. */
export interface Env {
  /** The fault that befalls it, for whoever has to do something about it. */
  readonly fault?: Fault | undefined;
  /** Takes an error that is no refusal: a mistake of the simulation. */
  report(error: Error): void;
}

/** A service behind HTTP, in its own dialect. */
export interface Service {
  /** What every path begins with: `/v1`. */
  readonly base: string;
  /** Whether requests start actions that run for a while. */
  readonly hasActions: boolean;
  fetch(request: Request, env: Env): Response | Promise<Response>;
  /** A refusal as the service words it. */
  refuse(error: ServiceError): Response;
  readonly rateLimited: { readonly code: string; readonly message: string };
  readonly unauthorized: { readonly code: string; readonly message: string };
}

export interface DoorOptions {
  /** Seconds that every answer is late by. */
  readonly latency?: number;
  readonly faults?: Faults;
  /** A key and its certificate, PEM, for a service that speaks TLS. Absent: plain HTTP. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    /** Clients without a certificate of this authority are refused. Absent: anybody is served. */
    readonly ca?: string;
  };
}

/** One request as the door saw it. Never the token. */
export interface RequestRecord {
  readonly method: string;
  /** Below the API's base. */
  readonly path: string;
  readonly query: string;
  /** Parsed where it is JSON; absent when there is none. */
  readonly body?: unknown;
  /** HTTP status of the answer; "dropped" when there was none. Absent: not answered yet. */
  readonly status?: number | "dropped";
  readonly fault?: Fault["kind"];
  /** A mistake of the simulation itself. */
  readonly error?: string;
}

export interface Door {
  /** What to give to a client as the API's address. */
  readonly url: string;
  /** All requests so far, in the order in which they came. */
  requests(): readonly RequestRecord[];
  /** Ends an outage. */
  reopen(): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const page = (status: number): Response =>
  new Response(`<html><body><h1>${status}</h1></body></html>`, {
    status,
    headers: { "Content-Type": "text/html" },
  });

/** The answer of a service to a request that a fault befalls. "dropped": none. */
async function answer(service: Service, request: Request, env: Env): Promise<Response | "dropped"> {
  const { fault } = env;
  switch (fault?.kind) {
    case "rate-limit": {
      const refused = service.refuse(new ServiceError(service.rateLimited.code, service.rateLimited.message));
      refused.headers.set("Retry-After", String(fault.retryAfter ?? 1));
      return refused;
    }
    case "server-error":
      return page(fault.status ?? 503);
    case "refuse":
      return service.refuse(new ServiceError(fault.code, fault.message ?? "ordered by the test"));
    case "wrong-token":
      return service.refuse(new ServiceError(service.unauthorized.code, service.unauthorized.message));
    case "drop-before":
      return "dropped";
    case "drop-after":
      await service.fetch(request, env);
      return "dropped";
    case "slow-reply": {
      const answered = await service.fetch(request, env);
      await delay(fault.seconds * 1000);
      return answered;
    }
    case "slow-action":
    case "failed-action":
      // One that was ordered when the door was open already.
      if (!service.hasActions) env.report(new Error(`fault ${fault.kind}: this service has no actions`));
      return service.fetch(request, env);
    case "outage":
    case undefined:
      return service.fetch(request, env);
    default:
      return fault satisfies never;
  }
}

function refuseFaults(service: Service, faults: Faults | undefined): void {
  const wrong = faults?.all.find(({ kind }) => kind === "slow-action" || kind === "failed-action");
  if (wrong !== undefined && !service.hasActions)
    throw new Error(`fault ${wrong.kind} on ${wrong.match.path ?? "any path"}: this service has no actions`);
}

/** Serves a service on a free port of the loopback interface. */
export async function openDoor(service: Service, { latency = 0, faults, tls }: DoorOptions): Promise<Door> {
  refuseFaults(service, faults);
  const records: RequestRecord[] = [];

  async function handle(request: Request, { outgoing }: HttpBindings): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.startsWith(`${service.base}/`) ? url.pathname.slice(service.base.length) : url.pathname;
    const text = request.method === "GET" ? "" : await request.clone().text();
    const fault = faults?.take({ method: request.method, path, query: url.search, body: text });
    const index = records.push({
      method: request.method,
      path,
      query: url.search,
      ...(text === "" ? {} : { body: parsed(text) }),
      ...(fault === undefined ? {} : { fault: fault.kind }),
    });
    const note = (more: Partial<RequestRecord>): void => {
      records[index - 1] = { ...(records[index - 1] as RequestRecord), ...more };
    };
    const env: Env = { fault, report: (error) => note({ error: error.stack ?? error.message }) };
    const answered = await answer(service, request, env);
    if (latency > 0) await delay(latency * 1000);
    if (answered === "dropped") {
      note({ status: "dropped" });
      // The adapter is told that there is nothing left to send.
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    note({ status: answered.status });
    if (fault?.kind === "outage") {
      outgoing.once("close", () => server.closeAllConnections());
      // Takes no connection from now on.
      server.close();
    }
    return answered;
  }

  const server = createAdaptorServer({
    fetch: (request, bindings) => handle(request, bindings as HttpBindings),
    // Other code in this process keeps its own Request and Response.
    overrideGlobalObjects: false,
    ...(tls === undefined
      ? {}
      : {
          createServer: createTlsServer,
          serverOptions: { ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined },
        }),
  }) as Server;
  // Node's five seconds are over just when a client on a busy machine takes the connection again, and then it is reset.
  server.keepAliveTimeout = 600_000;
  const listen = async (on: number): Promise<void> => {
    server.listen(on, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}${service.base}`,
    requests: () => [...records],
    async reopen() {
      if (!server.listening) await listen(port);
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
