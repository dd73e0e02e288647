import { nodeDocument } from "../../lib/bootstrap/document.ts";
import type { Authorities } from "../../lib/k3s/authority.ts";
import { joinStdin, joinStep, leaveStep, memberStep } from "../../lib/k3s/steps.ts";
import { type Host, type Outcome, type RunArgs, World } from "./host.ts";
import { k3s, node, nodeArgs } from "./systems.ts";

/** The reference system's control planes and workers, each step run as the program runs it. */

export type Pool = "cp" | "worker";

const controlPlanes = [1, 2, 3, 4, 5];

/** A machine that cloud-init has set up: its files are there, k3s is not started. */
export function machine(world: World, pool: Pool, number: number, mayInitialise = false): Host {
  const { name, address } = node(pool, number);
  const host = world.host(name, address);
  host.boot();
  host.place(nodeDocument(nodeArgs(pool, number, { mayInitialise })));
  host.write("/usr/local/bin/k3s", "k3s\n", "0755");
  host.write("/var/lib/groundwork/bootstrapped", "digest\n");
  return host;
}

/** The machine as it is. */
export function at(world: World, pool: Pool, number: number): Host {
  const { name, address } = node(pool, number);
  return world.host(name, address);
}

export function joinArgs(pool: Pool, number: number, timeout = 300, authorities?: Authorities): RunArgs {
  const { name, role } = node(pool, number);
  const peers = controlPlanes
    .filter((other) => pool !== "cp" || other !== number)
    .map((other) => `${node("cp", other).address}:6443`);
  return {
    script: joinStep({ name, role, endpoint: k3s.endpoint, peers, timeout }),
    stdin: joinStdin({
      ...{ role, serverToken: "server-canary", agentToken: "agent-canary" },
      ...(authorities === undefined ? {} : { authorities }),
    }),
  };
}

export function memberArgs(pool: Pool, number: number, timeout = 300, ready = true): RunArgs {
  const { name, role } = node(pool, number);
  return { script: memberStep({ name, role, timeout, ready }) };
}

export function leaveArgs(
  pool: Pool,
  number: number,
  more: { readonly timeout?: number; readonly force?: boolean } = {},
): RunArgs {
  const { name, role } = node(pool, number);
  return {
    script: leaveStep({ name, role, timeout: more.timeout ?? 600, drain: 120, ...(more.force ? { force: true } : {}) }),
  };
}

/** A running cluster of so many control planes and workers, behind the endpoint. */
export async function running(servers: number, workers = 0): Promise<World> {
  const world = new World();
  world.endpoint(
    "10.0.0.100",
    controlPlanes.map((number) => node("cp", number).address),
  );
  for (let number = 1; number <= servers; number++) {
    expectOk(await machine(world, "cp", number, number === 1).run(joinArgs("cp", number)));
    expectOk(await at(world, "cp", 1).run(memberArgs("cp", number)));
  }
  for (let number = 1; number <= workers; number++) {
    expectOk(await machine(world, "worker", number).run(joinArgs("worker", number)));
    expectOk(await at(world, "cp", 1).run(memberArgs("worker", number)));
  }
  return world;
}

export function expectOk(outcome: Outcome): void {
  if (outcome.code !== 0) throw new Error(`the step ended with ${outcome.code ?? "a kill"}:\n${outcome.stderr}`);
}
