import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Adoption, adopt } from "../../lib/recover/adopt.ts";
import type { Action, Left } from "../../lib/recover/plan.ts";
import { messageOf } from "../../lib/words.ts";
import type { Cluster } from "./cluster.ts";
import type { Engine } from "./engine.ts";

export interface PerformArgs {
  readonly stack: string;
  readonly engine: Engine;
  readonly actions: readonly Action[];
  /** Of each release, by its URN. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Where the state as it was is kept. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

/** Does what was planned. What fails is left, and does not keep the rest from being done. */
export async function perform(args: PerformArgs): Promise<readonly Left[]> {
  const { engine, actions, clusters, say } = args;
  const failed: Left[] = [];
  const attempt = async (about: string, remedy: string, act: () => Promise<void>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      failed.push({ about, message: messageOf(error), remedy });
      return false;
    }
  };
  if (actions.some((action) => action.do === "unlock")) {
    say("taking the lock away");
    if (!(await attempt("the stack's lock", "pulumi cancel", () => engine.unlock()))) return failed;
  }
  const adoptions = actions.flatMap((action) => (action.do === "adopt" ? [action.adoption] : []));
  if (adoptions.length > 0 || actions.some((action) => action.do === "clear")) {
    const remedy = "as it says; the state is as it was";
    // Everything after it changes the state, too.
    if (!(await attempt("the stack's state", remedy, () => clear(args, adoptions)))) return failed;
  }
  for (const action of actions) {
    if (action.do !== "release") continue;
    const { urn, release, records } = action.remedy;
    const [namespace = ""] = release.split("/");
    say(`${release}: deleting ${records.join(", ")}`);
    await attempt(urn, "mend that, and recover again", async () => {
      const cluster = clusters.get(urn);
      if (cluster === undefined) throw new Error("its cluster is gone");
      for (const record of records) await cluster.removeRecord(namespace, record);
    });
  }
  const stale = actions.flatMap((action) => (action.do === "refresh" || action.do === "adopt" ? [action.urn] : []));
  if (stale.length > 0) {
    say(`reading anew: ${stale.length}`);
    const remedy = "pulumi up goes on from the state as it is; pulumi refresh reads all of it anew";
    await attempt(stale.join(" "), remedy, () => engine.refresh(stale));
  }
  for (const action of actions) {
    if (action.do !== "import") continue;
    say(`importing ${action.resource.name}`);
    await attempt(action.urn, "see what it says; pulumi up names it again", () => engine.import(action.resource));
  }
  return failed;
}

/**
 * Takes the pending operations out of the state, and puts into it what was made in place of an old one; secrets in what
 * is kept of it stay encrypted.
 */
async function clear({ engine, stack, dir, say }: PerformArgs, adoptions: readonly Adoption[]): Promise<void> {
  const text = await engine.export({ secrets: false });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const name = `${stack.replaceAll("/", "-")}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
  const file = join(dir, name);
  writeFileSync(file, text, { mode: 0o600 });
  say(`clearing the state of pending operations; as it was: ${file}`);
  await engine.restore(adopt(text, adoptions));
}
