import { isRecord } from "../../../lib/record.ts";
import { durations } from "../../durations.ts";
import { type Api, defaultClass, type InstalledRelease } from "../api.ts";
import { chartName } from "../charts.ts";
import { type Giver, now, type ReadinessRule, type Verdict } from "./rule.ts";

/** A claim whose storage class does not exist stays Pending, and its pod with it. */
export const storage: ReadinessRule = (situation) => {
  const { api, needs, subject } = situation;
  const known = classes(api);
  const verdicts = needs.claims.map(({ storageClass }): Verdict => {
    const found = known.find((each) => (storageClass === undefined ? each.isDefault : each.name === storageClass));
    if (found === undefined) {
      const wanted = storageClass === undefined ? "a default storage class" : `the storage class ${storageClass}`;
      return {
        kind: "never",
        reason: `${wanted} does not exist (there are: ${known.map(({ name }) => name).join(", ") || "none"}): its volume claims stay Pending`,
        remedy: `let ${subject} depend on what makes ${wanted}, or name another`,
      };
    }
    return { kind: "from", time: found.from, ...(found.by === undefined ? {} : { by: found.by }) };
  });
  return verdicts.find(({ kind }) => kind === "never") ?? latest(verdicts) ?? now(situation);
};

function latest(verdicts: readonly Verdict[]): Verdict | undefined {
  return [...verdicts].sort((a, b) => (b.kind === "from" ? b.time : 0) - (a.kind === "from" ? a.time : 0))[0];
}

interface Class {
  readonly name: string;
  readonly isDefault: boolean;
  readonly from: number;
  readonly by?: Giver;
}

function classes(api: Api): Class[] {
  const objects = [...api.objects.values()]
    .filter(({ kind }) => kind.group === "storage.k8s.io" && kind.kind === "StorageClass")
    .map(({ name, inputs, from, urn }): Class => {
      const metadata = isRecord(inputs.metadata) ? inputs.metadata : {};
      const annotations = isRecord(metadata.annotations) ? metadata.annotations : {};
      const by = urn === undefined ? {} : { by: { urn, resource: name, gives: `the storage class ${name}` } };
      return { name, isDefault: annotations[defaultClass] === "true", from, ...by };
    });
  return [...objects, ...[...api.releases.values()].flatMap(chartClasses)];
}

/** The classes that storage charts make. Source: their values.yaml and templates. */
function chartClasses(release: InstalledRelease): Class[] {
  const { values } = release;
  const made = (name: string, isDefault: boolean): Class => ({
    name,
    isDefault,
    from: release.readyAt,
    by: { urn: release.urn, resource: release.resource, gives: `the storage class ${name}` },
  });
  const field = (of: unknown, key: string): unknown => (isRecord(of) ? of[key] : undefined);
  const listed = (list: unknown, flag: string, unset: readonly Class[]): Class[] =>
    Array.isArray(list)
      ? list.filter(isRecord).map((each) => made(String(each.name), each[flag] === true))
      : [...unset];
  switch (chartName(release.chart)) {
    case "hcloud-csi":
      return listed(values.storageClasses, "defaultStorageClass", [made("hcloud-volumes", true)]);
    case "longhorn":
      return [made("longhorn", field(values.persistence, "defaultClass") !== false), made("longhorn-static", false)];
    case "nfs-subdir-external-provisioner":
      return [
        made(
          String(field(values.storageClass, "name") ?? "nfs-client"),
          field(values.storageClass, "defaultClass") === true,
        ),
      ];
    case "democratic-csi":
      return listed(values.storageClasses, "defaultClass", []);
    case "proxmox-csi-plugin":
      return (Array.isArray(values.storageClass) ? values.storageClass : [])
        .filter(isRecord)
        .map((each) => made(String(each.name), field(each.annotations, defaultClass) === "true"));
    case "local-path-provisioner":
      return [
        made(
          String(field(values.storageClass, "name") ?? "local-path"),
          field(values.storageClass, "defaultClass") === true,
        ),
      ];
    case "rook-ceph-cluster":
      return rookClasses(values).map(({ name, isDefault }) => ({
        ...made(name, isDefault),
        from: release.readyAt + durations.kubernetes.ceph,
      }));
    default:
      return [];
  }
}

function rookClasses(
  values: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly isDefault: boolean }[] {
  const parts = [
    ["cephBlockPools", { name: "ceph-block", isDefault: true }],
    ["cephFileSystems", { name: "ceph-filesystem", isDefault: false }],
    ["cephObjectStores", { name: "ceph-bucket", isDefault: false }],
  ] as const;
  return parts.flatMap(([key, unset]) => {
    const list = values[key];
    if (!Array.isArray(list)) return [unset];
    return list.flatMap((pool: unknown) => {
      const made = isRecord(pool) ? pool.storageClass : undefined;
      if (!isRecord(made) || made.enabled === false) return [];
      return [{ name: String(made.name), isDefault: made.isDefault === true }];
    });
  });
}
