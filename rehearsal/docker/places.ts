import type { Host, Hosts } from "../command/hosts.ts";
import type { Cluster } from "../command/k3s/cluster.ts";
import { exited, type StepRequest } from "../command/steps/step.ts";
import { Daemon, emptyDocker } from "./daemon.ts";
import { K3d } from "./k3d.ts";

/** A Docker with k3d beside it, and the clusters that were made there. */
export interface Place {
  readonly docker: Daemon;
  readonly k3d: K3d;
  readonly clusters: Map<string, Cluster>;
  /** The network among hosts that an address of the machine is in; undefined: it has no such address. */
  networkOf(address: string): string | undefined;
}

/** The Dockers of machines that have one, each from the first step on it until the machine goes. */
export function createPlaces(hosts: Hosts): {
  of(request: StepRequest): Place;
  readonly daemons: ReadonlyMap<string, Daemon>;
} {
  const places = new Map<string, Place>();
  const daemons = new Map<string, Daemon>();
  hosts.onRemove(({ name }) => {
    const place = places.get(name);
    places.delete(name);
    daemons.delete(name);
    for (const cluster of place?.clusters.values() ?? [])
      for (const { host } of cluster.nodes.values()) if (!host.removed) hosts.remove(host.name);
  });
  return {
    daemons,
    of(request) {
      const { host } = request;
      const lacking = missing(host, request.at);
      if (lacking !== undefined) throw exited(request, lacking);
      const place = places.get(host.name) ?? placeOn(host);
      places.set(host.name, place);
      daemons.set(host.name, place.docker);
      return place;
    },
  };
}

function placeOn(host: Host): Place {
  // What a first boot leaves running beside Docker: the SSH daemon.
  const docker = new Daemon(emptyDocker({ taken: [22] }));
  return {
    docker,
    k3d: new K3d(docker),
    clusters: new Map(),
    networkOf: (address) => host.addresses.get(address)?.network,
  };
}

/** What the steps would say of a machine that is not, or not yet, a Docker host; undefined for one that is. */
function missing(host: Host, at: number): string | undefined {
  const bootstrap = host.files.get("/usr/local/lib/groundwork/bootstrap.sh") ?? "";
  const settings = host.files.get("/etc/groundwork/node.env") ?? "";
  const booting = at < host.initialisedAt ? `. In the rehearsal: ${host.name} is still booting` : "";
  if (booting !== "" || !/packages\.sh .*\bdocker(\.io)?\b/.test(bootstrap))
    return `there is no docker on this machine: install it (https://docs.docker.com/engine/install), then run again${booting}`;
  if (!/docker-host\.sh/.test(bootstrap) || !/^GW_K3D_SHA256_AMD64='[0-9a-f]{64}'$/m.test(settings))
    return "there is no k3d on this machine: install v5.9.0 or later (https://k3d.io/stable/#installation), then run again";
  return undefined;
}
