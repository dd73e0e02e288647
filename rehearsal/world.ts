import { chartFacts } from "../lib/platform/facts.ts";
import { createCloudflare } from "./clouds/cloudflare/provider.ts";
import { type MonthlyCost, monthlyCost } from "./clouds/hetzner/cost.ts";
import type { Quotas } from "./clouds/hetzner/domain/state.ts";
import { createHetzner } from "./clouds/hetzner/provider.ts";
import { createProxmox } from "./clouds/proxmox/provider.ts";
import { createTailscale } from "./clouds/tailscale/provider.ts";
import { createHosts } from "./command/hosts.ts";
import { type Clusters, createClusters } from "./command/k3s/clusters.ts";
import { createCommand } from "./command/provider.ts";
import { createTools } from "./command/steps/tools.ts";
import { Daemon } from "./docker/daemon.ts";
import { createK3dSteps } from "./docker/steps.ts";
import { createKubernetes } from "./kubernetes/provider.ts";
import type { ProviderModel } from "./model.ts";
import { createRandom } from "./random/provider.ts";
import { createTalosSteps } from "./talos/steps.ts";
import { createTls } from "./tls/provider.ts";
import { accountsOf, type StackValues } from "./world/accounts.ts";
import { ownEndpoint, runnerNetworks } from "./world/lan.ts";
import { createMetal, type Metal } from "./world/metal.ts";
import { observe } from "./world/observe.ts";
import { virtualMachineWitness } from "./world/proxmox.ts";
import { balancerWitness, serverWitness } from "./world/servers.ts";
import { tailnetOf } from "./world/tailnet.ts";
import { createTalos } from "./world/talos.ts";

export interface World {
  readonly models: ProviderModel[];
  /** What stands at Hetzner now. */
  monthlyCost(): MonthlyCost;
  readonly hetzner: ReturnType<typeof createHetzner>["model"];
  readonly proxmox: ReturnType<typeof createProxmox>["model"];
  readonly cloudflare: ReturnType<typeof createCloudflare>["model"];
  readonly tailscale: ReturnType<typeof createTailscale>["model"];
  /** Docker on the machine that runs the program. */
  readonly docker: Daemon;
  /** Those of Docker hosts, by the host's name. */
  readonly dockerHosts: ReadonlyMap<string, Daemon>;
  readonly metal: Metal;
  /** Every cluster that stands. */
  readonly clusters: Pick<Clusters, "all">;
}

export interface WorldOptions {
  readonly quotas?: Partial<Quotas>;
  /** Programs that the machine which runs the program has not. */
  readonly missingTools?: readonly string[];
}

/** Everything outside the program: accounts that accept the stack's stand-in tokens, hosts, clusters. */
export function createWorld(stack: StackValues, { quotas = {}, missingTools = [] }: WorldOptions = {}): World {
  const now = (): Date => new Date();
  const seed = stack.stack;
  const accounts = accountsOf(stack);
  const hetzner = createHetzner({ ...accounts.hetzner, quotas, now, seed });
  const proxmox = createProxmox({ ...accounts.proxmox, now, seed });
  const cloudflare = createCloudflare({ ...accounts.cloudflare, now, seed });
  const tailscale = createTailscale({ ...accounts.tailscale, now, seed });
  const hosts = createHosts({ runnerNetworks: runnerNetworks(stack) });
  ownEndpoint(stack, hosts);
  const clusters = createClusters({ seed, hosts });
  const talos = createTalos({ stack, hosts, clusters, tailscale: tailscale.model });
  const docker = new Daemon();
  const k3d = createK3dSteps({ docker, hosts, clusters });
  const tailnet = tailnetOf(tailscale.model);
  const { metal, steps, localSteps } = createMetal({ stack, hosts, tailscale: tailscale.model });
  const balancers = balancerWitness({ hetzner: hetzner.model, hosts });
  const hcloud = observe(hetzner.provider, {
    "hcloud:index/server:Server": serverWitness({ hetzner: hetzner.model, tailscale: tailscale.model, hosts, talos }),
    "hcloud:index/loadBalancerService:LoadBalancerService": balancers,
    "hcloud:index/loadBalancerNetwork:LoadBalancerNetwork": balancers,
  });
  const proxmoxve = observe(proxmox.provider, {
    "proxmoxve:index/vmLegacy:VmLegacy": virtualMachineWitness({
      ...{ stack, proxmox: proxmox.model, tailscale: tailscale.model, hosts, talos },
    }),
  });
  return {
    models: [
      hcloud,
      proxmoxve,
      cloudflare.provider,
      tailscale.provider,
      createCommand({
        ...{ hosts, clusters, tailnet, secrets: () => stack.secrets },
        steps: { ...steps, ...k3d.remote },
        localSteps: {
          ...localSteps,
          ...createTalosSteps({ machines: talos }),
          tools: createTools(missingTools),
          ...k3d.local,
        },
      }),
      createKubernetes({ charts: chartFacts, clusters }),
      createRandom({ seed }),
      createTls({ seed }),
    ],
    monthlyCost: () => monthlyCost(hetzner.model),
    hetzner: hetzner.model,
    proxmox: proxmox.model,
    cloudflare: cloudflare.model,
    tailscale: tailscale.model,
    docker,
    dockerHosts: k3d.daemons,
    metal,
    clusters,
  };
}
