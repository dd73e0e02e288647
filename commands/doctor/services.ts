import { readConfig } from "../../config/read.ts";
import { stageSchema } from "../../config/stage.ts";
import { stageTools } from "../../config/tools.ts";
import type { StackConfig } from "../../rehearsal/engine/stack-file.ts";
import { fileElsewhere } from "../stack.ts";
import { type Check, wrong } from "./check.ts";
import { checkCloudflare } from "./cloudflare.ts";
import { checkHetzner } from "./hetzner.ts";
import { checkProxmox } from "./proxmox.ts";
import { readSecrets } from "./secrets.ts";
import { checkTailscale } from "./tailscale.ts";
import { setSecret } from "./token.ts";
import { checkTools } from "./tools.ts";
import { checkVault } from "./vault.ts";

export interface ServicesArgs {
  readonly stack: string;
  readonly projectDir: string;
  readonly config: StackConfig;
}

type Secret = (name: string) => string;

/** Whose value is not there; asked for one, it names it. */
class Unset extends Error {
  readonly secret: string;
  constructor(secret: string) {
    super(secret);
    this.secret = secret;
  }
}

/**
 * Looks at the programs that a stack's runs start, and at each service that it uses: whether it can be reached, takes
 * the token, and lets it do what the program does.
 */
export async function checkServices({ stack, projectDir, config }: ServicesArgs): Promise<readonly Check[]> {
  const { sections } = readConfig(config.config, (key) => key.startsWith("secret:"));
  const cluster = stageSchema.shape.cluster.safeParse(sections.cluster).data;
  const pools = stageSchema.shape.pools.safeParse(sections.pools).data;
  const tools = checkTools({
    projectDir,
    tools: cluster === undefined || pools === undefined ? [] : stageTools({ cluster, pools }),
  });
  const looks = looksAt(sections);
  if (looks.length === 0) return tools;
  const read = await readSecrets(stack, fileElsewhere(projectDir, stack));
  if ("check" in read) return [...tools, read.check];
  const secret: Secret = (name) => {
    const value = read.secrets.get(name);
    if (value === undefined || value === "" || value === "<unset>") throw new Unset(name);
    return value;
  };
  const checks = await Promise.all(looks.map((look) => unlessUnset(look, secret)));
  return [...tools, ...checks.flat()];
}

interface Look {
  readonly about: string;
  look(secret: Secret): Promise<Check | readonly Check[]>;
}

/** Sections that cannot be read are for the rehearsal to name. */
function looksAt(sections: Readonly<Record<string, unknown>>): readonly Look[] {
  const { shape } = stageSchema;
  const endpoints = shape.endpoints.safeParse(sections.endpoints ?? {}).data ?? {};
  const networks = shape.networks.safeParse(sections.networks ?? {}).data ?? {};
  const dns = shape.dns.safeParse(sections.dns).data;
  const tailscale = shape.tailscale.safeParse(sections.tailscale).data;
  const proxmox = shape.proxmox.safeParse(sections.proxmox).data;
  const cluster = shape.cluster.safeParse(sections.cluster).data;
  const authority = cluster?.distribution === "k3s" ? cluster.authority : undefined;
  const at = (endpoint: string | undefined) => (endpoint === undefined ? {} : { endpoint });
  const looks: (Look | undefined)[] = [
    Object.values(networks).some(({ kind }) => kind === "hetzner")
      ? {
          about: "hetzner",
          look: (secret) => checkHetzner({ token: secret("hetzner-token"), ...at(endpoints.hetzner) }),
        }
      : undefined,
    proxmox === undefined
      ? undefined
      : {
          about: "proxmox",
          look: (secret) => checkProxmox({ ...proxmox, token: secret("proxmox-token") }),
        },
    authority?.kind === "vault"
      ? {
          about: "vault",
          look: (secret) =>
            checkVault({ ...authority, token: secret(authority.tokenSecret), secret: authority.tokenSecret }),
        }
      : undefined,
    dns === undefined
      ? undefined
      : {
          about: "cloudflare",
          look: (secret) => checkCloudflare({ ...dns, token: secret("cloudflare-token"), ...at(endpoints.cloudflare) }),
        },
    tailscale === undefined
      ? undefined
      : {
          about: "tailscale",
          look: (secret) =>
            checkTailscale({
              id: secret("tailscale-oauth-client-id"),
              secret: secret("tailscale-oauth-client-secret"),
              ...at(endpoints.tailscale),
              policy: tailscale.policy !== undefined,
            }),
        },
  ];
  return looks.filter((look) => look !== undefined);
}

async function unlessUnset({ about, look }: Look, secret: Secret): Promise<readonly Check[]> {
  try {
    return [await look(secret)].flat();
  } catch (error) {
    if (!(error instanceof Unset)) throw error;
    return [wrong(about, `secret:${error.secret} is not set`, setSecret(error.secret))];
  }
}
