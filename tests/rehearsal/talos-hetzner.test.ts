import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { Run } from "../../rehearsal/engine/events.ts";
import { plain } from "../../rehearsal/engine/values.ts";
import { engineConfig, fixtures, readStackFile } from "../helpers/stack-file.ts";
import { Life, wrong } from "./life.ts";

/** Talos on Hetzner, of which no example speaks: the fixture of the configuration, made once. */
const { config: given, secretKeys } = engineConfig(readStackFile(new URL("valid/talos-hetzner.yaml", fixtures)));
/** Its machines are devices of the tailnet themselves. */
const config: Readonly<Record<string, string>> = {
  ...given,
  "groundwork:cluster": JSON.stringify({
    ...(JSON.parse(given["groundwork:cluster"] ?? "{}") as object),
    extensions: ["siderolabs/tailscale"],
  }),
};
const life = new Life({ stack: "cloud", config, secretKeys });
const { world } = life;
let run: Run;

beforeAll(async () => {
  run = await life.up();
}, 240_000);

/** `<host name>: <tags>` of every device. */
const tags = (): readonly string[] => {
  const [client_id, client_secret] = ["id", "secret"].map((half) => config[`secret:tailscale-oauth-client-${half}`]);
  return world.tailscale.devices
    .list(world.tailscale.withOauthClient({ client_id, client_secret, scope: "devices:core" }), {})
    .map((device) => `${device.hostname}: ${device.tags.toSorted().join(" ")}`);
};

test("servers boot the snapshot without user data, are met through the tailnet's router, and become a cluster", () => {
  expect(wrong(run)).toEqual([]);
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

test("tags of the cluster are added to devices that are there, without another change to their machines", async () => {
  const machines = ["cloud-main-gateway", "cloud-cp-1", "cloud-worker-1"];
  expect(tags().toSorted()).toEqual(machines.map((name) => `${name}: tag:k8s-node`).toSorted());
  const changed = await life.up({ tailscale: { tailnet: "example.ts.net", clusterTags: true } });
  expect(wrong(changed)).toEqual([]);
  const done = changed.steps.filter(({ operation, type }) => operation !== "same" && !type.startsWith("groundwork:"));
  expect(tags().toSorted()).toEqual(machines.map((name) => `${name}: tag:k8s tag:k8s-cloud tag:k8s-node`).toSorted());
  expect(done.filter(({ type }) => type === "hcloud:index/server:Server")).toEqual([]);
});

test("the API is reached over the tailnet too, and machines that go leave it", async () => {
  const { kubeconfig } = plain(run.outputs);
  expect((parse(String(kubeconfig)) as { clusters: unknown[] }).clusters).toMatchObject([
    { name: "cloud", cluster: { server: "https://10.0.0.5:6443" } },
    { name: "cloud-tailnet", cluster: { server: "https://cloud-cp-1.example.ts.net:6443" } },
  ]);
  expect(wrong(await life.destroy())).toEqual([]);
  expect(tags()).toEqual([]);
});
