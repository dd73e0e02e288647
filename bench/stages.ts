import { readFileSync } from "node:fs";
import { parse } from "yaml";

type Sections = Record<string, unknown>;

/** A stack's configuration as the engine hands it over: values by full key, structures as JSON. */
export interface BenchStack {
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** Hetzner attaches 100 machines to a network; a gateway takes one place, and one is left free. */
const workersPerNetwork = 98;

const sizes = { type: "cpx22", locations: ["fsn1", "nbg1", "hel1"] };

/**
 * `prod` with another number of workers. Beyond what one network holds, each further hundred gets a network of its own
 * with its own gateway, and nodes talk over the tailnet.
 */
export function stageWithWorkers(workers: number): BenchStack {
  const file = parse(readFileSync(new URL("../Pulumi.prod.yaml", import.meta.url), "utf8")) as { config: Sections };
  const values: Sections = structuredClone(file.config);
  const networks = values["groundwork:networks"] as Record<string, Sections>;
  const pools = values["groundwork:pools"] as Record<string, Sections>;
  const many = workers > 90;
  delete pools.worker;
  for (let index = 0, left = workers; left > 0; index++) {
    const count = Math.min(left, many ? workersPerNetwork : left);
    left -= count;
    const home = many ? `net-${index + 1}` : "main";
    if (many) networks[home] = network(index + 1);
    pools[many ? `worker-${index + 1}` : "worker"] = {
      machine: "hetzner",
      role: "worker",
      count,
      ...sizes,
      network: home,
      ...(many
        ? { subnet: `10.${index + 1}.2.0/24`, firstAddress: `10.${index + 1}.2.10` }
        : { subnet: "10.0.2.0/24", firstAddress: "10.0.2.10" }),
    };
  }
  if (many) {
    const cluster = values["groundwork:cluster"] as Sections;
    cluster.transport = "tailnet";
    cluster.podCidr = "10.128.0.0/12";
    cluster.serviceCidr = "10.144.0.0/16";
    cluster.endpoint = { ...(cluster.endpoint as Sections), public: true };
    // The load balancer in the first network reaches the control planes only.
    (values["groundwork:hetzner"] as { ingress: Sections }).ingress.pools = ["cp"];
    // Hetzner's own controllers know nodes by addresses that these do not have: another release brings volumes.
    const platform = values["groundwork:platform"] as Record<string, unknown>;
    delete platform["hcloud-cloud-controller-manager"];
    delete platform["hcloud-csi"];
    platform.longhorn = {};
    const metallb = (values["groundwork:platform"] as Record<string, { pools: Record<string, Sections> }>).metallb;
    for (const pool of Object.values(metallb?.pools ?? {})) pool.via = "cp-1";
  }
  return toConfig(values);
}

function network(index: number): Sections {
  return {
    kind: "hetzner",
    cidr: `10.${index}.0.0/16`,
    zone: "eu-central",
    egress: "gateway",
    gateway: { type: "cpx12", location: "fsn1", subnet: `10.${index}.0.0/24`, address: `10.${index}.0.2` },
  };
}

function toConfig(values: Sections): BenchStack {
  const secretKeys = Object.keys(values).filter((key) => key.startsWith("secret:"));
  const config = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      secretKeys.includes(key)
        ? `bench-${key.slice("secret:".length)}-`.padEnd(64, "0123456789")
        : typeof value === "string"
          ? value
          : JSON.stringify(value),
    ]),
  );
  return { config, secretKeys };
}
