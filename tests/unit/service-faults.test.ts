import { expect, test } from "vitest";
import { type ServiceName, serviceFault } from "../../lib/service-faults.ts";

// What the providers' plugins said on the real engine, and what a user reads of it.

const of = (service: ServiceName, said: string): string => {
  const { path, message } = serviceFault({ service, stack: "prod", said });
  return `${path}: ${message}`;
};

test("a token that is refused is named, with the service's own words", () => {
  expect(
    of(
      "hetzner",
      `invocation of hcloud:index/getLocations:getLocations returned an error: invoking hcloud:index/getLocations:getLocations: 1 error occurred:
\t* API request failed: An unexpected error was encountered during an API request.

unable to authenticate (unauthorized)

Error code: unauthorized
Status code: 401`,
    ),
  ).toBe(
    "secret:hetzner-token: the Hetzner Cloud API refuses secret:hetzner-token: unable to authenticate (unauthorized)",
  );
  expect(
    of(
      "cloudflare",
      'invocation of cloudflare:index/getZone:getZone returned an error: failed to make http request: GET "https://api.cloudflare.com/client/v4/zones/0123": 403 Forbidden {"result":null,"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[]}',
    ),
  ).toBe("secret:cloudflare-token: the Cloudflare API refuses secret:cloudflare-token: Authentication error");
  expect(
    of(
      "tailscale",
      `invocation of tailscale:index/getDevices:getDevices returned an error: Failed to fetch devices: Get "https://api.tailscale.com/api/v2/tailnet/-/devices": oauth2: cannot fetch token: 401 Unauthorized
Response: {"message":"API token invalid"}`,
    ),
  ).toBe(
    "secret:tailscale-oauth-client-id: the Tailscale API refuses secret:tailscale-oauth-client-id and secret:tailscale-oauth-client-secret: API token invalid",
  );
});

test("a service that cannot be reached is named by where the stack file says it is", () => {
  const get =
    'invocation of hcloud:index/getLocations:getLocations returned an error: API request failed: Get "http://127.0.0.1:1/v1/locations": ';
  expect(of("hetzner", `${get}dial tcp 127.0.0.1:1: connect: connection refused`)).toBe(
    "groundwork:endpoints.hetzner: the Hetzner Cloud API cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused",
  );
  const pve = 'Get "https://pve1:8006/api2/json/version": ';
  expect(of("proxmox", `${pve}tls: failed to verify certificate: x509: certificate signed by unknown authority`)).toBe(
    "groundwork:proxmox.endpoint: the Proxmox VE API cannot be reached: tls: failed to verify certificate: x509: certificate signed by unknown authority",
  );
});

test("the remedy is what to do, to the letter", () => {
  expect(serviceFault({ service: "hetzner", stack: "prod", said: "no" }).remedy).toBe(
    "make a token at the Hetzner console, in this stage's project: Security, API tokens, Read & Write; then pulumi config set --secret secret:hetzner-token; npm run doctor -- prod says more",
  );
});
