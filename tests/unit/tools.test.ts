import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { missingTools, toolsOf, toolsStep } from "../../lib/tools.ts";
import { runProgram } from "../../rehearsal/engine/run.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { emptyState } from "../../rehearsal/engine/state.ts";
import { createWorld } from "../../rehearsal/world.ts";

const bin = mkdtempSync(join(tmpdir(), "groundwork-tools-"));
afterAll(() => rmSync(bin, { recursive: true }));

const tools = toolsOf("talos");
const printed = () => spawnSync("/bin/sh", ["-c", toolsStep(tools)], { encoding: "utf8", env: { PATH: bin } }).stdout;

test("programs that are not on PATH are named together, with where to get them", () => {
  expect(missingTools(printed(), tools)).toBe(
    "no talosctl and kubectl on PATH, by which this machine makes the cluster; nothing was made → install them (talosctl: https://docs.siderolabs.com/talos/latest/getting-started/talosctl; kubectl: https://kubernetes.io/docs/tasks/tools), then run again",
  );
  for (const tool of ["talosctl", "kubectl"]) {
    writeFileSync(join(bin, tool), "");
    chmodSync(join(bin, tool), 0o755);
  }
  expect(printed()).toBe("");
  expect(missingTools("", tools)).toBeUndefined();
});

test("a stage whose tools are missing registers nothing at all", async () => {
  const { project, config, secretKeys, canaries } = loadStackConfig(process.cwd(), "talos-proxmox");
  const world = createWorld(
    { stack: "talos-proxmox", config, secrets: [...canaries.values()] },
    { missingTools: ["talosctl"] },
  );
  const { recording } = await runProgram({
    ...{ projectDir: process.cwd(), project, stack: "talos-proxmox", config, secretKeys },
    ...{ models: world.models, state: emptyState },
  });
  expect(recording.failure).toContain("no talosctl on PATH, by which this machine makes the cluster; nothing was made");
  expect(recording.steps.filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
  expect(world.proxmox.machines()).toEqual([]);
}, 60_000);
