import { findInstallation, missingPlugins } from "../../rehearsal/pulumi/installation.ts";
import { noEngine } from "../../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { findOnPath } from "../path.ts";
import { type Check, well, wrong } from "./check.ts";

export interface ToolsArgs {
  /** With `node_modules`. */
  readonly projectDir: string;
  readonly distribution: "k3s" | "k3d" | "talos";
}

interface Tool {
  readonly name: string;
  readonly why: string;
  readonly remedy: string;
}

const tools = {
  k3s: [],
  k3d: [
    { name: "docker", why: "nodes are containers", remedy: "docs.docker.com/engine/install" },
    { name: "k3d", why: "it makes the cluster", remedy: "k3d.io, v5.9.0 or later" },
  ],
  talos: [
    { name: "talosctl", why: "it speaks to the nodes", remedy: "talos.dev, the release of the cluster's version" },
  ],
} as const satisfies Readonly<Record<ToolsArgs["distribution"], readonly Tool[]>>;

/** What the stack's runs start on this machine. */
export function checkTools({ projectDir, distribution }: ToolsArgs): readonly Check[] {
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
    ...tools[distribution].map(({ name, why, remedy }) => {
      const path = findOnPath(name);
      return path === undefined ? wrong(name, `not on PATH; ${why}`, remedy) : well(name, path);
    }),
  ];
}
