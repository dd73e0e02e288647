import semver from "semver";
import { shellBody } from "./bootstrap/assets.ts";
import { stepHead } from "./bootstrap/shell.ts";
import { dockerMinimum, k3dRelease } from "./versions.ts";
import { listed } from "./words.ts";

/** Where to get a program that steps call on the machine that runs the program. */
const sources = {
  docker: "https://docs.docker.com/engine/install",
  k3d: "https://k3d.io/#installation",
  kubectl: "https://kubernetes.io/docs/tasks/tools",
  talosctl: "https://docs.siderolabs.com/talos/latest/getting-started/talosctl",
} as const;

/** Releases that steps need at least, and what helps when a program that is there does not answer. */
const least = {
  docker: {
    version: dockerMinimum,
    revive: "start it, or point DOCKER_HOST or 'docker context use' at one that runs",
  },
  k3d: { version: k3dRelease.version.slice(1), revive: "see what 'k3d version' says" },
} as const;

export type Tool = keyof typeof sources;

/** Programs that the steps of a cluster call here; those of k3s run on the machines themselves. */
export function toolsOf(distribution: "k3s" | "k3d" | "talos"): readonly Tool[] {
  switch (distribution) {
    case "k3s":
      return [];
    case "k3d":
      return ["docker", "k3d"];
    case "talos":
      return ["talosctl", "kubectl"];
    default: {
      const unknown: never = distribution;
      throw new Error(`unknown distribution: ${String(unknown)}`);
    }
  }
}

/**
 * A script that prints a line for each of the programs that is not on PATH, with its name alone, and for those that have a
 * least version one with theirs: `docker 29.1.2`, or `docker silent: ` and what it says.
 */
export function toolsStep(tools: readonly Tool[]): string {
  const params = { tools: tools.join(" ") };
  return stepHead("tools", params) + shellBody("steps/tools.sh");
}

/** Why nothing can be done here, from what the script printed; undefined when all are there. */
export function missingTools(printed: string, tools: readonly Tool[]): string | undefined {
  const missing = tools.filter((tool) => printed.split("\n").includes(tool));
  if (missing.length === 0) return undefined;
  const where = missing.map((tool) => `${tool}: ${sources[tool]}`).join("; ");
  return `no ${listed(missing, "and")} on PATH, by which this machine makes the cluster; nothing was made → install ${missing.length === 1 ? "it" : "them"} (${where}), then run again`;
}

/** Something about a program that will not do. */
export interface ToolFault {
  readonly tool: Tool;
  /** A clause whose subject is the program. */
  readonly problem: string;
  readonly remedy: string;
}

/** What the script printed says of one program; undefined when it will do. */
export function toolFault(printed: string, tool: Tool): ToolFault | undefined {
  const line = printed.split("\n").find((each) => each === tool || each.startsWith(`${tool} `));
  if (line === tool) return { tool, problem: "is not on PATH", remedy: `install it: ${sources[tool]}` };
  if (line === undefined || !(tool === "docker" || tool === "k3d")) return undefined;
  const said = line.slice(tool.length + 1).trim();
  const { version, revive } = least[tool];
  const found = said.startsWith("silent") ? null : semver.coerce(said);
  if (found === null) {
    const words = said.replace(/^silent:? ?/, "");
    return { tool, problem: `does not answer${words === "" ? "" : `: ${words}`}`, remedy: revive };
  }
  return semver.gte(found, version)
    ? undefined
    : {
        tool,
        problem: `is ${said} on this machine`,
        remedy: `install ${version} or later: ${sources[tool]}`,
      };
}

/** What of the programs that are there will not do, from what the script printed: a sentence each, with its remedy. */
export function unfitTools(printed: string, tools: readonly Tool[]): readonly string[] {
  const lines = printed.split("\n");
  return tools
    .filter((tool) => !lines.includes(tool))
    .flatMap((tool) => toolFault(printed, tool) ?? [])
    .map(({ tool, problem, remedy }) => `${tool} ${problem} → ${remedy}`);
}
