import { z } from "zod";
import { serverTypes } from "../../lib/hetzner/catalogue.ts";
import { clusterTags } from "../../lib/tailnet/tags.ts";
import { imageArgs, publicFactory, schematicId } from "../../lib/talos/schematic.ts";
import { talosDefault } from "../../lib/talos/versions.ts";
import type { CloudflareOptions } from "../clouds/cloudflare/model.ts";
import type { HetznerOptions } from "../clouds/hetzner/provider.ts";
import type { ProxmoxOptions, StorageOption } from "../clouds/proxmox/domain/state.ts";
import type { TailscaleOptions } from "../clouds/tailscale/provider.ts";

/** A stack's configuration as the engine hands it to the program: values by full key, structures as JSON. */
export interface StackValues {
  readonly stack: string;
  readonly config: Readonly<Record<string, string>>;
  /** Every secret's value. */
  readonly secrets: readonly string[];
}

export interface Accounts {
  readonly hetzner: Pick<HetznerOptions, "tokens" | "snapshots">;
  readonly proxmox: Pick<ProxmoxOptions, "nodes" | "storages" | "templates" | "tokens">;
  readonly cloudflare: Pick<CloudflareOptions, "tokens" | "zones">;
  readonly tailscale: Pick<TailscaleOptions, "tailnet" | "domain" | "oauthClients" | "policy">;
}

const named = z.looseObject({ name: z.string() });
const dns = z.looseObject({ zone: z.string(), zoneId: z.string() });
const tailnet = z.looseObject({ tailnet: z.string(), tags: z.array(z.string()).optional() });
const proxmox = z.looseObject({
  nodes: z.record(z.string(), z.looseObject({ address: z.string() })),
  datastores: z.looseObject({ images: z.string(), snippets: z.string(), disks: z.string() }).partial().default({}),
  image: z
    .looseObject({ templates: z.array(z.looseObject({ node: z.string(), id: z.int() })).default([]) })
    .prefault({}),
});
const machines = z.record(
  z.string(),
  z.looseObject({
    bridge: z.string().optional(),
    image: z.string().optional(),
    type: z.string().optional(),
    datastore: z.string().optional(),
    disks: z.array(z.looseObject({ datastore: z.string().optional() })).optional(),
  }),
);
const talosCluster = z.looseObject({
  distribution: z.literal("talos"),
  version: z.string().default(talosDefault.version),
  extensions: z.array(z.string()).default([]),
  factory: z.string().default(publicFactory),
});
const networks = z.record(z.string(), z.looseObject({ cidr: z.string().optional() }));

/** Accounts as the README tells a user to set them up, with the stack's own tokens. */
export function accountsOf({ config }: StackValues): Accounts {
  const section = <T>(name: string, shape: z.ZodType<T>): T | undefined => {
    const text = config[`groundwork:${name}`];
    const parsed = shape.safeParse(text === undefined ? undefined : JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  };
  const secret = (name: string): string => config[`secret:${name}`] ?? "";
  const zone = section("dns", dns);
  const net = section("tailscale", tailnet);
  const nodeTags = net?.tags ?? ["tag:k8s-node"];
  const cluster = section("cluster", named)?.name ?? "";
  const ranges = Object.values(section("networks", networks) ?? {}).flatMap(({ cidr }) =>
    cidr === undefined ? [] : [cidr],
  );
  const pools = Object.values(section("pools", machines) ?? {});
  const owner = "tag:k8s-operator";
  const tags = [...new Set([owner, "tag:k8s", ...nodeTags, ...clusterTags(cluster)])];
  return {
    hetzner: {
      tokens: [secret("hetzner-token")],
      snapshots: talosSnapshots(section("cluster", talosCluster), Object.values(section("pools", machines) ?? {})),
    },
    proxmox: proxmoxOf(section("proxmox", proxmox), pools, secret("proxmox-token")),
    cloudflare: {
      tokens: [secret("cloudflare-token")],
      zones: zone === undefined ? [] : [{ name: zone.zone, id: zone.zoneId }],
    },
    tailscale: {
      tailnet: net?.tailnet ?? "example.ts.net",
      domain: net?.tailnet ?? "example.ts.net",
      oauthClients: [
        {
          id: secret("tailscale-oauth-client-id"),
          secret: secret("tailscale-oauth-client-secret"),
          // Those that docs and stack files ask for.
          scopes: ["devices:core", "auth_keys", "services", ...(net?.policy === undefined ? [] : ["policy_file"])],
          tags,
        },
      ],
      policy: JSON.stringify({
        acls: [{ action: "accept", src: ["*"], dst: ["*:*"] }],
        tagOwners: Object.fromEntries(tags.map((tag) => [tag, tag === owner ? [] : [owner]])),
        autoApprovers: { routes: Object.fromEntries(ranges.map((range) => [range, nodeTags])) },
      }),
    },
  };
}

/** The snapshots that servers are to boot, uploaded as docs/talos.md says, each for the servers of its pool. */
function talosSnapshots(
  cluster: z.output<typeof talosCluster> | undefined,
  pools: readonly z.output<typeof machines>[string][],
): NonNullable<HetznerOptions["snapshots"]> {
  if (cluster === undefined) return [];
  const { schematic, version } = imageArgs(cluster, "hcloud");
  const named = pools.filter(({ image }) => image !== undefined && /^\d+$/.test(image));
  return [...new Map(named.map((pool) => [pool.image, pool])).values()].map(({ image, type }) => ({
    id: Number(image),
    description: `Talos ${version} ${schematicId(schematic)}`,
    architecture: serverTypes[type ?? ""]?.architecture ?? "x86",
    diskSize: 10,
  }));
}

/** A cluster with the nodes, storages and bridges that the stack names. */
function proxmoxOf(
  given: z.output<typeof proxmox> | undefined,
  pools: readonly z.output<typeof machines>[string][],
  token: string,
): Accounts["proxmox"] {
  const { images = "local", snippets = "local", disks = "local-lvm" } = given?.datastores ?? {};
  const named = pools.flatMap((pool) => [pool.datastore, ...(pool.disks ?? []).map(({ datastore }) => datastore)]);
  const ofDisks = new Set([disks, ...named.filter((name) => name !== undefined)]);
  const ofFiles = new Set([images, snippets]);
  const storages: readonly StorageOption[] = [
    ...[...ofFiles].map(
      (name): StorageOption => ({
        name,
        type: "dir",
        path: name === "local" ? "/var/lib/vz" : `/mnt/pve/${name}`,
        content: [
          ...(name === images ? (["import"] as const) : []),
          ...(name === snippets ? (["snippets"] as const) : []),
          ...(ofDisks.has(name) ? (["images"] as const) : []),
        ],
      }),
    ),
    ...[...ofDisks]
      .filter((name) => !ofFiles.has(name))
      .map((name): StorageOption => ({ name, type: "lvmthin", content: ["images"] })),
  ];
  const bridges = [...new Set(["vmbr0", ...pools.flatMap(({ bridge }) => bridge ?? [])])];
  return {
    nodes: Object.entries(given?.nodes ?? {}).map(([name, { address }]) => ({ name, address, bridges })),
    storages,
    templates: (given?.image.templates ?? []).map(({ node, id }) => ({
      ...{ vmid: id, node, name: `template-${id}`, storage: disks, disk: 3 },
    })),
    tokens: token === "" ? [] : [{ token }],
  };
}
