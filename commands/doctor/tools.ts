import { spawnSync } from "node:child_process";
import { type Tool, toolFault, toolsStep } from "../../lib/tools.ts";
import { findInstallation, missingPlugins } from "../../rehearsal/pulumi/installation.ts";
import { noEngine } from "../../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { findOnPath } from "../path.ts";
import { type Check, well, wrong } from "./check.ts";

export interface ToolsArgs {
  /** With `node_modules`. */
  readonly projectDir: string;
  /** What the stack's steps call on this machine. */
  readonly tools: readonly Tool[];
}

/** What the stack's runs start on this machine. */
export function checkTools({ projectDir, tools }: ToolsArgs): readonly Check[] {
  const installation = findInstallation();
  const [problem = noEngine, cure = ""] = noEngine.split(" → ");
  const engine = installation === undefined ? wrong("pulumi", problem, cure) : well("pulumi", installation.engine);
  const names = pluginsOf(projectDir).map(({ name }) => name);
  const missing = installation === undefined ? [] : missingPlugins(installation, names);
  return [
    engine,
    ...(missing.length === 0
      ? []
      : [
          wrong(
            "plugins",
            `not installed: ${missing.join(", ")}`,
            "npm run plugins; or pulumi up, which downloads them",
          ),
        ]),
    ...checkPrograms(tools),
  ];
}

/** As a run looks at them, before it makes anything. */
export function checkPrograms(tools: readonly Tool[]): readonly Check[] {
  if (tools.length === 0) return [];
  const { stdout } = spawnSync("/bin/sh", ["-c", toolsStep(tools)], { encoding: "utf8" });
  return tools.map((tool) => {
    const fault = toolFault(stdout, tool);
    return fault === undefined ? well(tool, findOnPath(tool) ?? "is there") : wrong(tool, fault.problem, fault.remedy);
  });
}
