import * as pulumi from "@pulumi/pulumi";
import type { Node, PlannedMachine } from "../lib/nodes.ts";
import type { PlatformPlan } from "../lib/platform/plan.ts";
import { ConfigurationError } from "./faults.ts";
import { parseStage } from "./parse.ts";
import type { Pool } from "./pools.ts";
import { readConfig } from "./read.ts";
import { misshapen } from "./secret-shapes.ts";
import type { Stage } from "./stage.ts";

/** The SDK has this function but leaves it out of its types: whether the engine handed a value over as a secret. */
const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** A stack's configuration, checked. */
export interface LoadedStage extends Stage {
  /** Of the Kubernetes cluster. */
  readonly nodes: readonly Node<Pool>[];
  /** All that the pools make: the nodes', and a Docker host. */
  readonly machines: readonly PlannedMachine<Pool>[];
  /** Of the platform: releases and objects in an order that works. */
  readonly plan: PlatformPlan;
  /** The value of `secret:<name>`, marked as a secret. */
  secret(name: string): pulumi.Output<string>;
}

/**
 * Reads and checks the stack's whole configuration. The only place that reads it.
 * @throws ConfigurationError with every fault at once, before anything is registered.
 */
export function loadStage(): LoadedStage {
  const config = pulumi.runtime.allConfig();
  const parsed = parseStage(readConfig(config, runtime.isConfigSecret));
  const encrypted = (name: string): string | undefined =>
    runtime.isConfigSecret(`secret:${name}`) ? config[`secret:${name}`] : undefined;
  const faults = [...(parsed.ok ? [] : parsed.faults), ...misshapen(encrypted)];
  if (!parsed.ok || faults.length > 0) throw new ConfigurationError(pulumi.getStack(), faults);
  const values = new pulumi.Config("secret");
  return {
    ...parsed.stage,
    nodes: parsed.nodes,
    machines: parsed.machines,
    plan: parsed.plan,
    secret: (name) => values.requireSecret(name),
  };
}
