import { buffer, text as readText } from "node:stream/consumers";
import { createGunzip, gzipSync } from "node:zlib";
import { type Extract, extract, pack } from "tar-stream";
import { parse, stringify } from "yaml";
import { messageOf } from "../../../lib/words.ts";

// Chart packages: a gzipped tar of one directory that is named as the chart. helm.sh/docs/topics/charts

/** The same bytes for the same files, so that a chart's digest in the index does not change by itself. */
export async function packChart(name: string, files: ReadonlyMap<string, string>): Promise<Buffer> {
  const archive = pack();
  const bytes = buffer(archive);
  for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    archive.entry({ name: `${name}/${path}`, mtime: new Date(0), mode: 0o644 }, text);
  }
  archive.finalize();
  return gzipSync(await bytes);
}

export interface ChartIdentity {
  readonly name: string;
  readonly version: string;
}

/**
 * Name and version in a package's Chart.yaml.
 * @throws naming `file` when it is no chart package.
 */
export async function readIdentity(archive: Buffer, file: string): Promise<ChartIdentity> {
  try {
    for await (const entry of entriesOf(archive)) {
      if (isOwn(entry.header.name)) return identity(parse(await readText(entry)));
      entry.resume();
    }
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`${file} is no chart package: ${reason} → put the .tgz there that helm pull writes`);
  }
  throw new Error(`${file} is no chart package: it has no Chart.yaml → put the .tgz there that helm pull writes`);
}

/** The same chart under another version: what an upgrade changes when a chart's author has changed nothing else. */
export async function withVersion(archive: Buffer, version: string): Promise<Buffer> {
  const copy = pack();
  const bytes = buffer(copy);
  for await (const entry of entriesOf(archive)) {
    const body = await buffer(entry);
    const { name, mode, type } = entry.header;
    const own = isOwn(name) ? Buffer.from(stringify({ ...parse(body.toString()), version })) : body;
    copy.entry({ name, mtime: new Date(0), ...(mode === undefined ? {} : { mode }), type: type ?? "file" }, own);
  }
  copy.finalize();
  return gzipSync(await bytes);
}

/** What is in a package, to be read in order. Fails where it is no gzipped tar. */
export function entriesOf(archive: Buffer): Extract {
  const entries = extract();
  const gunzip = createGunzip();
  gunzip.once("error", (error) => entries.destroy(error));
  gunzip.pipe(entries);
  gunzip.end(archive);
  return entries;
}

/** Charts that a chart depends on are further down: only the first level is its own. */
const isOwn = (name: string): boolean => /^(\.\/)?[^/]+\/Chart\.yaml$/.test(name);

function identity(chart: unknown): ChartIdentity {
  if (typeof chart === "object" && chart !== null && "name" in chart && "version" in chart) {
    const { name, version } = chart;
    if (typeof name === "string" && typeof version === "string") return { name, version };
  }
  throw new Error("its Chart.yaml has no name and version");
}
