import { z } from "zod";
import { openSecrets } from "../recover/state.ts";
import { type Authority, base64, ed25519Pem, type TalosSecrets } from "./secrets.ts";

/** What a stack's state says of a Talos cluster. */
export interface HeldCluster {
  /** What the machines share; undefined: none of it is made, or not all. */
  readonly secrets: TalosSecrets | undefined;
  /** PEM in base64, of whom `talosctl` is. */
  readonly administrator: { readonly ca: string; readonly crt: string; readonly key: string } | undefined;
  /** By which machines have joined the tailnet, by node: spent, and a part of their configurations. */
  readonly tailnetKeys: ReadonlyMap<string, string>;
  /** The program has started the cluster. */
  readonly bootstrapped: boolean;
}

const exported = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ urn: z.string(), type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
      .nullish(),
  }),
});

/**
 * Reads what components/cluster/talos has made. Resources are known by their types and names there.
 * @param text of `pulumi stack export --show-secrets`
 */
export function heldCluster(text: string, cluster: string): HeldCluster {
  const { deployment } = exported.parse(JSON.parse(text));
  const outputs = new Map(
    (deployment.resources ?? []).map(({ urn, type, outputs: given }) => [
      `${type} ${urn.split("::").slice(3).join("::")}`,
      openSecrets(given ?? {}) as Readonly<Record<string, unknown>>,
    ]),
  );
  const pki = partsOf((type, role, output) => {
    const value = outputs.get(`${type} ${cluster}-pki-${role}`)?.[output];
    return typeof value === "string" ? value : undefined;
  });
  return {
    ...pki,
    tailnetKeys: new Map(
      [...outputs].flatMap(([resource, { key }]) => {
        const [, node] = /^tailscale:index\/tailnetKey:TailnetKey (.+)-tailnet-key$/.exec(resource) ?? [];
        return node === undefined || typeof key !== "string" ? [] : [[node, key] as const];
      }),
    ),
    bootstrapped: outputs.has(`command:local:Command ${cluster}-bootstrap`),
  };
}

type Find<Found> = (type: string, role: string, output: string) => Found;

const privateKey = "tls:index/privateKey:PrivateKey";

/** Thrown where a part is not there, and caught where the whole is put together. */
class Missing extends Error {}

function partsOf(find: Find<string | undefined>): Pick<HeldCluster, "secrets" | "administrator"> {
  const must: Find<string> = (...of) => {
    const value = find(...of);
    if (value === undefined) throw new Missing(of.join(" "));
    return value;
  };
  const authority = (role: string): Authority => ({
    crt: base64(must("tls:index/selfSignedCert:SelfSignedCert", role, "certPem")),
    key: base64(
      role === "talos"
        ? ed25519Pem(must(privateKey, role, "privateKeyPemPkcs8"))
        : must(privateKey, role, "privateKeyPem"),
    ),
  });
  const bytes = (role: string): string => must("random:index/randomBytes:RandomBytes", role, "base64");
  const text = (role: string): string => must("random:index/randomPassword:RandomPassword", role, "result");
  const token = (role: string): string => `${text(`${role}-id`)}.${text(`${role}-secret`)}`;
  try {
    const talos = authority("talos");
    return {
      secrets: {
        clusterId: bytes("cluster-id"),
        clusterSecret: bytes("cluster-secret"),
        bootstrapToken: token("bootstrap-token"),
        machineToken: token("machine-token"),
        secretboxKey: bytes("secretbox-key"),
        talos,
        etcd: authority("etcd"),
        kubernetes: authority("kubernetes"),
        aggregator: authority("aggregator"),
        serviceAccountKey: base64(must(privateKey, "service-account", "privateKeyPem")),
      },
      administrator: {
        ca: talos.crt,
        crt: base64(must("tls:index/locallySignedCert:LocallySignedCert", "administrator", "certPem")),
        key: base64(ed25519Pem(must(privateKey, "administrator", "privateKeyPemPkcs8"))),
      },
    };
  } catch (error) {
    if (error instanceof Missing) return { secrets: undefined, administrator: undefined };
    throw error;
  }
}

export const hidden = "[secret]";
const authority: Authority = { crt: hidden, key: hidden };

/** In place of secrets, where a configuration is to be looked at. */
export const hiddenSecrets: TalosSecrets = {
  clusterId: hidden,
  clusterSecret: hidden,
  bootstrapToken: hidden,
  machineToken: hidden,
  secretboxKey: hidden,
  talos: authority,
  etcd: authority,
  kubernetes: authority,
  aggregator: authority,
  serviceAccountKey: hidden,
};
