import { basename } from "node:path";
import { parseArgs } from "node:util";

export const usage = `Backs up etcd of a k3s cluster, and restores it. k3s takes snapshots by itself too (groundwork:cluster.snapshots).

  npm run etcd -- <stack> backup              take a snapshot on the first control plane that answers
  npm run etcd -- <stack> list                snapshots on the disks of the control planes
  npm run etcd -- <stack> restore SNAPSHOT    put every control plane back to a snapshot, by its name in the list or a file

  --node <pool>-<n>   on this control plane
  --to DIR            with backup: bring the snapshot here too, readable by its owner only
  --yes               with restore: do it without asking
  --json              one JSON document on standard output
  --help

Connections, host keys and tokens come from the stack's state. A restore stops k3s on all control planes, resets one of them
to the snapshot and has the others join it anew, one at a time; workers come back by themselves. What was there is kept on
each disk until the next restore. One that was cut off goes on where it was when it is run again. See docs/etcd.md.

Machines of Talos keep no snapshots: there it is backup --to DIR, and restore FILE, which wipes /var of the control planes.

Ends with 0 when it is done, 1 when it is refused or has failed, 2 when the call or the stack file is wrong.
`;

export type Ask =
  | { readonly verb: "backup"; readonly to?: string }
  | { readonly verb: "list" }
  | { readonly verb: "restore"; readonly snapshot: string; readonly file?: string; readonly yes: boolean };

export interface Options {
  readonly stack: string;
  readonly ask: Ask;
  readonly node?: string;
  readonly json: boolean;
}

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      node: { type: "string" },
      to: { type: "string" },
      yes: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const [stack, verb, ...rest] = positionals;
  if (stack === undefined) throw new Error("name the stack");
  if (verb === undefined) throw new Error("say what to do: backup, list or restore");
  if (values.to !== undefined && verb !== "backup") throw new Error(`--to belongs to backup, not to ${verb}`);
  if (values.yes && verb !== "restore") throw new Error(`--yes belongs to restore, not to ${verb}`);
  const { node, json } = values;
  return { stack, ask: asked(verb, rest, values), json, ...(node === undefined ? {} : { node }) };
}

function asked(
  verb: string,
  rest: readonly string[],
  { to, yes }: { readonly to?: string | undefined; readonly yes: boolean },
): Ask {
  const [snapshot, ...more] = rest;
  switch (verb) {
    case "backup":
    case "list":
      if (snapshot !== undefined) throw new Error(`${verb} takes nothing more: leave out ${rest.join(" ")}`);
      return verb === "list" ? { verb } : { verb, ...(to === undefined ? {} : { to }) };
    case "restore": {
      if (snapshot === undefined || more.length > 0)
        throw new Error("restore takes one snapshot: a name of the list, or a file");
      const name = basename(snapshot);
      // It becomes a part of a path, and of a line, on the machine.
      if (!/^[\w][\w.@-]*$/.test(name))
        throw new Error(`"${name}" is no name of a snapshot: letters, digits, dots, - and _ alone`);
      return { verb, snapshot: name, yes, ...(snapshot.includes("/") ? { file: snapshot } : {}) };
    }
    default:
      throw new Error(`${verb} is none of backup, list and restore`);
  }
}
