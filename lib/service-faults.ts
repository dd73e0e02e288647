/** A service that the program talks to through a provider, with what a person gives it for that. */
interface Service {
  readonly title: string;
  /** Names of the secrets that its provider signs in with. */
  readonly secrets: readonly string[];
  /** Where the stack file says where it is. */
  readonly address: string;
  /** Where a token is made, and what it has to be allowed. */
  readonly token: string;
}

export type ServiceName = "hetzner" | "cloudflare" | "tailscale" | "proxmox";

export const services: Readonly<Record<ServiceName, Service>> = {
  hetzner: {
    title: "the Hetzner Cloud API",
    secrets: ["hetzner-token"],
    address: "groundwork:endpoints.hetzner",
    token: "the Hetzner console, in this stage's project: Security, API tokens, Read & Write",
  },
  cloudflare: {
    title: "the Cloudflare API",
    secrets: ["cloudflare-token"],
    address: "groundwork:endpoints.cloudflare",
    token: "Cloudflare, My Profile, API Tokens: Zone:Read and DNS:Edit on the zone of groundwork:dns",
  },
  tailscale: {
    title: "the Tailscale API",
    secrets: ["tailscale-oauth-client-id", "tailscale-oauth-client-secret"],
    address: "groundwork:endpoints.tailscale",
    token:
      "the Tailscale admin console, OAuth clients: Devices Core: write, Auth Keys: write, Services: write, with the tags of the stage",
  },
  proxmox: {
    title: "the Proxmox VE API",
    secrets: ["proxmox-token"],
    address: "groundwork:proxmox.endpoint",
    token: "pveum user token add, in the form user@realm!name=secret, with the role that docs/proxmox.md has",
  },
};

export interface ServiceFaultArgs {
  readonly service: ServiceName;
  readonly stack: string;
  /** What the provider said of the first thing that it was asked for. */
  readonly said: string;
}

export interface ServiceFault {
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * What is wrong when a provider cannot do the first and least thing: the token, or the way to the service. Providers say
 * it each in their own words, and none of them says where the token came from.
 */
export function serviceFault({ service, stack, said }: ServiceFaultArgs): ServiceFault {
  const { title, secrets, address, token } = services[service];
  const [first = ""] = secrets;
  const reason = reasonIn(said);
  const doctor = `npm run doctor -- ${stack} says more`;
  if (isUnreachable(said))
    return {
      path: address,
      message: `${title} cannot be reached: ${reason}`,
      remedy: `see that it says where the API is, and that a way leads there from this machine (DNS, proxy, VPN, firewall); ${doctor}`,
    };
  const all = secrets.map((name) => `secret:${name}`).join(" and ");
  return {
    path: `secret:${first}`,
    message: `${title} refuses ${all}: ${reason}`,
    remedy: `make a token at ${token}; then pulumi config set --secret secret:${first}${secrets.length > 1 ? ", and the others" : ""}; ${doctor}`,
  };
}

/** How Go says that nobody answered: net, net/http, crypto/tls and crypto/x509. */
const noAnswer =
  /dial tcp.*|lookup .*no such host.*|(?:tls|x509): .*|context deadline exceeded.*|i\/o timeout.*|unexpected EOF|\bEOF$|read: connection reset.*/im;

const isUnreachable = (said: string): boolean => noAnswer.test(said);

/** The service's own words in what its provider has put around them. */
function reasonIn(said: string): string {
  const unanswered = noAnswer.exec(said)?.[0];
  if (unanswered !== undefined) return unanswered.trim();
  const message = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(said)?.[1];
  if (message !== undefined) return JSON.parse(message) as string;
  const lines = said
    .split("\n")
    .map((line) =>
      line
        .replace(/^.*\breturned an error: /, "")
        .replace(/^\W*(\[ERROR\] )?/, "")
        .trim(),
    )
    .filter((line) => line !== "" && !isWrapping.test(line));
  return lines[0] ?? said;
}

/** Lines that say only that something was wrong. */
const isWrapping =
  /\d+ errors? occurred:$|^(An unexpected error was encountered|API request failed|(Error|Status) code: )/;
