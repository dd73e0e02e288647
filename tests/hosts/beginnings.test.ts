import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { bootWaitStep } from "../../lib/k3s/steps.ts";
import { offerDownloads } from "../../rehearsal/hosts/downloads.ts";
import type { Machine } from "../../rehearsal/hosts/machine.ts";
import { rigs } from "./rigs.ts";
import { join, member } from "./steps.ts";

vi.setConfig({ testTimeout: 60_000 });

const rigOf = rigs();

const ok = { code: 0 };

test("a single control plane grows to three without ceasing to be the same cluster", async () => {
  const rig = rigOf();
  rig.gateway();
  const first = rig.node("cp", 1, true);
  expect(await rig.run(first, join("cp", 1))).toMatchObject(ok);
  expect(await rig.run(first, member("cp", 1))).toMatchObject(ok);
  // A cluster that stands is joined one by one; both machines may boot meanwhile.
  const more = [2, 3].map((number) => [number, rig.node("cp", number)] as const);
  for (const [number, machine] of more) {
    expect(await rig.run(machine, join("cp", number))).toMatchObject(ok);
    expect(await rig.run(first, member("cp", number))).toMatchObject(ok);
  }
  expect(rig.world.clusters().map(({ members }) => members)).toEqual([["cp-1", "cp-2", "cp-3"]]);
});

test("control planes that are all started at once, the first one last, are one cluster", async () => {
  const rig = rigOf();
  await rig.gateway().booted;
  const [third, second, first] = [rig.node("cp", 3), rig.node("cp", 2), rig.node("cp", 1, true)];
  const late = [rig.run(third, join("cp", 3)), rig.run(second, join("cp", 2))];
  await first.booted;
  await sleep(500);
  expect(rig.world.clusters()).toEqual([]);
  expect(await rig.run(first, join("cp", 1))).toMatchObject(ok);
  expect(await Promise.all(late)).toMatchObject([ok, ok]);
  expect(rig.world.clusters().map(({ members }) => members)).toEqual([["cp-1", "cp-2", "cp-3"]]);
});

/** The gateway, with its power cut and given back when its bootstrap has called a command; then waited for over SSH. */
async function interrupted(at: RegExp | undefined): Promise<Machine> {
  const rig = rigOf();
  const gateway = rig.gateway();
  if (at !== undefined) {
    while (!gateway.host.log().some((line) => at.test(line))) await sleep(5);
    gateway.reboot();
  }
  await gateway.booted;
  const session = await rig.jump();
  expect(await session.run(bootWaitStep({ timeout: 600 }))).toMatchObject(ok);
  session.end();
  return gateway;
}

test("a machine that loses its power in the middle of setting itself up goes on at the next boot", async () => {
  const view = ({ host }: Machine) => [
    Object.entries(host.tree()).filter(([path]) => !path.startsWith("var/log/")),
    ["default-route", "mtu-enp7s0", "nft/groundwork_gateway", "nft/groundwork_metadata"].map((name) =>
      host.stateOf(name),
    ),
  ];
  const straight = view(await interrupted(undefined));
  for (const at of [/^systemctl mask/, /^apt-get .*install/, /^nft/]) {
    expect([at, view(await interrupted(at))]).toEqual([at, straight]);
  }
});

test("a bootstrap that cannot succeed is told, and succeeds at the next boot when its reason is gone", async () => {
  const rig = rigOf({ speed: 200 });
  rig.world.download("k3s", "not what was pinned\n");
  rig.gateway();
  const worker = rig.node("worker", 1);
  const refused = await rig.run(worker, { script: bootWaitStep({ timeout: 3600 }) });
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("cloud-init says: status: error");
  expect(refused.stderr).toContain("the step that failed: k3s");
  offerDownloads(rig.world);
  worker.reboot();
  expect(await rig.run(worker, { script: bootWaitStep({ timeout: 3600 }) })).toMatchObject(ok);
});
