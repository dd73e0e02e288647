import { getVersion } from "@muhlba91/pulumi-proxmoxve/getVersion.js";
import { Provider as ProxmoxProvider } from "@muhlba91/pulumi-proxmoxve/provider.js";
import { getZone } from "@pulumi/cloudflare/getZone.js";
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";
import { ConfigurationError } from "../config/faults.ts";
import type { LoadedStage } from "../config/load.ts";
import { type ServiceName, serviceFault } from "../lib/service-faults.ts";
import { messageOf } from "../lib/words.ts";

/**
 * Asks every service for the least that its provider can ask, so that a wrong token or address is named, with all the
 * others, before anything is made. Not in a preview: that needs no service.
 * @throws ConfigurationError
 */
export async function demandAccess(stage: LoadedStage, providers: readonly pulumi.ProviderResource[]): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  const stack = pulumi.getStack();
  const asked = await Promise.all(
    providers.map(async (provider) => {
      const [service, question] = questionFor(stage, provider);
      try {
        await question();
        return [];
      } catch (error) {
        return [serviceFault({ service, stack, said: messageOf(error) })];
      }
    }),
  );
  const faults = asked.flat();
  if (faults.length > 0) throw new ConfigurationError(stack, faults);
}

type Question = readonly [service: ServiceName, ask: () => Promise<unknown>];

function questionFor({ dns }: LoadedStage, provider: pulumi.ProviderResource): Question {
  const options = { provider };
  if (provider instanceof hcloud.Provider) return ["hetzner", () => hcloud.getLocations(options)];
  if (provider instanceof ProxmoxProvider) return ["proxmox", () => getVersion(options)];
  if (provider instanceof tailscale.Provider)
    return ["tailscale", () => tailscale.getDevices({ namePrefix: "-" }, options)];
  if (provider instanceof CloudflareProvider)
    return ["cloudflare", () => getZone({ zoneId: dns?.zoneId ?? "" }, options)];
  throw new Error("a provider that nobody knows how to ask: give it a question here");
}
