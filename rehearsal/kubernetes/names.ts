/**
 * Rules of names, labels and annotations. Source: kubernetes.io/docs/concepts/overview/working-with-objects/names,
 * .../labels and .../annotations; messages as k8s.io/apimachinery's validation words them.
 */
import type { Kind } from "./kinds.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')";
const label1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')";

/** What is wrong with an object's name, or undefined. */
export function nameFault({ group, kind }: Kind, name: string): string | undefined {
  // Roles and their bindings may have any name that fits into one path segment: `system:node`.
  if (group === "rbac.authorization.k8s.io") {
    return /[/%]/.test(name) || name === "." || name === ".."
      ? "may not contain '/' or '%', nor be '.' or '..'"
      : undefined;
  }
  switch (`${group}/${kind}`) {
    case "/Namespace":
      return limited(name, 63) ?? (label.test(name) ? undefined : labelRule);
    case "/Service":
      return limited(name, 63) ?? (label1035.test(name) ? undefined : label1035Rule);
    default:
      return limited(name, 253) ?? (subdomain.test(name) ? undefined : subdomainRule);
  }
}

function limited(name: string, most: number): string | undefined {
  return name.length > most ? `must be no more than ${most} characters` : undefined;
}

/** Faults of all labels, each with the path to it. */
export function labelFaults(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...keyFault(key).map((fault) => `metadata.labels: Invalid value: "${key}": ${fault}`),
    ...(value.length > 63 ? [`metadata.labels: Invalid value: "${value}": must be no more than 63 characters`] : []),
    ...(value !== "" && !qualifiedName.test(value)
      ? [
          `metadata.labels: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
        ]
      : []),
  ]);
}

/** All annotations together may take 256 KiB. */
export function annotationFaults(annotations: Readonly<Record<string, string>>): string[] {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  return [
    ...Object.keys(annotations).flatMap((key) =>
      keyFault(key.toLowerCase()).map((fault) => `metadata.annotations: Invalid value: "${key}": ${fault}`),
    ),
    ...(size > 262_144 ? [`metadata.annotations: Too long: may not be more than 262144 bytes`] : []),
  ];
}

function keyFault(key: string): string[] {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  return [
    ...(prefix !== undefined && (prefix.length > 253 || !subdomain.test(prefix))
      ? [`prefix part ${subdomainRule}`]
      : []),
    ...(name.length > 63 ? ["name part must be no more than 63 characters"] : []),
    ...(qualifiedName.test(name)
      ? []
      : [
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ]),
  ];
}
