/**
 * `npm run plugins`: installs the provider plugins of the dependencies, each in its dependency's very version, with the
 * CLI that is on PATH. Exit code 1 when there is no CLI, or when it could not install one.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findInstallation } from "../rehearsal/pulumi/installation.ts";
import { noEngine } from "../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../rehearsal/pulumi/plugins.ts";

const installation = findInstallation();
if (installation === undefined) {
  process.stderr.write(`${noEngine}\n`);
  process.exitCode = 1;
} else {
  for (const { name, version, server } of pluginsOf(fileURLToPath(new URL("..", import.meta.url)))) {
    const from = server === undefined ? [] : ["--server", server];
    const { status, error } = spawnSync(
      installation.engine,
      ["plugin", "install", "resource", name, version, ...from],
      {
        stdio: "inherit",
        env: { ...process.env, PATH: installation.path },
      },
    );
    if (status === 0) continue;
    process.stderr.write(
      `plugin ${name} ${version} was not installed${error === undefined ? "" : `: ${error.message}`}\n`,
    );
    process.exitCode = 1;
  }
}
