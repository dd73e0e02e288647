import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveCloudflare } from "../../rehearsal/clouds/cloudflare/http/serve.ts";
import { createCloudflare } from "../../rehearsal/clouds/cloudflare/provider.ts";
import { serveHetzner } from "../../rehearsal/clouds/hetzner/http/serve.ts";
import { createHetzner } from "../../rehearsal/clouds/hetzner/provider.ts";
import type { Door } from "../../rehearsal/clouds/http/door.ts";
import { serveTailscale } from "../../rehearsal/clouds/tailscale/http/serve.ts";
import { createTailscale } from "../../rehearsal/clouds/tailscale/provider.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import type { Sections } from "../../rehearsal/pulumi/sections.ts";
import { EngineStack } from "../../rehearsal/pulumi/stack.ts";
import { accountsOf } from "../../rehearsal/world/accounts.ts";

// What the engine says of `prod` when a token is wrong or a service cannot be reached.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) say(`skipped: wrong tokens and endpoints on the real engine: ${line}`);

const config = loadStackConfig(process.cwd(), "prod");
const dir = mkdtempSync(join(tmpdir(), "groundwork-bad-input-"));
const doors: Door[] = [];
let endpoints: { readonly hetzner: string; readonly cloudflare: string; readonly tailscale: string };

/** Nothing listens there. */
const nowhere = "http://127.0.0.1:1";

interface Case {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly endpoints?: object;
}

let cases = 0;
/** What an `up` says of its first failures. */
async function failureOf({ secrets = {}, endpoints: other = {} }: Case): Promise<string> {
  const installation = findInstallation();
  if (installation === undefined) throw new Error("the engine has gone");
  const sections: Sections = {
    ...Object.fromEntries(
      Object.entries(config.config)
        .filter(([key]) => key.startsWith("groundwork:"))
        .map(([key, value]) => [key.slice("groundwork:".length), JSON.parse(value) as unknown]),
    ),
    endpoints: { ...endpoints, ...other },
  };
  const stack = await EngineStack.create({
    ...{ installation, sections, name: "prod", project: process.cwd() },
    dir: join(dir, String(cases++)),
    secrets: { ...Object.fromEntries(config.canaries), ...secrets },
  });
  const { failure = "" } = await stack.up();
  say(failure);
  return failure;
}

describe.skipIf(missing.length > 0)("wrong tokens and endpoints", () => {
  beforeAll(async () => {
    const accounts = accountsOf({ stack: "prod", config: config.config, secrets: [...config.canaries.values()] });
    const [now, seed] = [(): Date => new Date(), "prod"];
    const hetzner = await serveHetzner(createHetzner({ ...accounts.hetzner, now, seed }).model);
    const cloudflare = await serveCloudflare(createCloudflare({ ...accounts.cloudflare, now, seed }).model);
    const tailscale = await serveTailscale(createTailscale({ ...accounts.tailscale, now, seed }).model);
    doors.push(hetzner, cloudflare, tailscale);
    endpoints = { hetzner: hetzner.url, cloudflare: cloudflare.url, tailscale: tailscale.url };
  });

  afterAll(async () => {
    for (const door of doors) await door.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** What is wrong, and what is said of it: the path in the stack file, and the service's own words. */
  const all: readonly (readonly [string, Case, readonly RegExp[]])[] = [
    [
      "wrong tokens, all at once",
      {
        secrets: {
          "secret:hetzner-token": "x".repeat(64),
          "secret:tailscale-oauth-client-secret": "tskey-client-x",
          "secret:cloudflare-token": "x".repeat(40),
        },
      },
      [
        /^error : Pulumi\.prod\.yaml has 3 faults; nothing was made\.$/m,
        /^ *secret:hetzner-token\n +the Hetzner Cloud API refuses secret:hetzner-token: unable to authenticate/m,
        /^ *secret:tailscale-oauth-client-id\n +the Tailscale API refuses secret:tailscale-oauth-client-id and secret:tailscale-oauth-client-secret: /m,
        /^ *secret:cloudflare-token\n +the Cloudflare API refuses secret:cloudflare-token: /m,
        /pulumi config set --secret secret:hetzner-token; npm run doctor -- prod says more$/m,
      ],
    ],
    [
      "services that are away",
      { endpoints: { hetzner: `${nowhere}/v1`, tailscale: nowhere, cloudflare: nowhere } },
      [
        /^ *groundwork:endpoints\.hetzner\n +the Hetzner Cloud API cannot be reached: .*connection refused$/m,
        /^ *groundwork:endpoints\.tailscale\n +the Tailscale API cannot be reached: .*connection refused/m,
        /^ *groundwork:endpoints\.cloudflare\n +the Cloudflare API cannot be reached: .*connection refused/m,
      ],
    ],
  ];
  test.each(all)("%s: one message with the remedies, and nothing is made", async (_, given, expected) => {
    const failure = await failureOf(given);
    for (const line of expected) expect(failure).toMatch(line);
    const made = doors
      .flatMap((door) => door.requests())
      .filter(({ method, path }) => method !== "GET" && path !== "/oauth/token");
    expect(made).toEqual([]);
  });
});
