/** One of Helm's records, a Secret `sh.helm.release.v1.<release>.v<revision>` in the release's namespace. */
export interface HelmRecord {
  readonly secret: string;
  readonly namespace: string;
  readonly release: string;
  readonly revision: number;
  /** `deployed`, `superseded`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `uninstalling`. */
  readonly status: string;
}

/** What a stack knows of a release. */
export interface KnownRelease {
  readonly urn: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent: the state does not have it. */
  readonly state?: "finished" | "unfinished";
  /** The engine was interrupted while it made it. */
  readonly wasBeingMade: boolean;
}

/** What brings a release back to where Helm takes an `up` again. */
export interface ReleaseRemedy {
  readonly urn: string;
  /** `<namespace>/<name>` */
  readonly release: string;
  /** Records to delete. What the release has made in the cluster stays: the next install or upgrade takes it over. */
  readonly records: readonly string[];
  /** Nothing is recorded of it any more: the state has to forget it, so that it is installed and not upgraded. */
  readonly forget: boolean;
  readonly why: string;
}

/**
 * The remedy of one release; undefined when Helm can go on with it.
 *
 * Helm refuses to upgrade a release whose newest record is pending ("another operation is in progress"), for ever, since
 * whoever wrote it is gone; and to install one of which there is any record ("cannot re-use a name that is still in
 * use"). The provider installs what the state does not have and upgrades what it has. Objects that a half-made install
 * has left carry the release's name, and Helm takes those over.
 * Source: helm/helm v3, pkg/action: upgrade.go (errPending), install.go (availableName), validate.go (checkOwnership);
 * pulumi/pulumi-kubernetes, provider/pkg/provider/helm_release.go (helmCreate, helmUpdate).
 */
export function releaseRemedy(known: KnownRelease, all: readonly HelmRecord[]): ReleaseRemedy | undefined {
  const { urn, namespace, name, state, wasBeingMade } = known;
  const records = all
    .filter((record) => record.namespace === namespace && record.release === name)
    .toSorted((a, b) => b.revision - a.revision);
  const [newest] = records;
  const remedy = (removed: readonly HelmRecord[], forget: boolean, why: string): ReleaseRemedy => ({
    ...{ urn, release: `${namespace}/${name}`, records: removed.map(({ secret }) => secret), forget, why },
  });
  if (newest === undefined)
    return state === "unfinished"
      ? remedy([], true, "Helm has no record of it, so there is nothing that could be upgraded")
      : undefined;
  const said = `revision ${newest.revision} is ${newest.status}`;
  if (state === undefined)
    return wasBeingMade || isPending(newest)
      ? remedy(records, false, `${said}, and the state does not have it: it is installed again over what is there`)
      : undefined;
  if (!isPending(newest)) return undefined;
  const settled = records.findIndex((record) => !isPending(record));
  const [before] = settled < 0 ? [] : [records[settled]];
  if (before === undefined) return remedy(records, true, `${said} and nobody is at work on it: it is installed again`);
  return remedy(
    records.slice(0, settled),
    false,
    `${said} and nobody is at work on it: revision ${before.revision}, ${before.status}, is the last again`,
  );
}

const isPending = ({ status }: HelmRecord): boolean => status.startsWith("pending-");
