import type { IncomingMessage } from "node:http";
import { Agent, request as send } from "node:https";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type Door, type DoorOptions, openDoor } from "../../clouds/http/door.ts";
import type { ServiceError } from "../../model.ts";
import type { ControlPlane } from "./control-plane.ts";

/**
 * Serves a real API server through a door, so that faults can be ordered. The door ends the TLS connection of a client,
 * whom it knows by a certificate, and asks as the administrator, who is the only one that there is.
 */
export function serveKubernetes({ serverUrl, pki }: ControlPlane, options: DoorOptions): Promise<Door> {
  const agent = new Agent({
    keepAlive: true,
    ca: pki.authority.certificate,
    cert: pki.admin.certificate,
    key: pki.admin.key,
  });
  return openDoor(
    {
      base: "",
      hasActions: false,
      rateLimited: { code: "429", message: "Too many requests, please try again later." },
      unauthorized: { code: "401", message: "Unauthorized" },
      refuse: refusal,
      fetch: (request) => forward(request, { serverUrl, agent }),
    },
    { ...options, tls: { cert: pki.server.certificate, key: pki.server.key, ca: pki.authority.certificate } },
  );
}

/** Reasons of HTTP statuses. k8s.io/apimachinery, meta/v1, `StatusReason` */
const reasons: Readonly<Record<string, string>> = {
  "401": "Unauthorized",
  "403": "Forbidden",
  "409": "Conflict",
  "429": "TooManyRequests",
  "500": "InternalError",
  "503": "ServiceUnavailable",
  "504": "Timeout",
};

/** A refusal as the API words it; its code is the status. */
function refusal(error: ServiceError): Response {
  const message = error.message.slice(0, -` (${error.code})`.length);
  const code = Number(error.code);
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message };
  return Response.json({ ...status, reason: reasons[error.code] ?? "", code }, { status: code });
}

/** What belongs to one connection alone. RFC 9110, 7.6.1 */
const ofConnection = new Set(["connection", "host", "keep-alive", "transfer-encoding", "content-length", "upgrade"]);

async function forward(
  request: Request,
  { serverUrl, agent }: { readonly serverUrl: string; readonly agent: Agent },
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = Object.fromEntries([...request.headers].filter(([name]) => !ofConnection.has(name)));
  const body = request.method === "GET" ? Buffer.alloc(0) : Buffer.from(await request.arrayBuffer());
  // A DELETE has a body here, whose length Node does not tell by itself: the next request would begin with it.
  if (body.length > 0) headers["content-length"] = String(body.length);
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    const asking = send(new URL(pathname + search, serverUrl), { agent, method: request.method, headers }, resolve);
    asking.once("error", reject);
    // A watch lasts until its client goes.
    request.signal.addEventListener("abort", () => asking.destroy());
    asking.end(body);
  });
  const pairs = Object.entries(answered.headersDistinct).flatMap(([name, values]) =>
    ofConnection.has(name) ? [] : (values ?? []).map((value) => [name, value] as [string, string]),
  );
  const status = answered.statusCode ?? 500;
  const bodiless = status === 204 || status === 304;
  if (bodiless) answered.resume();
  return new Response(bodiless ? null : (Readable.toWeb(answered) as ReadableStream<Uint8Array>), {
    status,
    headers: pairs,
  });
}
