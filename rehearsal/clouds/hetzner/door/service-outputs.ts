import { withoutUndefined } from "../../../inputs.ts";
import { type Props, ServiceError } from "../../../model.ts";
import type { Service } from "../domain/rows.ts";
import type { Door } from "./door.ts";

const httpOutputs = (http: NonNullable<Service["http"]>): Props => ({
  stickySessions: http.sticky_sessions,
  cookieName: http.cookie_name,
  cookieLifetime: http.cookie_lifetime,
  certificates: http.certificates,
  redirectHttp: http.redirect_http,
  timeoutIdle: http.timeout_idle,
});

const checkHttpOutputs = (http: NonNullable<Service["health_check"]["http"]>): Props => ({
  domain: http.domain ?? "",
  path: http.path,
  response: http.response,
  tls: http.tls,
  statusCodes: http.status_codes,
});

function common({ protocol, listen_port, destination_port, proxyprotocol }: Service): Props {
  return { protocol, listenPort: listen_port, destinationPort: destination_port, proxyprotocol };
}

function commonCheck({ health_check: check }: Service): Props {
  const { protocol, port, interval, timeout, retries } = check;
  return { protocol, port, interval, timeout, retries };
}

/** Outputs of the `LoadBalancerService` resource. */
export function serviceOutputs(door: Door, balancer: number, port: number): Props {
  const service = door.model.load_balancers.get(balancer).services.find((row) => row.listen_port === port);
  if (service === undefined)
    throw new ServiceError("not_found", `load balancer ${balancer} has no service on port ${port}`);
  const { http, health_check: check } = service;
  return withoutUndefined({
    loadBalancerId: String(balancer),
    ...common(service),
    http: http === null ? undefined : httpOutputs(http),
    healthCheck: withoutUndefined({
      ...commonCheck(service),
      http: check.http === null ? undefined : checkHttpOutputs(check.http),
    }),
  });
}

/** A service as `getLoadBalancer` has it: what there is at most one of is a list. */
export function serviceResult(service: Service): Props {
  const { http, health_check: check } = service;
  return {
    ...common(service),
    https: http === null ? [] : [httpOutputs(http)],
    healthChecks: [{ ...commonCheck(service), https: check.http === null ? [] : [checkHttpOutputs(check.http)] }],
  };
}
