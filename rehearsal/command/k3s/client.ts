import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { z } from "zod";
import { ServiceError } from "../../model.ts";
import type { Pki } from "./pki.ts";

const kubeconfigShape = z.object({
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({ server: z.url(), "certificate-authority-data": z.string().optional() }),
    }),
  ),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string().optional() }) }),
  ),
  "current-context": z.string().min(1),
  users: z
    .array(z.object({ name: z.string(), user: z.looseObject({ "client-certificate-data": z.string().optional() }) }))
    .default([]),
});

export interface Entry {
  readonly server: string;
  readonly authority: string | undefined;
  readonly client: string | undefined;
}

/** What the current context of a kubeconfig points at. @throws ServiceError when it does not parse. */
export function currentEntry(kubeconfig: string): Entry {
  const fault = (reason: string): ServiceError =>
    new ServiceError(
      "InvalidKubeconfig",
      `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`: ${reason}`,
    );
  let document: unknown;
  try {
    document = parse(kubeconfig);
  } catch (error) {
    throw fault(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
  const parsed = kubeconfigShape.safeParse(document);
  if (!parsed.success) {
    throw fault(parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`).join("; "));
  }
  const { clusters, contexts, users, "current-context": current } = parsed.data;
  const context = contexts.find(({ name }) => name === current)?.context;
  if (context === undefined) throw fault(`current-context is "${current}", and there is no context of that name`);
  const cluster = clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster === undefined)
    throw fault(`the context "${current}" names the cluster "${context.cluster}", which is not there`);
  const user = users.find(({ name }) => name === context.user)?.user;
  const decoded = (data: string | undefined): string | undefined =>
    data === undefined ? undefined : Buffer.from(data, "base64").toString();
  return {
    server: cluster.server,
    authority: decoded(cluster["certificate-authority-data"]),
    client: decoded(user?.["client-certificate-data"]),
  };
}

/** What an API server of a cluster says to a client that comes with this entry; undefined: it is let in. */
export function refusal({ authority, client }: Entry, pki: Pki): ((href: string) => string) | undefined {
  if (!sameCertificate(authority, pki.server.certificate))
    return (href) => `Get "${href}": tls: failed to verify certificate: x509: certificate signed by unknown authority`;
  if (client !== undefined && !signedBy(client, pki.client.certificate))
    return () => "the server has asked for the client to provide credentials (Unauthorized)";
  return undefined;
}

function sameCertificate(pem: string | undefined, expected: string): boolean {
  return pem !== undefined && certificate(pem)?.fingerprint256 === certificate(expected)?.fingerprint256;
}

function signedBy(pem: string, issuer: string): boolean {
  const authorityKey = certificate(issuer)?.publicKey;
  return authorityKey !== undefined && (certificate(pem)?.verify(authorityKey) ?? false);
}

function certificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
