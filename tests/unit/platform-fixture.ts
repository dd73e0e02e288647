import { appOptions } from "../../lib/platform/apps/options.ts";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { type PlatformArgs, type PlatformPlan, planPlatform } from "../../lib/platform/plan.ts";
import type { PlatformContext, Release } from "../../lib/platform/release.ts";
import type { ReleaseStep } from "../../lib/platform/steps.ts";

/** Three control planes and two workers on a Hetzner network; nothing of k3s that a release replaces. */
const stage: Omit<PlatformContext, "releases"> = {
  cluster: {
    name: "prod",
    distribution: "k3s",
    version: "v1.34.4+k3s1",
    podCidr: "10.42.0.0/16",
    serviceCidr: "10.43.0.0/16",
    endpoint: "10.0.0.5",
    disable: ["traefik", "servicelb", "local-storage"],
    transport: "private",
  },
  controlPlanes: [1, 2, 3].map((n) => ({ name: `prod-cp-${n}`, address: `10.0.1.${9 + n}` })),
  workers: [1, 2].map((n) => ({ name: `prod-worker-${n}`, address: `10.0.2.${9 + n}` })),
  machines: new Set(["hetzner"]),
  hetznerNetwork: "prod-main",
  ingress: { httpNodePort: 30080, httpsNodePort: 30443, proxyProtocol: false },
  dns: { zone: "example.com" },
};

export interface Given {
  /** Options as a person writes them, by release. */
  readonly releases?: Readonly<Record<string, unknown>>;
  readonly secrets?: PlatformArgs["secrets"];
  /** `groundwork:apps` as a person writes it. */
  readonly apps?: Readonly<Record<string, unknown>>;
  readonly mirror?: string;
  readonly context?: Partial<Omit<PlatformContext, "releases" | "cluster">> & {
    readonly cluster?: Partial<PlatformContext["cluster"]>;
  };
  /** Facts of the usual stage that this one has not. */
  readonly without?: readonly ("dns" | "hetznerNetwork" | "ingress")[];
}

export function release(name: string): Release {
  const found = catalogue.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the catalogue has no ${name}`);
  return found;
}

export function plan({
  releases = {},
  secrets = {},
  apps = {},
  mirror,
  context = {},
  without = [],
}: Given): PlatformPlan {
  const parsed = Object.fromEntries(
    Object.entries(releases).map(([name, options]) => [name, release(name).options.parse(options)]),
  );
  return planPlatform({
    releases: parsed,
    secrets,
    apps: Object.fromEntries(Object.entries(apps).map(([name, options]) => [name, appOptions.parse(options)])),
    charts: { mirror },
    context: {
      ...withoutKeys(stage, without),
      ...context,
      cluster: { ...stage.cluster, ...context.cluster },
      releases: new Map(Object.entries(parsed)),
    },
  });
}

const withoutKeys = <Facts extends object>(facts: Facts, keys: readonly string[]): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([key]) => !keys.includes(key))) as Facts;

export function releaseStep(of: PlatformPlan, name: string): ReleaseStep {
  const step = of.steps.find((each) => each.id === `release/${name}`);
  if (step?.kind !== "release")
    throw new Error(`the plan has no release ${name}: ${of.steps.map(({ id }) => id).join(", ")}`);
  return step;
}

/** Manifest of an object in the plan. */
export function object(of: PlatformPlan, id: string): unknown {
  const step = of.steps.find((each) => each.id === id);
  if (step?.kind !== "object")
    throw new Error(`the plan has no object ${id}: ${of.steps.map((each) => each.id).join(", ")}`);
  return step.manifest;
}

export const dependencies = (of: PlatformPlan, id: string): readonly string[] =>
  of.steps.find((step) => step.id === id)?.dependsOn ?? [];
