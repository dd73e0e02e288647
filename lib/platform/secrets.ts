import { type Manifest, SecretRef, type Value } from "./release.ts";

/** A value of `secret:<name>`. */
interface SecretName {
  readonly secret: string;
}

/** One entry of `groundwork:secrets`: a Kubernetes Secret and the namespaces that hold a copy. */
export type SecretSource =
  | {
      readonly type: "registry";
      readonly namespaces: readonly string[];
      readonly server: string;
      readonly username: string;
      readonly password: SecretName;
    }
  | {
      readonly type: "opaque";
      /** Of the Secret, for whoever looks for its kind. Absent: Opaque. */
      readonly kubernetesType?: string;
      readonly namespaces: readonly string[];
      readonly data: Readonly<Record<string, string | SecretName>>;
    };

/** A Secret with its values by reference, in one namespace. `data` is written in plain, as `stringData` takes it. */
export function secretManifest(args: {
  readonly name: string;
  readonly namespace: string;
  readonly type?: string;
  readonly data: Readonly<Record<string, string | SecretRef>>;
}): Manifest {
  const { name, namespace, type = "Opaque", data } = args;
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type, stringData: data };
}

/** The Secrets of one entry of `groundwork:secrets`, one for each of its namespaces. */
export function secretManifests(name: string, source: SecretSource): readonly Manifest[] {
  const namespaces = [...new Set(source.namespaces)];
  switch (source.type) {
    case "registry":
      return namespaces.map((namespace) =>
        secretManifest({
          name,
          namespace,
          type: "kubernetes.io/dockerconfigjson",
          data: {
            ".dockerconfigjson": new SecretRef(source.password.secret, (password) => dockerConfig(source, password)),
          },
        }),
      );
    case "opaque":
      return namespaces.map((namespace) =>
        secretManifest({
          name,
          namespace,
          ...(source.kubernetesType === undefined ? {} : { type: source.kubernetesType }),
          data: Object.fromEntries(
            Object.entries(source.data).map(([key, value]) => [
              key,
              typeof value === "string" ? value : new SecretRef(value.secret),
            ]),
          ),
        }),
      );
    default: {
      const unknown: never = source;
      throw new Error(`unknown kind of secret: ${JSON.stringify(unknown)}`);
    }
  }
}

/** Source of the form: kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry */
function dockerConfig(registry: { readonly server: string; readonly username: string }, password: string): string {
  const { server, username } = registry;
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [server]: { username, password, auth } } });
}

/** Names of the secrets that a value refers to, sorted, each once. */
export function secretNames(value: unknown): readonly string[] {
  return [...new Set(found(value))].sort();
}

function found(value: unknown): readonly string[] {
  if (value instanceof SecretRef) return [value.secret];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value as Readonly<Record<string, Value>>).flatMap(found);
}
