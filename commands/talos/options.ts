import { parseArgs } from "node:util";

export const usage = `Machine configurations of a Talos stack, and its bootstrap, each on its own. \`pulumi up\` does all of it.

  npm run talos -- <stack> config <node>      print a machine's configuration, as the stack file has it now
  npm run talos -- <stack> apply <node>       give it to the machine
  npm run talos -- <stack> apply --all        to all, control planes one at a time, each healthy before the next
  npm run talos -- <stack> bootstrap          start etcd on the first control plane, once

  --show-secrets   with config: print keys and tokens too, from the stack's state
  --json           one JSON document on standard output
  --help

A node is called <pool>-<n>. What is applied carries the authorities and tokens that the stack's state holds, so the stack
has been up once. The state keeps the configurations that \`pulumi up\` applied: the next one applies its own again.

Ends with 0 when it is done, 1 when it is refused or has failed, 2 when the call or the stack file is wrong.
`;

export type Verb =
  | { readonly verb: "config"; readonly node: string; readonly secrets: "hidden" | "shown" }
  | { readonly verb: "apply"; readonly nodes: "all" | readonly [string] }
  | { readonly verb: "bootstrap" };

export interface Options {
  readonly stack: string;
  readonly ask: Verb;
  readonly json: boolean;
}

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      all: { type: "boolean", default: false },
      "show-secrets": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const [stack, verb, ...nodes] = positionals;
  if (stack === undefined) throw new Error("name the stack");
  if (verb === undefined) throw new Error("say what to do: config, apply or bootstrap");
  if (values["show-secrets"] && verb !== "config") throw new Error(`--show-secrets belongs to config, not to ${verb}`);
  if (values.all && verb !== "apply") throw new Error(`--all belongs to apply, not to ${verb}`);
  return { stack, json: values.json, ask: asked(verb, nodes, values) };
}

function asked(
  verb: string,
  nodes: readonly string[],
  { all, "show-secrets": show }: { readonly all: boolean; readonly "show-secrets": boolean },
): Verb {
  const [node, ...rest] = nodes;
  switch (verb) {
    case "config":
      if (node === undefined || rest.length > 0) throw new Error("config takes one node, <pool>-<n>");
      return { verb, node, secrets: show ? "shown" : "hidden" };
    case "apply":
      if (all && node !== undefined) throw new Error(`--all are all: leave out ${nodes.join(" ")}`);
      if (all) return { verb, nodes: "all" };
      if (node === undefined || rest.length > 0) throw new Error("apply takes one node, <pool>-<n>, or --all");
      return { verb, nodes: [node] };
    case "bootstrap":
      if (node !== undefined) throw new Error(`bootstrap takes no node: leave out ${nodes.join(" ")}`);
      return { verb };
    default:
      throw new Error(`${verb} is none of config, apply and bootstrap`);
  }
}
