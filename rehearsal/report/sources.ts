/** The files that any stack's rehearsal leaves: what a preview cannot show. */

import { stringify } from "yaml";
import { bootstrapPath } from "../../lib/bootstrap/bootstrap.ts";
import { isRecord, textOf } from "../../lib/record.ts";
import { readScript } from "../command/script.ts";
import { readUserData } from "../command/user-data.ts";
import { nameOf } from "../engine/urn.ts";
import { plainValue } from "../engine/values.ts";
import { kubernetesObject, releaseType } from "../findings/kubernetes.ts";
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
  return isRecord(shown) ? shown : {};
}

function plainText(value: unknown): string {
  const plain = plainValue(value);
  return typeof plain === "string" ? plain : "";
}

function ofType({ resources }: Recording, type: string): RecordedResource[] {
  return resources.filter((resource) => resource.type === type && resource.operation !== "delete");
}

/** What each machine boots with, and the script in it that sets the machine up. */
const cloudInit: ArtifactSource = (recording, _show, document) =>
  ofType(recording, "hcloud:index/server:Server").flatMap((server): Artifact[] => {
    const content = document(server.inputs.userData);
    if (content === undefined) return [];
    const script = readUserData(content).files[bootstrapPath];
    return [
      { path: `cloud-init/${fileName(server.name)}.yaml`, content },
      ...(script === undefined ? [] : [{ path: `scripts/${fileName(server.name)}.sh`, content: script }]),
    ];
  });

/** What is run over SSH; a script that does nothing is none. */
const scripts: ArtifactSource = (recording, _show, document) =>
  ofType(recording, "command:remote:Command").flatMap(({ name, inputs }) => {
    const files = [
      ["sh", inputs.create],
      ["update.sh", inputs.update],
      ["delete.sh", inputs.delete],
    ] as const;
    return files.flatMap(([extension, script]): Artifact[] => {
      const content = document(script);
      return content?.startsWith("#!") ? [{ path: `scripts/${fileName(name)}.${extension}`, content }] : [];
    });
  });

/** The configuration that each Talos machine is given. */
const talos: ArtifactSource = (recording, _show, document) =>
  ofType(recording, "command:local:Command").flatMap(({ name, inputs }): Artifact[] => {
    if (readScript(plainText(inputs.create)).verb !== "talos-apply") return [];
    const [, configuration = ""] = plainText(inputs.stdin).split("\n");
    const content = document(Buffer.from(configuration, "base64").toString()) ?? "";
    return [{ path: `talos/${fileName(name.replace(/-apply$/, ""))}.yaml`, content }];
  });

const helm: ArtifactSource = (recording, show) => {
  const releases = ofType(recording, releaseType).map((release) => ({ release, inputs: shownInputs(release, show) }));
  if (releases.length === 0) return [];
  const list = releases.map(({ release, inputs: { values: _, ...inputs } }) => ({
    name: textOf(inputs.name) ?? release.name,
    after: release.dependencies.map(nameOf),
    ...inputs,
  }));
  return [
    { path: "helm/releases.json", content: json(list) },
    ...releases.map(({ release, inputs }) => ({
      path: `helm/${fileName(textOf(inputs.name) ?? release.name)}.values.yaml`,
      content: yaml(inputs.values ?? {}),
    })),
  ];
};

const manifests: ArtifactSource = (recording, show) => {
  const objects = recording.resources.flatMap((resource) => {
    const object = kubernetesObject(resource);
    if (object === undefined || resource.type === releaseType || resource.operation === "delete") return [];
    const short = fileName(object.kind, object.name ?? resource.name);
    const long = fileName(object.kind, object.namespace ?? "", object.name ?? resource.name);
    return [{ resource, names: [short, long, fileName(object.kind, resource.name)] }];
  });
  // The shortest name that is one resource's alone: what it has in common with another says nothing.
  const uses = new Map<string, number>();
  for (const { names } of objects) for (const name of new Set(names)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return objects.map(({ resource, names }, index): Artifact => {
    const { apiVersion, kind, metadata, ...rest } = shownInputs(resource, show);
    const name = names.find((candidate) => uses.get(candidate) === 1) ?? fileName(names[0] ?? "", String(index));
    return { path: `manifests/${name}.yaml`, content: yaml({ apiVersion, kind, metadata, ...rest }) };
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

export const genericSources: readonly ArtifactSource[] = [cloudInit, scripts, talos, helm, manifests, dns, kubeconfig];
