import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import type { LoadBalancerRow, Service } from "./rows.ts";

import { type Cloud, findRow, invalid } from "./state.ts";

const port = z.number().int().min(1).max(65535);

const httpRequest = z.object({
  cookie_name: z.string().optional(),
  cookie_lifetime: z.number().int().min(1).optional(),
  certificates: z.array(z.number().int()).optional(),
  redirect_http: z.boolean().optional(),
  sticky_sessions: z.boolean().optional(),
  timeout_idle: z.number().int().min(30).max(300).optional(),
});
const checkRequest = z.object({
  protocol: z.enum(["tcp", "http"]),
  port: port.optional(),
  // docs.hetzner.com/cloud/load-balancers: 3 seconds is the shortest interval.
  interval: z.number().int().min(3).optional(),
  timeout: z.number().int().min(1).optional(),
  retries: z.number().int().min(1).optional(),
  http: z
    .object({
      domain: z
        .string()
        .regex(/^[^\s%\\]*$/, "no spaces, percent or backslash")
        .nullish(),
      path: z
        .string()
        .regex(/^\/\S*$/, "a path without spaces")
        .optional(),
      response: z.string().optional(),
      status_codes: z.array(z.string().regex(/^[0-9?*]{1,3}$/, "a status code, with ? and * as wildcards")).optional(),
      tls: z.boolean().optional(),
    })
    .optional(),
});

export const serviceRequest = z.object({
  protocol: z.enum(["tcp", "http", "https"]),
  listen_port: port.optional(),
  destination_port: port.optional(),
  proxyprotocol: z.boolean().default(false),
  http: httpRequest.optional(),
  health_check: checkRequest.optional(),
});
export const serviceUpdate = serviceRequest
  .partial()
  .extend({ listen_port: port, proxyprotocol: z.boolean().optional() });

type ServiceRequest = z.output<typeof serviceRequest>;

function readHttp(cloud: Cloud, request: ServiceRequest, listenPort: number): Service["http"] {
  if (request.protocol === "tcp") {
    if (request.http !== undefined) throw invalid("http", `service on port ${listenPort} has protocol tcp`);
    return null;
  }
  const http = request.http ?? {};
  const certificates = http.certificates ?? [];
  for (const id of certificates) findRow(cloud.certificates, id);
  if (request.protocol === "https" && certificates.length === 0)
    throw invalid("http.certificates", `service on port ${listenPort} has protocol https and needs a certificate`);
  if (request.protocol === "http" && certificates.length > 0)
    throw invalid("http.certificates", `service on port ${listenPort} has protocol http`);
  if (request.protocol === "http" && http.redirect_http === true)
    throw invalid("http.redirect_http", "only protocol https can redirect to itself");
  return {
    cookie_name: http.cookie_name ?? "HCLBSTICKY",
    cookie_lifetime: http.cookie_lifetime ?? 300,
    certificates,
    redirect_http: http.redirect_http ?? false,
    sticky_sessions: http.sticky_sessions ?? false,
    timeout_idle: http.timeout_idle ?? 60,
  };
}

function readCheck(request: ServiceRequest, destinationPort: number): Service["health_check"] {
  const check = request.health_check ?? { protocol: request.protocol === "tcp" ? ("tcp" as const) : ("http" as const) };
  const interval = check.interval ?? 15;
  const timeout = check.timeout ?? Math.min(10, interval);
  if (timeout > interval)
    throw invalid(
      "health_check.timeout",
      `a check of ${timeout} seconds does not end within its interval of ${interval}`,
    );
  if (check.protocol === "tcp" && check.http !== undefined)
    throw invalid("health_check.http", "the health check has protocol tcp");
  return {
    protocol: check.protocol,
    port: check.port ?? destinationPort,
    interval,
    timeout,
    retries: check.retries ?? 3,
    http:
      check.protocol === "tcp"
        ? null
        : {
            domain: check.http?.domain ?? null,
            path: check.http?.path ?? "/",
            response: check.http?.response ?? "",
            status_codes: check.http?.status_codes ?? ["2??", "3??"],
            tls: check.http?.tls ?? false,
          },
  };
}

/** A service with the API's defaults. @throws ServiceError `invalid_input` */
export function readService(cloud: Cloud, request: ServiceRequest): Service {
  const usual = request.protocol === "http" ? 80 : request.protocol === "https" ? 443 : undefined;
  const listenPort = request.listen_port ?? usual;
  if (listenPort === undefined) throw invalid("listen_port", "protocol tcp has no usual port");
  const destinationPort = request.destination_port ?? (request.protocol === "tcp" ? undefined : 80);
  if (destinationPort === undefined) throw invalid("destination_port", "protocol tcp has no usual port");
  return {
    protocol: request.protocol,
    listen_port: listenPort,
    destination_port: destinationPort,
    proxyprotocol: request.proxyprotocol,
    http: readHttp(cloud, request, listenPort),
    health_check: readCheck(request, destinationPort),
  };
}

/** Ports that the load balancer listens on for a service: a redirect takes port 80 as well. */
const ports = (service: Service): number[] => [service.listen_port, ...(service.http?.redirect_http ? [80] : [])];

/** @throws ServiceError `source_port_already_used` */
export function claimPorts(balancer: LoadBalancerRow, service: Service, except?: Service): void {
  const wanted = ports(service);
  for (const other of balancer.services) {
    const clash = other === except ? undefined : ports(other).find((port) => wanted.includes(port));
    if (clash !== undefined) {
      throw new ServiceError(
        "source_port_already_used",
        `port ${clash} of load balancer '${balancer.name}' is already used by its ${other.protocol} service on ${other.listen_port}`,
      );
    }
  }
}

/** An update names what changes; the rest stays. */
export function mergeService(service: Service, update: z.output<typeof serviceUpdate>): ServiceRequest {
  const protocol = update.protocol ?? service.protocol;
  const check = update.health_check;
  const checkProtocol = check?.protocol ?? service.health_check.protocol;
  const { http: oldCheckHttp, ...oldCheck } = service.health_check;
  const checkHttp = checkProtocol === "tcp" ? undefined : { ...(oldCheckHttp ?? {}), ...(check?.http ?? {}) };
  return serviceRequest.parse({
    protocol,
    listen_port: service.listen_port,
    destination_port: update.destination_port ?? service.destination_port,
    proxyprotocol: update.proxyprotocol ?? service.proxyprotocol,
    http: protocol === "tcp" ? undefined : { ...(service.http ?? {}), ...(update.http ?? {}) },
    health_check: { ...oldCheck, ...check, http: checkHttp },
  });
}
