import { expect, test } from "vitest";
import { renderCloudInit } from "../../../lib/bootstrap/cloud-init.ts";
import { dockerHostDocument } from "../../../lib/bootstrap/docker-host.ts";
import { clusterStep } from "../../../lib/k3d/steps.ts";
import { parseStep } from "../../../lib/k3s/steps.ts";
import { createHosts } from "../../../rehearsal/command/hosts.ts";
import { createClusters } from "../../../rehearsal/command/k3s/clusters.ts";
import { bootedMachine } from "../../../rehearsal/command/user-data.ts";
import { Daemon } from "../../../rehearsal/docker/daemon.ts";
import { createK3dSteps } from "../../../rehearsal/docker/steps.ts";
import { durations } from "../../../rehearsal/durations.ts";
import type { Context } from "../../../rehearsal/model.ts";
import { dev } from "../../harness/k3d.ts";
import { dockerHostArgs } from "../../harness/systems.ts";

// k3d's steps over SSH: what the machine that they run on has to be.

const booted = durations.host.sshAnswers + durations.host.cloudInit;

function world(change: (userData: string) => string = (text) => text) {
  const hosts = createHosts({ runnerNetworks: ["public", "lan"] });
  const clusters = createClusters({ seed: "test", hosts });
  const k3d = createK3dSteps({ docker: new Daemon(), hosts, clusters });
  const host = hosts.register(
    bootedMachine({
      name: dockerHostArgs.name,
      addresses: [{ address: dockerHostArgs.address, network: "lan" }],
      userData: change(renderCloudInit(dockerHostDocument(dockerHostArgs))),
      createdAt: 0,
    }),
  );
  const make = async (api = dockerHostArgs.address, at = booted): Promise<string> => {
    const cluster = { ...dev, api: { address: api, port: 6443, host: api } };
    const text = clusterStep({ cluster, subnet: "172.30.0.0/16", firstServer: "172.30.0.4", timeout: 900 });
    const { verb = "", params = {} } = parseStep(text) ?? {};
    const context = { urn: "urn", now: at } as Context;
    const request = { ...{ verb, stdin: "token", text, at, context, hosts, clusters, host }, parameters: params };
    try {
      await k3d.remote[verb]?.(request);
      return "made";
    } catch (error) {
      return (error as Error).message.split("\n").at(-1) ?? "";
    }
  };
  return { hosts, host, k3d, make };
}

test.each([
  {
    name: "a machine that still boots",
    run: () => world().make(dockerHostArgs.address, booted - 1),
    says: /^groundwork: there is no docker on this machine.*staging-docker-1 is still booting/,
  },
  {
    name: "a machine without Docker",
    run: () => world((text) => text.replaceAll("docker.io", "podman")).make(),
    says: /^groundwork: there is no docker on this machine/,
  },
  {
    name: "a machine without k3d",
    run: () => world((text) => text.replace(/GW_K3D_SHA256_AMD64='[0-9a-f]+'/, "GW_K3D_SHA256_AMD64=''")).make(),
    says: /^groundwork: there is no k3d on this machine/,
  },
  {
    name: "an address that the machine does not have",
    run: () => world().make("10.0.40.99"),
    says: /failed to bind host port for 10\.0\.40\.99:6443: cannot assign requested address/,
  },
])("$name", async ({ run, says }) => {
  expect(await run()).toMatch(says);
});

test("the API answers at the machine's address, until the machine goes with all that is on it", async () => {
  const { hosts, host, make } = world();
  const found = () => hosts.find("runner", dockerHostArgs.address, 6443);
  expect(await make()).toBe("made");
  expect(found()).toMatchObject({ kind: "hosts", hosts: [{ name: "k3d-dev-server-0" }, {}, {}] });
  hosts.remove(host.name);
  expect(hosts.all()).toEqual([]);
  expect(found()).toMatchObject({ kind: "hosts", hosts: [] });
});
