import { buffer } from "node:stream/consumers";
import { entriesOf } from "../../rehearsal/pulumi/charts/package.ts";

/**
 * Text files of a chart package by their path below the chart's directory; packages of subcharts are unpacked in place.
 * @throws when it is no gzipped tar.
 */
export async function unpackChart(archive: Buffer): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of entriesOf(archive)) {
    const path = entry.header.name.replace(/^\.\//, "").replace(/^[^/]+\//, "");
    const bytes = await buffer(entry);
    const inner = /^(charts\/(?:[^/]+\/charts\/)*)[^/]+\.tgz$/.exec(path);
    if (inner === null) {
      files.set(path, bytes.toString("utf8"));
      continue;
    }
    const unpacked = await unpackChart(bytes);
    const name = /^name:\s*"?([^\s"#]+)/m.exec(unpacked.get("Chart.yaml") ?? "")?.[1] ?? "";
    for (const [below, text] of unpacked) files.set(`${String(inner[1])}${name}/${below}`, text);
  }
  return files;
}
