/** Something to be made, with the names of what it gives and wants. */
export interface Unit {
  readonly id: string;
  readonly provides: readonly string[];
  readonly needs: readonly string[];
  /** Like `needs`, but nothing is missing when nobody provides it. */
  readonly wants: readonly string[];
  /** What somebody must provide, sooner or later: it is missing when nobody does, and nothing waits for it. */
  readonly uses: readonly string[];
  /** Units that it waits for by id, whatever they provide. */
  readonly after: readonly string[];
}

export interface Ordered {
  readonly id: string;
  /** The fewest units that imply all that this one waits for; sorted. */
  readonly dependsOn: readonly string[];
}

export interface Order {
  /** Every unit after all that it depends on. Units of a cycle, and what waits for them, are left out. */
  readonly ordered: readonly Ordered[];
  readonly missing: readonly { readonly id: string; readonly need: string }[];
  /** Ids along a cycle, the first one repeated at the end. */
  readonly cycle?: readonly string[];
}

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Orders units by what they provide and need. The result depends on the units alone, not on the order they come in.
 * @param given What is there without any of them: met, and worth no edge.
 */
export function orderUnits(units: readonly Unit[], given: ReadonlySet<string>): Order {
  const sorted = units.toSorted((a, b) => compare(a.id, b.id));
  const providers = Map.groupBy(
    sorted.flatMap(({ id, provides }) => provides.map((capability) => ({ id, capability }))),
    ({ capability }) => capability,
  );
  const missing = sorted.flatMap(({ id, needs, uses }) =>
    [...new Set([...needs, ...uses])]
      .filter((need) => !providers.has(need) && !given.has(need))
      .map((need) => ({ id, need })),
  );
  const edges: Edges = new Map(
    sorted.map(({ id, needs, wants, after }) => {
      const met = [...needs, ...wants].flatMap((need) => (providers.get(need) ?? []).map((provider) => provider.id));
      return [id, new Set([...after, ...met].filter((other) => other !== id))];
    }),
  );
  const ids = topological(edges);
  const reach = reachable(ids, edges);
  const ordered = ids.map((id) => ({ id, dependsOn: reduced(edges.get(id) ?? new Set(), reach) }));
  const cycle = findCycle(edges, new Set(ids));
  return { ordered, missing, ...(cycle === undefined ? {} : { cycle }) };
}

/** Of those that are ready at a time, the one whose id sorts first is taken. */
function topological(edges: Edges): readonly string[] {
  const done = new Set<string>();
  for (;;) {
    const next = [...edges].find(([id, waits]) => !done.has(id) && [...waits].every((other) => done.has(other)));
    if (next === undefined) return [...done];
    done.add(next[0]);
  }
}

/** All that each unit waits for, through others too. `ids` come in topological order. */
function reachable(ids: readonly string[], edges: Edges): Edges {
  const reach = new Map<string, Set<string>>();
  for (const id of ids) {
    const direct = edges.get(id) ?? new Set();
    reach.set(id, new Set([...direct, ...[...direct].flatMap((other) => [...(reach.get(other) ?? [])])]));
  }
  return reach;
}

/** Leaves out every edge that another one implies. */
function reduced(direct: ReadonlySet<string>, reach: Edges): readonly string[] {
  const implied = new Set([...direct].flatMap((other) => [...(reach.get(other) ?? [])]));
  return [...direct].filter((other) => !implied.has(other)).sort(compare);
}

/** Every unit that could not be ordered waits for another such one: following those leads round. */
function findCycle(edges: Edges, done: ReadonlySet<string>): readonly string[] | undefined {
  const path: string[] = [];
  let id = [...edges.keys()].find((candidate) => !done.has(candidate));
  while (id !== undefined && !path.includes(id)) {
    path.push(id);
    id = [...(edges.get(id) ?? [])].filter((other) => !done.has(other)).sort(compare)[0];
  }
  return id === undefined ? undefined : [...path.slice(path.indexOf(id)), id];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
