import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Content of a file; undefined when it is not there. */
export function readIf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Names in a folder, sorted; none when it is not there. */
export function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whoever reads the file at the same time finds the old content or the new. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

/** Paths of all files below a folder, relative to it, sorted. */
export function walk(folder: string, prefix = ""): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? walk(join(folder, entry.name), path) : [path];
    })
    .sort();
}

/** A file's mode, as `chmod` takes it. */
export function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** Where a program of this machine is. */
export function programPath(name: string): string {
  const found = ["/usr/bin", "/bin"].map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error(`simulated machines need ${name}, which this one does not have → install it`);
  }
  return found;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
