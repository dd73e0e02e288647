import type { RawStage } from "./parse.ts";
import type { SecretState } from "./rules/rule.ts";

/** What stands in a stack file where a secret is still to be set. */
const placeholder = "<unset>";

/** A stack's configuration as the engine hands it over: `<namespace>:<key>` -> text, which is JSON where it is structured. */
export function readConfig(config: Readonly<Record<string, string>>, isSecret: (key: string) => boolean): RawStage {
  const within = (namespace: string): readonly (readonly [name: string, value: string])[] =>
    Object.entries(config)
      .filter(([key]) => key.startsWith(`${namespace}:`))
      .map(([key, value]) => [key.slice(namespace.length + 1), value] as const);
  const sections = within("groundwork");
  return {
    sections: Object.fromEntries(sections.map(([name, value]) => [name, fromJson(value)])),
    sealed: new Set(sections.map(([name]) => name).filter((name) => isSecret(`groundwork:${name}`))),
    secrets: new Map(within("secret").map(([name, value]) => [name, secretState(value, isSecret(`secret:${name}`))])),
  };
}

/** Text that is no JSON is a value without structure: the schema says what is due instead. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function secretState(value: string, encrypted: boolean): SecretState {
  if (value === placeholder || value === "") return "unset";
  return encrypted ? "set" : "plain";
}
