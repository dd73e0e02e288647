import { type Document, isMap, isSeq, parse, parseDocument, stringify, type YAMLMap, YAMLSeq } from "yaml";

/** What k3s writes to /etc/rancher/k3s/k3s.yaml, less the address, which is of use on the server only. */
export interface Credentials {
  /** PEM in base64. */
  readonly certificateAuthorityData: string;
  /** PEM in base64. */
  readonly clientCertificateData: string;
  /** PEM in base64. Secret. */
  readonly clientKeyData: string;
}

/** A way to the API server. Its name is that of the context. */
export interface Endpoint {
  readonly name: string;
  /** `https://host:port`. */
  readonly server: string;
  /** The name in the server's certificate, when `server`'s is not in it: through a tunnel, for one. */
  readonly tlsServerName?: string;
  /**
   * Knows who calls by other means, as an API server proxy in a tailnet does: its context holds no credentials, and its
   * certificate is checked against the system's authorities.
   */
  readonly proxy?: boolean;
}

export interface KubeconfigArgs {
  readonly credentials: Credentials;
  /** Names the user, `<cluster>-admin`. */
  readonly cluster: string;
  /** The first is the current context. */
  readonly endpoints: readonly Endpoint[];
}

const sections = ["clusters", "users", "contexts"] as const;

/** Reads k3s.yaml. As YAML, never by replacing text: "default" and 127.0.0.1 are ordinary words there. */
export function parseK3sYaml(text: string): Credentials {
  const document: unknown = parse(text);
  const cluster = entry(document, "clusters", "cluster");
  const user = entry(document, "users", "user");
  return {
    certificateAuthorityData: field(cluster, "certificate-authority-data"),
    clientCertificateData: field(user, "client-certificate-data"),
    clientKeyData: field(user, "client-key-data"),
  };
}

/** A kubeconfig in which every name is the cluster's own, so that it can stand beside others. */
export function buildKubeconfig(args: KubeconfigArgs): string {
  const { credentials, endpoints } = args;
  const first = endpoints[0];
  if (first === undefined)
    throw new Error(`the kubeconfig of ${args.cluster} would have no context → give it an endpoint`);
  const repeated = endpoints.find(
    (endpoint, index) => endpoints.findIndex(({ name }) => name === endpoint.name) !== index,
  );
  if (repeated) throw new Error(`two endpoints of ${args.cluster} are named ${repeated.name} → name each differently`);
  const user = `${args.cluster}-admin`;
  const anonymous = `${args.cluster}-proxy`;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: endpoints.map(({ name, server, tlsServerName, proxy }) => ({
      name,
      cluster: {
        server,
        ...(tlsServerName === undefined ? {} : { "tls-server-name": tlsServerName }),
        ...(proxy ? {} : { "certificate-authority-data": credentials.certificateAuthorityData }),
      },
    })),
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": credentials.clientCertificateData,
          "client-key-data": credentials.clientKeyData,
        },
      },
      // Without a token, kubectl would ask for a user name. The proxy looks at none.
      ...(endpoints.some(({ proxy }) => proxy) ? [{ name: anonymous, user: { token: "unused" } }] : []),
    ],
    contexts: endpoints.map(({ name, proxy }) => ({
      name,
      context: { cluster: name, user: proxy ? anonymous : user },
    })),
    "current-context": first.name,
  };
  return stringify(config, { lineWidth: 0 });
}

/**
 * `incoming` merged into `existing`, both the text of a kubeconfig: entries of the same name are replaced, all else is
 * kept, comments included. The current context stays what it is, unless `use` asks for the incoming one's; only a
 * kubeconfig without any context takes that unasked.
 */
export function mergeKubeconfig(
  existing: string,
  incoming: string,
  { use = false }: { readonly use?: boolean } = {},
): string {
  if (existing.trim() === "") return incoming;
  const into = read(existing, "the existing kubeconfig");
  const from = read(incoming, "the new kubeconfig");
  const hadContexts = seqOf(into, "contexts").items.length > 0;
  for (const section of sections) {
    const target = seqOf(into, section);
    for (const item of seqOf(from, section).items) {
      const name = nameOf(item);
      if (name === undefined)
        throw new Error(`the new kubeconfig has an entry without a name under ${section} → fetch it again`);
      const same = target.items.findIndex((candidate) => nameOf(candidate) === name);
      const node = into.createNode((item as YAMLMap).toJSON());
      if (same < 0) target.items.push(node);
      else target.items[same] = keepComments(target.items[same], node);
    }
    into.set(section, target);
  }
  if (use || !hadContexts) into.set("current-context", from.get("current-context"));
  return into.toString({ lineWidth: 0 });
}

function read(text: string, what: string): Document {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error) throw new Error(`${what} is not valid YAML: ${error.message} → correct it, or move it away`);
  if (!isMap(document.contents))
    throw new Error(`${what} is no kubeconfig: it is not a mapping → correct it, or move it away`);
  return document;
}

/** The section as a list in block style; `kubectl config view` writes an empty one as null or []. */
function seqOf(document: Document, section: string): YAMLSeq {
  const value = document.get(section, true);
  // A null is a node too; without keeping it, get() says undefined for both.
  if (!isSeq(value) && document.get(section) !== undefined) {
    throw new Error(`the kubeconfig's ${section} is no list → correct it, or move the file away`);
  }
  const seq = isSeq(value) ? value : new YAMLSeq();
  if (seq.items.length === 0) seq.flow = false;
  return seq;
}

function nameOf(item: unknown): string | undefined {
  const name: unknown = isMap(item) ? item.get("name") : undefined;
  return typeof name === "string" ? name : undefined;
}

function keepComments<T extends { commentBefore?: string | null }>(old: unknown, node: T): T {
  const comment = isMap(old) ? old.commentBefore : undefined;
  if (comment !== undefined && comment !== null) node.commentBefore = comment;
  return node;
}

/** The only entry of a section of k3s.yaml. */
function entry(document: unknown, section: string, key: string): unknown {
  const list = record(document)?.[section];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const value = record(first)?.[key];
  if (value === undefined)
    throw new Error(`k3s.yaml has no ${section}[0].${key} → is this the output of the kubeconfig step?`);
  return value;
}

function field(value: unknown, key: string): string {
  const text = record(value)?.[key];
  if (typeof text !== "string" || text === "")
    throw new Error(`k3s.yaml has no ${key} → is this the output of the kubeconfig step?`);
  return text;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
