import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** A Pulumi that is on this machine already. Nothing here ever downloads one. */
export interface Installation {
  /** The program `pulumi`: never npm's wrapper of that name, which downloads an engine when it is called. */
  readonly engine: string;
  /** What PATH has to be for the engine to find its language host and its plugins. */
  readonly path: string;
  /** Directory of plugins that `pulumi plugin install` fills; absent when there is none. */
  readonly plugins?: string;
}

/** Where things are looked for. */
export interface Places {
  /** Directories as in the variable PATH. */
  readonly path: string;
  /** As PULUMI_HOME. */
  readonly home: string;
}

const here = (): Places => ({
  path: process.env.PATH ?? "",
  home: process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"),
});

/** The installed engine; undefined when there is none. */
export function findInstallation({ path, home }: Places = here()): Installation | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const onPath = folders.find((folder) => isEngine(join(folder, "pulumi")));
  const own = versions(home).find((folder) => isEngine(join(folder, "pulumi")));
  const folder = onPath ?? own;
  if (folder === undefined) return undefined;
  const plugins = join(home, "plugins");
  return {
    engine: join(folder, "pulumi"),
    // The wrapper's folder out of the way, and this very Node for the program.
    path: [join(process.execPath, ".."), folder, ...folders.filter((other) => !holdsWrapper(other))].join(delimiter),
    ...(existsSync(plugins) ? { plugins } : {}),
  };
}

/** Names of the plugins that are neither on PATH nor installed. */
export function missingPlugins(installation: Installation, names: readonly string[]): readonly string[] {
  const installed = installation.plugins === undefined ? [] : readdirSync(installation.plugins);
  return names.filter(
    (name) =>
      !installation.path.split(delimiter).some((folder) => isExecutable(join(folder, `pulumi-resource-${name}`))) &&
      !installed.some((entry) => entry.startsWith(`resource-${name}-v`) && !/\.(lock|partial)$/.test(entry)),
  );
}

/** npm's wrapper keeps the engines that it has downloaded here. The newest first. */
function versions(home: string): readonly string[] {
  const folder = join(home, "versions");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((version) => join(folder, version, "bin"));
}

function isEngine(path: string): boolean {
  return isExecutable(path) && !realpathSync(path).includes("/node_modules/");
}

function holdsWrapper(folder: string): boolean {
  const path = join(folder, "pulumi");
  return isExecutable(path) && !isEngine(path);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
