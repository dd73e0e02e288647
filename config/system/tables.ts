import { markdownTable } from "../../lib/diagram/table.ts";
import { listed } from "../../lib/words.ts";
import { endpointHost } from "../context.ts";
import { k3dApi } from "../docker-host.ts";
import { sshUser } from "../pools.ts";
import { neededSecrets } from "../secret-needs.ts";
import { machineWords, roleWords } from "./machines.ts";
import type { Exposed, System } from "./system.ts";

/** Every machine with its address and how to get a shell on it. */
export function machineTable({ machines, stage }: System): string {
  return markdownTable(
    ["machine", "role", "address", "network", "what it is", "way in"],
    [
      ...machines.map((machine) => [
        `\`${machine.name}\``,
        roleWords[machine.role],
        machine.address,
        machine.network,
        machineWords(machine),
        wayIn(machine, stage),
      ]),
      ...gateways(stage),
    ],
  );
}

/** Machines of the stage that no pool has. */
function gateways({ cluster, access, networks }: System["stage"]): readonly (readonly string[])[] {
  return Object.entries(networks).flatMap(([network, each]) => {
    if (each.kind !== "hetzner" || each.egress !== "gateway" || each.gateway === undefined) return [];
    const { address, type, location } = each.gateway;
    const name = `${network}-gateway`;
    const way = access.via === "tailnet" ? `\`ssh root@${cluster.name}-${name}\`` : "`ssh root@` its public address";
    return [[`\`${name}\``, "NAT gateway", address, network, `${type} in ${location}`, way]];
  });
}

function wayIn(machine: System["machines"][number], { cluster, access, tailscale }: System["stage"]): string {
  if (machine.pool.machine === "docker") return `\`docker exec\``;
  if (cluster.distribution === "talos") return `\`talosctl -n ${machine.address}\``;
  const host =
    access.via === "tailnet" && tailscale !== undefined
      ? machine.hostname
      : access.via === "public"
        ? "its public address"
        : machine.address;
  const through = access.via === "gateway" ? ", through the gateway" : "";
  return `\`ssh ${sshUser(machine)}@${host}\`${through}`;
}

/** Contexts of the kubeconfig that `npm run kubeconfig` merges. */
export function apiTable({ stage }: System): string {
  const { cluster, platform, tailscale } = stage;
  const { name } = cluster;
  const rows = ((): readonly (readonly string[])[] => {
    switch (cluster.distribution) {
      case "k3d": {
        const { address, port } = k3dApi({ ...stage, cluster });
        return [[`\`k3d-${name}\``, `https://${address}:${port}`]];
      }
      case "k3s":
      case "talos": {
        const fixed = `https://${endpointHost(stage)}:6443`;
        return cluster.endpoint.kind === "load-balancer" && cluster.endpoint.public && cluster.distribution === "k3s"
          ? [
              [`\`${name}\``, "the load balancer's public address, port 6443"],
              [`\`${name}-private\``, fixed],
            ]
          : [[`\`${name}\``, fixed]];
      }
      default: {
        const unknown: never = cluster;
        throw new Error(`unknown distribution: ${JSON.stringify(unknown)}`);
      }
    }
  })();
  const proxy =
    platform["tailscale-operator"] === undefined || tailscale === undefined
      ? []
      : [
          [
            `\`${name}-tailnet\``,
            `https://${name}-cluster.${tailscale.tailnet}, with the rights of your tailnet group`,
          ],
        ];
  return markdownTable(["context", "leads to"], [...rows, ...proxy]);
}

/** Every host name: what answers, how, and what it resolves to. Empty for a stage that answers to none. */
export function hostTable(system: System): string {
  const { records, exposed } = system;
  const others = [...new Set(records.map(({ name }) => name))].filter(
    (host) => !exposed.some((each) => each.host === host),
  );
  if (exposed.length === 0 && others.length === 0) return "No host name leads to this stack yet.";
  return markdownTable(
    ["host name", "what answers", "by", "certificate", "resolves to"],
    [
      ...exposed.map((each) => [
        `\`${each.host}\``,
        `\`${each.name}\``,
        `ingress class ${each.ingressClass}${each.signOn ? ", after a sign-on" : ""}`,
        certificate(each),
        resolvesTo(each.host, each.ingressClass, system),
      ]),
      ...others.map((host) => [
        `\`${host}\``,
        "whatever Ingress names it",
        "",
        "",
        resolvesTo(host, undefined, system),
      ]),
    ],
  );
}

function certificate({ issuer, resolver, ingressClass }: Exposed): string {
  if (issuer !== undefined) return `issuer ${issuer}`;
  if (resolver !== undefined) return `Traefik's resolver ${resolver}`;
  return ingressClass === "tailscale" ? "Tailscale's" : "none: plain HTTP";
}

function resolvesTo(host: string, ingressClass: string | undefined, { stage, records }: System): string {
  if (ingressClass === "tailscale") return "its device in the tailnet";
  const own = records.filter(({ name }) => name === host);
  if (own.length === 0)
    return stage.dns === undefined ? "a record of your own: the stack has no `groundwork:dns`" : "no record";
  const proxied = own.some((each) => each.proxied) ? ", through Cloudflare's proxy" : "";
  return `${listed(
    own.map(({ content, type }) => {
      switch (content.kind) {
        case "text":
          return content.text;
        case "ingress-ipv4":
          return "the ingress load balancer's IPv4";
        case "ingress-ipv6":
          return "its IPv6";
        default: {
          const unknown: never = content;
          throw new Error(`unknown content of a record: ${type} ${JSON.stringify(unknown)}`);
        }
      }
    }),
    "and",
  )}${proxied}`;
}

/** Secrets that have to be set, and what wants each. */
export function secretTable(system: System): string {
  const generated = new Set(system.stage.generated);
  const needs = [...neededSecrets(system)].sort(([a], [b]) => (a < b ? -1 : 1));
  return markdownTable(
    ["secret", "for", "who makes it"],
    needs.map(([name, purposes]) => [
      `\`secret:${name}\``,
      listed(
        purposes.map((purpose) => (purpose.startsWith("groundwork:") ? `\`${purpose}\`` : purpose)),
        "and",
      ),
      generated.has(name) ? "the program, at random" : "you",
    ]),
  );
}
