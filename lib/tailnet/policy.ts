import { listed } from "../words.ts";

type Lists = Readonly<Record<string, readonly string[]>>;
type Rule = Readonly<Record<string, unknown>>;

/** Sections of a tailnet's policy file as its owner writes them. Source: tailscale.com/docs/reference/syntax/policy-file */
export interface OwnPolicy {
  readonly grants?: readonly Rule[] | undefined;
  readonly acls?: readonly Rule[] | undefined;
  readonly ssh?: readonly Rule[] | undefined;
  readonly groups?: Lists | undefined;
  readonly tagOwners?: Lists | undefined;
  readonly autoApprovers?:
    | {
        readonly routes?: Lists | undefined;
        readonly services?: Lists | undefined;
        readonly exitNode?: readonly string[] | undefined;
      }
    | undefined;
  /** Sections that nothing here adds to. */
  readonly rest: Readonly<Record<string, unknown>>;
}

export interface PolicyArgs {
  /** Tags of the program's OAuth client, which give all others. */
  readonly clientTags: readonly string[];
  /** Who administer the cluster: groups, people, tags. */
  readonly admins: readonly string[];
  /** Of the nodes' devices. */
  readonly nodeTags: readonly string[];
  /** Those that the nodes' devices carry beside. */
  readonly clusterTags: readonly string[];
  /** Networks that nodes offer to the tailnet. */
  readonly routes: readonly string[];
  /** The Tailscale operator's, where it is on: its own tags, those of the devices that it makes, and the group of administrators. */
  readonly operator?: {
    readonly tags: readonly string[];
    readonly proxyTags: readonly string[];
    readonly group?: string | undefined;
  };
  readonly own: OwnPolicy;
}

/** A policy file, ready to be written as JSON. */
export type Policy = Readonly<Record<string, unknown>>;

/**
 * A tailnet's whole policy: what the cluster needs, and what its owner has declared, of which nothing is left out. Rules
 * only ever allow, so that they add up (tailscale.com/docs/features/access-control/grants/grants-explained).
 */
export function tailnetPolicy(args: PolicyArgs): Policy {
  const { own, nodeTags, routes, operator } = args;
  const proxies = operator?.proxyTags ?? [];
  const approvers = own.autoApprovers ?? {};
  return {
    ...own.rest,
    ...(own.groups === undefined ? {} : { groups: own.groups }),
    tagOwners: joined(ownersOf(args), own.tagOwners),
    autoApprovers: {
      ...approvers,
      routes: joined(Object.fromEntries(routes.map((range) => [range, nodeTags])), approvers.routes),
      // Of a ProxyGroup's Services.
      services: joined(Object.fromEntries(proxies.map((tag) => [tag, [tag]])), approvers.services),
    },
    grants: [...grantsOf(args), ...(own.grants ?? [])],
    ...(own.acls === undefined ? {} : { acls: own.acls }),
    ...(own.ssh === undefined ? {} : { ssh: own.ssh }),
  };
}

/** Administrators of the tailnet give the client its tags, and the client those of devices. */
function ownersOf({ clientTags, nodeTags, clusterTags, operator }: PolicyArgs): Lists {
  const given = [...nodeTags, ...clusterTags, ...(operator?.tags ?? []), ...(operator?.proxyTags ?? [])];
  return {
    ...Object.fromEntries(given.map((tag) => [tag, clientTags.filter((owner) => owner !== tag)])),
    ...Object.fromEntries(clientTags.map((tag) => [tag, []])),
  };
}

function grantsOf({ admins, nodeTags, routes, operator }: PolicyArgs): readonly Rule[] {
  const group = operator?.group;
  const api = [...(operator?.proxyTags ?? []), ...(operator?.tags ?? [])];
  return [
    // Kubernetes between nodes: API, etcd, kubelets, and what pods say to each other.
    { src: nodeTags, dst: [...nodeTags, ...routes], ip: ["*"] },
    { src: admins, dst: [...nodeTags, ...routes], ip: ["tcp:22", "tcp:6443"] },
    ...(api.length === 0 ? [] : [{ src: admins, dst: api, ip: ["tcp:443"] }]),
    ...(group === undefined || api.length === 0
      ? []
      : [{ src: [group], dst: api, app: { "tailscale.com/cap/kubernetes": [{ impersonate: { groups: [group] } }] } }]),
  ];
}

function joined(ours: Lists, theirs: Lists | undefined): Lists {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs ?? {})])].sort();
  return Object.fromEntries(
    names.map((name) => [name, [...new Set([...(ours[name] ?? []), ...(theirs?.[name] ?? [])])]]),
  );
}

/** A name in a policy that nothing in it defines: Tailscale refuses all of it. */
export interface Undefined {
  readonly name: string;
  /** `groups` or `tagOwners`, where it is missing. */
  readonly section: string;
  /** Sections that use it. */
  readonly used: string;
}

/** Tags and groups that rules name and nobody defines. */
export function undefinedNames(policy: Policy): readonly Undefined[] {
  const defined = new Set([...Object.keys(record(policy.groups)), ...Object.keys(record(policy.tagOwners))]);
  const uses = new Map<string, Set<string>>();
  for (const section of ["grants", "acls", "ssh", "autoApprovers", "tagOwners", "groups", "nodeAttrs", "tests"])
    for (const name of namesIn(policy[section], section))
      if (!defined.has(name)) uses.set(name, (uses.get(name) ?? new Set()).add(section));
  return [...uses].map(([name, sections]) => ({
    name,
    section: name.startsWith("tag:") ? "tagOwners" : "groups",
    used: listed([...sections], "and"),
  }));
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** `tag:x` and `group:x` as selectors: in lists, also with ports behind them (`tag:x:22`). App capabilities hold others' names. */
function namesIn(value: unknown, key: string): readonly string[] {
  if (key === "app") return [];
  if (typeof value === "string") return value.match(/^(?:tag|group):[^:*,]+/)?.slice(0, 1) ?? [];
  if (Array.isArray(value)) return value.flatMap((each) => namesIn(each, ""));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => namesIn(each, name));
}
