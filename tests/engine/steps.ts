import { CoreV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { expect } from "vitest";
import type { ByHand, Check, Life } from "./sequence.ts";

// What steps of several stacks have in common.

/**
 * The replacement of some nodes, one after the other.
 * @param roles of what a node is made of, in the order in which it goes: `-member`, ..., and the machine itself.
 */
export const replacedOneByOne = (nodes: readonly string[], roles: readonly string[]): readonly string[] =>
  nodes.flatMap((node) => [
    ...roles.map((role) => `delete-replaced ${node}${role}`),
    ...roles.toReversed().map((role) => `create-replacement ${node}${role}`),
  ]);

/** One cluster of k3s with these nodes, whose lock on its membership nobody holds. */
export const clusterOf =
  (members: readonly string[], others: readonly string[] = []): Check =>
  ({ world }) => {
    expect(world.hosts.clusters().map(({ nodes, members: voters, lock }) => ({ nodes, voters, lock }))).toEqual([
      { nodes: [...members, ...others].toSorted(), voters: [...members].toSorted(), lock: undefined },
    ]);
  };

/** Somebody gives the first DNS record another comment. */
export function recordByHand({ world: { cloudflare } }: Life): ByHand {
  const { id: zone } = cloudflare.zones.list()[0] ?? { id: "" };
  const record = cloudflare.records.list(zone)[0];
  if (record === undefined) throw new Error("there are no records");
  const comment = (text: string): void => void cloudflare.records.edit(zone, record.id, { comment: text });
  comment("changed by hand");
  return { resource: record.name, diffs: ["comment"], undo: () => comment(record.comment ?? "") };
}

/** Somebody gives a namespace another level of Pod Security. */
export const namespaceByHand =
  (name: string) =>
  async ({ world }: Life): Promise<ByHand> => {
    const label = "pod-security.kubernetes.io/enforce";
    const core = world.kube.config.makeApiClient(CoreV1Api);
    const level = async (to: string): Promise<void> => {
      const body = { metadata: { labels: { [label]: to } } };
      await core.patchNamespace({ name, body }, setHeaderOptions("Content-Type", PatchStrategy.MergePatch));
    };
    const before = (await core.readNamespace({ name })).metadata?.labels?.[label] ?? "";
    await level(before === "baseline" ? "restricted" : "baseline");
    return { resource: name, diffs: [], undo: () => level(before) };
  };
