import * as pulumi from "@pulumi/pulumi";
import type { Node } from "../lib/nodes.ts";
import { ConfigurationError, type Fault } from "./faults.ts";
import { parseStage } from "./parse.ts";
import type { Pool } from "./pools.ts";
import type { SecretState } from "./rules/rule.ts";
import type { Stage } from "./stage.ts";

/** The SDK has this function but leaves it out of its types: whether the engine handed a value over as a secret. */
const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** What stands in a stack file where a secret is still to be set. */
const placeholder = "<unset>";

/** A stack's configuration, checked. */
export interface LoadedStage extends Stage {
  readonly nodes: readonly Node<Pool>[];
  /** The value of `secret:<name>`, marked as a secret. */
  secret(name: string): pulumi.Output<string>;
}

/**
 * Reads and checks the stack's whole configuration. The only place that reads it.
 * @throws ConfigurationError with every fault at once, before anything is registered.
 */
export function loadStage(): LoadedStage {
  const all = Object.entries(pulumi.runtime.allConfig());
  const within = (namespace: string): readonly (readonly [string, string])[] =>
    all
      .filter(([key]) => key.startsWith(`${namespace}:`))
      .map(([key, value]) => [key.slice(namespace.length + 1), value] as const);
  const faults: Fault[] = [];
  const sections = Object.fromEntries(
    within("groundwork").map(([key, value]) => [key, readSection(key, value, faults)]),
  );
  const secrets = new Map(within("secret").map(([name, value]) => [name, secretState(name, value)] as const));
  const parsed = parseStage({ sections, secrets });
  if (!parsed.ok || faults.length > 0)
    throw new ConfigurationError(pulumi.getStack(), [...faults, ...(parsed.ok ? [] : parsed.faults)]);
  const values = new pulumi.Config("secret");
  return { ...parsed.stage, nodes: parsed.nodes, secret: (name) => values.requireSecret(name) };
}

/** The engine hands over structured values as JSON. */
function readSection(key: string, value: string, faults: Fault[]): unknown {
  try {
    return JSON.parse(value);
  } catch {
    faults.push({
      path: `groundwork:${key}`,
      message: "is no mapping of keys",
      remedy: "write its settings below it, one a line, indented",
    });
    return {};
  }
}

function secretState(name: string, value: string): SecretState {
  if (value === placeholder || value === "") return "unset";
  return runtime.isConfigSecret(`secret:${name}`) ? "set" : "plain";
}
