import { createCounter } from "../shared/ids.ts";
import type { OauthClient } from "./credentials.ts";
import { defaultPolicy, type Policy, readPolicy } from "./policy.ts";
import type { Device, KeyRow } from "./rows.ts";

export interface TailscaleOptions {
  /** The tailnet's name, e.g. `example.com`. */
  readonly tailnet: string;
  /** The domain of its devices' names, e.g. `tail1a2b3.ts.net`. */
  readonly domain?: string;
  /** API keys of an admin. */
  readonly apiKeys?: readonly string[];
  readonly oauthClients?: readonly OauthClient[];
  /** The policy file, HuJSON. Absent or empty: the one that every new tailnet has. */
  readonly policy?: string;
  /** Whether new devices wait for an admin's approval. */
  readonly deviceApproval?: boolean;
  readonly now: () => Date;
  /** Addresses and ids follow from it. */
  readonly seed?: string;
}

export interface Tailnet {
  readonly options: TailscaleOptions;
  readonly seed: string;
  readonly domain: string;
  readonly keys: Map<string, KeyRow>;
  /** By legacy id. */
  readonly devices: Map<string, Device>;
  nextKey(): number;
  nextDevice(): number;
  policy(): Policy;
  setPolicy(text: string): void;
}

export function createTailnet(options: TailscaleOptions): Tailnet {
  let policy = readPolicy(options.policy || defaultPolicy);
  return {
    options,
    seed: options.seed ?? "tailscale",
    domain: options.domain ?? "tail1a2b3.ts.net",
    keys: new Map(),
    devices: new Map(),
    nextKey: createCounter(1),
    nextDevice: createCounter(1),
    policy: () => policy,
    setPolicy(text) {
      policy = readPolicy(text);
    },
  };
}
