import { beforeAll, expect, test } from "vitest";
import type { Run } from "../../rehearsal/engine/events.ts";
import { runProgram } from "../../rehearsal/engine/run.ts";
import { emptyState } from "../../rehearsal/engine/state.ts";
import { plain } from "../../rehearsal/engine/values.ts";
import { createWorld } from "../../rehearsal/world.ts";
import { engineConfig, fixtures, readStackFile } from "../helpers/stack-file.ts";

/** Talos on Hetzner, of which no example speaks: the fixture of the configuration, made once. */
const { config, secretKeys } = engineConfig(readStackFile(new URL("valid/talos-hetzner.yaml", fixtures)));
let run: Run;

beforeAll(async () => {
  const world = createWorld({ stack: "cloud", config, secrets: secretKeys.map((key) => config[key] ?? "") });
  ({ recording: run } = await runProgram({
    ...{ projectDir: process.cwd(), project: "groundwork", stack: "cloud", config, secretKeys, models: world.models },
    state: emptyState,
  }));
}, 60_000);

test("servers boot the snapshot without user data, are met through the tailnet's router, and become a cluster", () => {
  expect(run.steps.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`]))).toEqual([]);
  expect(run.findings).toEqual([]);
  expect(run.outputs.established).toEqual(["cp-1", "worker-1"]);
  const servers = run.resources
    .filter(({ type, name }) => type === "hcloud:index/server:Server" && !name.endsWith("gateway"))
    .map(({ inputs }) => plain(inputs));
  expect(servers.map(({ name, image, userData }) => ({ name, image, userData }))).toEqual([
    { name: "cloud-cp-1", image: "123456789", userData: undefined },
    { name: "cloud-worker-1", image: "123456789", userData: undefined },
  ]);
  // Nobody asks a machine behind the router before that is in the tailnet.
  const at = (name: string): { readonly start: number; readonly end: number } => {
    const step = run.steps.find((each) => each.name === name);
    if (step === undefined) throw new Error(`no ${name}`);
    return step;
  };
  expect(at("cp-1-apply").start).toBeGreaterThanOrEqual(at("main-gateway-host-key-install").end);
});
