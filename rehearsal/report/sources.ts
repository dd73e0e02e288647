/** The files that any stack's rehearsal leaves: what a preview cannot show. */
import { stringify } from "yaml";
import { nameOf } from "../engine/urn.ts";
import { plainValue } from "../engine/values.ts";
import { isFields, kubernetesObject, releaseType, text } from "../findings/kubernetes.ts";
import type { RecordedResource, Recording } from "../recording.ts";
import { type Artifact, type ArtifactSource, json, type Show } from "./artifacts.ts";

const yaml = (value: unknown) => stringify(value, { lineWidth: 0 });

/** `<kind>-<name>` and the like as a file name. */
const fileName = (...parts: readonly string[]) =>
  parts
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-");

function shownInputs(resource: RecordedResource, show: Show): Readonly<Record<string, unknown>> {
  const shown = show(resource.inputs);
  return isFields(shown) ? shown : {};
}

function ofType({ resources }: Recording, type: string): RecordedResource[] {
  return resources.filter((resource) => resource.type === type && resource.operation !== "delete");
}

const cloudInit: ArtifactSource = (recording, show) =>
  ofType(recording, "hcloud:index/server:Server").flatMap((server): Artifact[] => {
    const { name, userData } = shownInputs(server, show);
    if (typeof userData !== "string") return [];
    return [{ path: `cloud-init/${fileName(text(name) ?? server.name)}.yaml`, content: userData }];
  });

const scripts: ArtifactSource = (recording, show) =>
  ofType(recording, "command:remote:Command").flatMap((command) => {
    const { create, update, delete: remove } = shownInputs(command, show);
    const files = [
      ["sh", create],
      ["update.sh", update],
      ["delete.sh", remove],
    ] as const;
    return files.flatMap(([extension, script]): Artifact[] =>
      typeof script === "string" ? [{ path: `scripts/${fileName(command.name)}.${extension}`, content: script }] : [],
    );
  });

const helm: ArtifactSource = (recording, show) => {
  const releases = ofType(recording, releaseType).map((release) => ({ release, inputs: shownInputs(release, show) }));
  if (releases.length === 0) return [];
  const list = releases.map(({ release, inputs: { values: _, ...inputs } }) => ({
    name: text(inputs.name) ?? release.name,
    after: release.dependencies.map(nameOf),
    ...inputs,
  }));
  return [
    { path: "helm/releases.json", content: json(list) },
    ...releases.map(({ release, inputs }) => ({
      path: `helm/${fileName(text(inputs.name) ?? release.name)}.values.yaml`,
      content: yaml(inputs.values ?? {}),
    })),
  ];
};

const manifests: ArtifactSource = (recording, show) => {
  const taken = new Set<string>();
  return recording.resources.flatMap((resource): Artifact[] => {
    const object = kubernetesObject(resource);
    if (object === undefined || resource.type === releaseType || resource.operation === "delete") return [];
    const { apiVersion, kind, metadata, ...rest } = shownInputs(resource, show);
    const name = object.name ?? resource.name;
    const candidates = [
      fileName(object.kind, name),
      fileName(object.kind, object.namespace ?? "", name),
      fileName(object.kind, resource.name),
    ];
    const file =
      candidates.find((candidate) => !taken.has(candidate)) ?? fileName(object.kind, name, String(taken.size));
    taken.add(file);
    return [{ path: `manifests/${file}.yaml`, content: yaml({ apiVersion, kind, metadata, ...rest }) }];
  });
};

const dns: ArtifactSource = (recording, show) => {
  const records = ofType(recording, "cloudflare:index/dnsRecord:DnsRecord");
  if (records.length === 0) return [];
  return [{ path: "dns.json", content: json(records.map((record) => shownInputs(record, show))) }];
};

/** The way into a simulated cluster: whole, because it opens nothing, but as private as a real one. */
const kubeconfig: ArtifactSource = ({ outputs }) => {
  const content = plainValue(outputs.kubeconfig);
  return typeof content === "string" ? [{ path: "kubeconfig", content, mode: 0o600 }] : [];
};

export const genericSources: readonly ArtifactSource[] = [cloudInit, scripts, helm, manifests, dns, kubeconfig];
