import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { chartName } from "../../lib/platform/mirror.ts";
import type { Chart } from "../../lib/platform/release.ts";

const run = promisify(execFile);

/** A chart's package, or why it is not to be had. */
export type Obtained = { readonly file: string; readonly archive: Buffer } | { readonly missing: string };

export interface ObtainArgs {
  readonly chart: Chart;
  /** A directory of packages, instead of the chart's own repository. */
  readonly directory: string | undefined;
  /** Helm's program; undefined where it is not installed. */
  readonly helm: string | undefined;
  /** Where to put what is pulled. */
  readonly scratch: string;
}

export async function obtain({ chart, directory, helm, scratch }: ObtainArgs): Promise<Obtained> {
  const name = chartName(chart.chart);
  if (directory !== undefined) {
    const file = join(directory, `${name}-${chart.version}.tgz`);
    if (existsSync(file)) return { file, archive: readFileSync(file) };
    const others = readdirSync(directory).filter((each) => new RegExp(`^${name}-v?\\d.*\\.tgz$`).test(each));
    return { missing: `${file} is not there${others.length > 0 ? `, only ${others.join(", ")}` : ""}` };
  }
  if (helm === undefined) return { missing: "it takes helm to pull it, and helm is not installed" };
  const into = mkdtempSync(join(scratch, "pulled-"));
  const from = chart.repository === undefined ? [] : ["--repo", chart.repository];
  try {
    await run(helm, ["pull", chart.chart, ...from, "--version", chart.version, "--destination", into], {
      timeout: 60_000,
    });
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return { missing: output.trim().split("\n").at(-1) ?? "" };
  }
  const file = join(into, readdirSync(into).find((each) => each.endsWith(".tgz")) ?? "");
  return { file, archive: readFileSync(file) };
}
