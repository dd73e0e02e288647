import { shellAssignments, stepHeader } from "./bootstrap/shell.ts";
import { listed } from "./words.ts";

/** Where to get a program that steps call on the machine that runs the program. */
const sources = {
  docker: "https://docs.docker.com/engine/install",
  k3d: "https://k3d.io/#installation",
  kubectl: "https://kubernetes.io/docs/tasks/tools",
  talosctl: "https://docs.siderolabs.com/talos/latest/getting-started/talosctl",
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

/** A script that prints those of the programs that are not on PATH, a line each. */
export function toolsStep(tools: readonly Tool[]): string {
  const params = { tools: tools.join(" ") };
  return [
    "#!/bin/sh",
    stepHeader("tools", params),
    "set -eu",
    `${shellAssignments(params)}for tool in $tools; do`,
    '  command -v "$tool" >/dev/null 2>&1 || printf "%s\\n" "$tool"',
    "done",
    "",
  ].join("\n");
}

/** Why nothing can be done here, from what the script printed; undefined when all are there. */
export function missingTools(printed: string, tools: readonly Tool[]): string | undefined {
  const missing = tools.filter((tool) => printed.split("\n").includes(tool));
  if (missing.length === 0) return undefined;
  const where = missing.map((tool) => `${tool}: ${sources[tool]}`).join("; ");
  return `no ${listed(missing, "and")} on PATH, by which this machine makes the cluster; nothing was made → install ${missing.length === 1 ? "it" : "them"} (${where}), then run again`;
}
