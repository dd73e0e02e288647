import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkPrograms } from "../../commands/doctor/tools.ts";
import { readStage } from "../../commands/stage.ts";
import { stageTools } from "../../config/tools.ts";
import { missingTools, toolsOf, toolsStep, unfitTools } from "../../lib/tools.ts";
import { DockerError } from "../../rehearsal/docker/daemon.ts";
import { runProgram } from "../../rehearsal/engine/run.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { emptyState } from "../../rehearsal/engine/state.ts";
import { createWorld } from "../../rehearsal/world.ts";
import { DockerMachine } from "../harness/docker.ts";

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

test("doctor looks at programs as a run does", () => {
  const path = process.env.PATH;
  try {
    process.env.PATH = bin;
    expect(checkPrograms(["talosctl", "k3d"])).toEqual([
      { about: "talosctl", state: "well", message: join(bin, "talosctl") },
      {
        about: "k3d",
        state: "wrong",
        message: "is not on PATH",
        remedy: "install it: https://k3d.io/#installation",
      },
    ]);
  } finally {
    process.env.PATH = path;
  }
});

test("a stage whose Docker is on a machine of its own needs none here", () => {
  const { stage } = readStage(process.cwd(), "homelab-staging");
  expect(stageTools(stage)).toEqual([]);
  expect(stageTools({ ...stage, pools: {} })).toEqual(["docker", "k3d"]);
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

test("a Docker that does not answer is told in its own words, by the script itself", async () => {
  const on = new DockerMachine();
  const look = async () => (await on.run(toolsStep(toolsOf("k3d")))).stdout;
  expect(unfitTools(await look(), toolsOf("k3d"))).toEqual([]);
  on.standIn.broken = new DockerError("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.");
  expect(unfitTools(await look(), toolsOf("k3d"))).toEqual([
    "docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. → start it, or point DOCKER_HOST or 'docker context use' at one that runs",
  ]);
  await on.remove();
});

test.each([
  ["docker 20.10.24+dfsg1\nk3d 5.9.0\n", []],
  ["docker 29.1.2\nk3d 5.10.0-rc.1\n", []],
  [
    "docker 20.10.4\nk3d 5.8.3\n",
    [
      "docker is 20.10.4 on this machine → install 20.10.5 or later: https://docs.docker.com/engine/install",
      "k3d is 5.8.3 on this machine → install 5.9.0 or later: https://k3d.io/#installation",
    ],
  ],
  ["docker 29.1.2\nk3d silent:\n", ["k3d does not answer → see what 'k3d version' says"]],
])("versions are compared as such: %j", (text, expected) => {
  expect(unfitTools(text, toolsOf("k3d"))).toEqual(expected);
});
