import { spawn } from "node:child_process";
import { join } from "node:path";
import { inOwnNetwork, whyNoOwnNetwork } from "../../rehearsal/hosts/own-network.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import {
  controlPlanePrograms,
  ensurePrograms,
  missingPrograms,
  programs,
} from "../../rehearsal/pulumi/kube/binaries.ts";
import { missingForStacks, noEngine } from "../../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";

// `npm run test:engine`: the engine tests in a network of their own, where simulated machines have their real addresses
// and nothing leads out. What is missing is said first; arguments go on to vitest.

const say = (line: string): void => void process.stderr.write(`${line}\n`);

if (findInstallation() === undefined) say(`missing: ${noEngine}. Its tests are skipped and count for nothing.`);
for (const line of missingPrograms(programs)) say(`missing: ${line}`);

// Inside there is no module proxy to build from.
const present = [...controlPlanePrograms, "helm" as const, "kubectl" as const];
if (missingPrograms(present).length === 0) await ensurePrograms(present, say);

const vitest = [
  process.execPath,
  join(import.meta.dirname, "../../node_modules/vitest/vitest.mjs"),
  "run",
  "--config",
  "vitest.engine.config.ts",
  ...process.argv.slice(2),
];
const noNetwork = whyNoOwnNetwork();
if (noNetwork !== undefined) say(`missing: ${noNetwork}. Tests of whole stacks are skipped and count for nothing.`);
const plugins = pluginsOf(join(import.meta.dirname, "../..")).map(({ name }) => name);
const missing = missingForStacks(plugins, { isolated: noNetwork === undefined });
if (missing.length > 0 && process.env.GROUNDWORK_ENGINE === "required") {
  say(`${missing.join("\n")}\nGROUNDWORK_ENGINE=required: nothing may be skipped, so nothing was tried.`);
  process.exit(1);
}
const [command, ...rest] = noNetwork === undefined ? inOwnNetwork(vitest) : (vitest as [string, ...string[]]);
spawn(command, rest, { stdio: "inherit" }).on("close", (code) => {
  process.exitCode = code ?? 1;
});
