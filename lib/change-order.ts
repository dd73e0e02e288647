/** What the order of a cluster's nodes follows from. */
interface Named {
  readonly name: string;
}

/**
 * The order in which control planes change. A cluster being made is started by its first node. In one that stands, the
 * first goes last: the others' drains run on it, its own on the second, so that at every moment the machine that a
 * drain runs on is one that is not being changed and, when it has been, is there again.
 */
export function changeOrder<Node extends Named>(
  controlPlanes: readonly Node[],
  established: ReadonlySet<string>,
): readonly Node[] {
  const [first, ...rest] = controlPlanes;
  return first === undefined || !established.has(first.name) ? controlPlanes : [...rest, first];
}

/**
 * The control plane on which a node is watched, drained and removed: never the node itself, unless it is the only one,
 * and the same one whether the cluster is being made or stands.
 */
export function peerOf<Node extends Named>(node: Named, controlPlanes: readonly Node[]): Node {
  const peer = controlPlanes.find(({ name }) => name !== node.name) ?? controlPlanes[0];
  if (peer === undefined) throw new Error(`${node.name} has no control plane to belong to`);
  return peer;
}
