import { z } from "zod";
import { readState } from "../../lib/recover/state.ts";

const login = z.object({
  host: z.string(),
  user: z.string().default("root"),
  port: z.number().default(22),
  privateKey: z.string(),
  hostKey: z.string(),
});

const joined = z.object({
  connection: login.extend({ proxy: login.optional() }),
  stdin: z.string(),
});

export type Login = z.output<typeof login>;

/** How the program reaches a machine: as root or somebody who may become it, host keys pinned. */
export type Connection = z.output<typeof joined>["connection"];

/** What the state holds of a node that has joined. */
export interface Held {
  readonly connection: Connection;
  /** What its join step reads: tokens. */
  readonly stdin: string;
}

/**
 * Nodes by their names in the stack file, from their resources `<node>-join`.
 * @param text of `pulumi stack export --show-secrets`
 */
export function heldNodes(text: string): ReadonlyMap<string, Held> {
  return new Map(
    readState(text).resources.flatMap(({ type, name, inputs }) => {
      const node = /^(.+-\d+)-join$/.exec(name)?.[1];
      if (node === undefined || type !== "command:remote:Command") return [];
      const read = joined.safeParse(inputs);
      return read.success ? [[node, read.data] as const] : [];
    }),
  );
}
