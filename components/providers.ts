import { Provider as ProxmoxProvider } from "@muhlba91/pulumi-proxmoxve/provider.js";
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import * as hcloud from "@pulumi/hcloud";
import type * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";
import type { LoadedStage } from "../config/load.ts";
import { demandAccess } from "./access.ts";

/**
 * Explicit providers for the services that a stage uses, at addresses that can be changed. In a run that makes things,
 * each has shown that its service takes the token.
 * @throws ConfigurationError naming every service that does not
 */
export async function createProviders(stage: LoadedStage): Promise<pulumi.ProviderResource[]> {
  const providers = providersOf(stage);
  await demandAccess(stage, providers);
  return providers;
}

function providersOf(stage: LoadedStage): pulumi.ProviderResource[] {
  const { endpoints } = stage;
  const usesHetzner = Object.values(stage.networks).some(({ kind }) => kind === "hetzner");
  return [
    ...(usesHetzner
      ? [
          new hcloud.Provider("hetzner", {
            token: stage.secret("hetzner-token"),
            ...(endpoints.hetzner === undefined ? {} : { endpoint: endpoints.hetzner }),
          }),
        ]
      : []),
    ...(stage.proxmox === undefined
      ? []
      : [
          new ProxmoxProvider("proxmox", {
            endpoint: stage.proxmox.endpoint,
            insecure: stage.proxmox.insecure,
            apiToken: stage.secret("proxmox-token"),
            // Only snippets are written over SSH, and machines that boot Talos have none.
            ...(stage.cluster.distribution === "talos"
              ? {}
              : {
                  ssh: {
                    agent: false,
                    username: stage.proxmox.sshUser,
                    privateKey: stage.secret("proxmox-ssh-key"),
                    nodes: Object.entries(stage.proxmox.nodes).map(([name, { address }]) => ({
                      ...{ name, address, port: 22 },
                    })),
                  },
                }),
          }),
        ]),
    ...(stage.dns === undefined
      ? []
      : [
          new CloudflareProvider("cloudflare", {
            apiToken: stage.secret("cloudflare-token"),
            ...(endpoints.cloudflare === undefined ? {} : { baseUrl: endpoints.cloudflare }),
          }),
        ]),
    ...(stage.tailscale === undefined
      ? []
      : [
          new tailscale.Provider("tailscale", {
            oauthClientId: stage.secret("tailscale-oauth-client-id"),
            oauthClientSecret: stage.secret("tailscale-oauth-client-secret"),
            // The second is for the devices of machines that go: without it the first key is refused, not their deletion.
            scopes: ["auth_keys", "devices:core", ...(stage.tailscale.policy === undefined ? [] : ["policy_file"])],
            ...(endpoints.tailscale === undefined ? {} : { baseUrl: endpoints.tailscale }),
          }),
        ]),
  ];
}
