import { expect, test } from "vitest";
import { type HetznerDoorOptions, serveHetzner } from "../../rehearsal/clouds/hetzner/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/hetzner/model.ts";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { client, clock, opened, plain } from "./support.ts";

interface Seen {
  readonly action: { readonly id: number };
  readonly server: { readonly status: string; readonly locked: boolean };
}

async function hetzner(options: HetznerDoorOptions = {}, faults: readonly Fault[] = []) {
  const time = clock();
  const model = createModel({ tokens: ["token"], now: time.now });
  const door = await opened(serveHetzner(model, { now: time.now, faults: createFaults(faults), ...options }));
  const ask = client(door, "Bearer token");
  return {
    model,
    time,
    ask,
    create: async () => (await ask("POST", "/servers", plainServer)).body as Seen,
    act: (verb: string, body?: unknown) => ask("POST", `/servers/104200201/actions/${verb}`, body),
    async seen() {
      const { status, locked } = ((await ask("GET", "/servers/104200201")).body as Seen).server;
      return { status, locked };
    },
  };
}

const plainServer = { name: "a", server_type: "cpx22", image: "debian-13", location: "fsn1" };
const itself = { id: 104_200_201, type: "server" };

test("an action runs for as long as it is told to, and its progress can be watched", async () => {
  const { ask, time, create } = await hetzner({ actionSeconds: 10 });
  const { action } = await create();
  const running = {
    id: 590_000_001,
    command: "create_server",
    status: "running",
    progress: 0,
    started: "2026-11-21T12:00:00+00:00",
    finished: null,
    resources: [itself],
    error: null,
  };
  expect(action).toEqual(running);
  time.pass(4);
  expect(plain(await ask("GET", `/actions/${action.id}`))).toEqual({
    status: 200,
    body: { action: { ...running, progress: 40 } },
  });
  time.pass(6);
  const done = { ...running, status: "success", progress: 100, finished: "2026-11-21T12:00:10+00:00" };
  for (const path of [
    `/actions/${action.id}`,
    `/servers/actions/${action.id}`,
    `/servers/${itself.id}/actions/${action.id}`,
  ])
    expect(plain(await ask("GET", path))).toEqual({ status: 200, body: { action: done } });
});

test("several actions are asked for at once, as clients that wait do", async () => {
  const { ask, create, act } = await hetzner({ actionSeconds: (command) => (command === "stop_server" ? 5 : 0) });
  await create();
  await act("poweroff");
  const { body } = await ask("GET", "/actions?id=590000001&id=590000003&sort=status&sort=id");
  expect((body as { actions: { id: number; status: string }[] }).actions.map(({ id, status }) => [id, status])).toEqual(
    [
      [590_000_003, "running"],
      [590_000_001, "success"],
    ],
  );
});

test("a server is locked, and seen to be on its way, while an action runs on it", async () => {
  const { time, create, act, seen } = await hetzner({ actionSeconds: 10 });
  await create();
  expect(await seen()).toEqual({ status: "initializing", locked: true });
  expect(plain(await act("poweroff"))).toEqual({
    status: 423,
    body: {
      error: {
        code: "locked",
        message: "server 104200201 is busy: action 590000002 (start_server) is running on it",
        details: null,
      },
    },
  });
  time.pass(10);
  expect(await seen()).toEqual({ status: "running", locked: false });
  const passages: [string, unknown, string, string][] = [
    ["shutdown", undefined, "running", "off"],
    ["change_type", { server_type: "cpx32", upgrade_disk: false }, "migrating", "running"],
    ["poweroff", undefined, "stopping", "off"],
    ["poweron", undefined, "starting", "running"],
    ["rebuild", { image: "ubuntu-24.04" }, "rebuilding", "running"],
  ];
  for (const [verb, body, during, after] of passages) {
    expect((await act(verb, body)).status).toBe(201);
    expect(await seen()).toEqual({ status: during, locked: true });
    time.pass(10);
    expect(await seen()).toEqual({ status: after, locked: false });
  }
});

test("a network is changed by one at a time: the second is told to try again", async () => {
  const { ask, time } = await hetzner({ actionSeconds: 1 });
  await ask("POST", "/networks", { name: "net", ip_range: "10.0.0.0/16" });
  const add = (ip_range: string) =>
    ask("POST", "/networks/10400101/actions/add_subnet", { type: "cloud", ip_range, network_zone: "eu-central" });
  expect((await add("10.0.1.0/24")).status).toBe(201);
  expect(plain(await add("10.0.2.0/24"))).toEqual({
    status: 409,
    body: {
      error: {
        code: "conflict",
        message: "network 10400101 is busy: action 590000001 (add_subnet) is running on it",
        details: null,
      },
    },
  });
  time.pass(1);
  expect((await add("10.0.2.0/24")).status).toBe(201);
});

test("a slow action is slow alone", async () => {
  const order: Fault = { match: { method: "POST", path: "/servers" }, kind: "slow-action", seconds: 300 };
  const { time, create, seen } = await hetzner({}, [order]);
  await create();
  time.pass(299);
  expect(await seen()).toEqual({ status: "initializing", locked: true });
  time.pass(1);
  expect(await seen()).toEqual({ status: "running", locked: false });
});

test("an action that fails leaves its error, and does nothing but create", async () => {
  const { ask, create, act, model } = await hetzner({}, [
    { match: { path: "/servers" }, kind: "failed-action", code: "placement_error", message: "no host is left" },
    { match: { path: "/servers/*/actions/poweroff" }, kind: "failed-action" },
  ]);
  const { action } = await create();
  expect(action).toMatchObject({ status: "error", error: { code: "placement_error", message: "no host is left" } });
  expect(model.servers.list()).toHaveLength(1);
  expect(plain(await act("poweroff"))).toMatchObject({
    status: 201,
    body: { action: { status: "error", error: { code: "action_failed", message: "Action failed" } } },
  });
  expect(model.servers.get(itself.id).status).toBe("running");
  expect((await ask("GET", "/servers/104200201/actions?status=error")).body).toMatchObject({
    actions: [{ command: "create_server" }, { command: "stop_server" }],
  });
});
