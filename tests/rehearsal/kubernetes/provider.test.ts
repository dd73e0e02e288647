import { expect, test } from "vitest";
import type { Props } from "../../../rehearsal/model.ts";
import { createTestKubernetes } from "./world.ts";

const secretType = "kubernetes:core/v1:Secret";
const secret: Props = { metadata: { name: "s", namespace: "default" } };

test.each<[string, (kubeconfig: string) => Props, string]>([
  [
    "an address where nobody is",
    (kubeconfig) => ({ kubeconfig: kubeconfig.replace("100.64.0.10", "100.64.0.99") }),
    "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: dial tcp 100.64.0.99:6443: i/o timeout: nobody has this address (Unreachable)",
  ],
  [
    "no kubeconfig at all",
    () => ({ kubeconfig: "" }),
    "has a provider without a kubeconfig, and would use whatever ~/.kube/config points at",
  ],
])("a provider with %s fails on use", async (_, provider, message) => {
  const world = await createTestKubernetes();
  await expect(world.create(secretType, "s", secret, { provider: provider(world.kubeconfig) })).rejects.toThrow(
    message,
  );
});

test("another cluster's kubeconfig does not get in", async () => {
  const world = await createTestKubernetes();
  const { kubeconfig } = await createTestKubernetes({}, "another cluster at the same addresses");
  await expect(world.create(secretType, "s", secret, { provider: { kubeconfig } })).rejects.toThrow(
    "x509: certificate signed by unknown authority",
  );
});

test("a cluster without its quorum answers nothing; deleteUnreachable then lets objects go", async () => {
  const world = await createTestKubernetes();
  const made = { ...(await world.create(secretType, "s", secret)), inputs: secret };
  for (const name of ["cp-2", "cp-3"]) world.hosts.hosts.remove(name);
  const remove = async (provider: Props) =>
    world.resource(secretType).delete?.(made, world.contextOf(secretType, "s", { provider }));
  await expect(remove({})).rejects.toThrow("etcdserver: request timed out: the cluster of cp-1 has lost its quorum");
  expect(await remove({ deleteUnreachable: "true" })).toBe(0);
});

test("the provider resource: its kubeconfig parses, and it has a fixed identity", async () => {
  const world = await createTestKubernetes();
  const type = "pulumi:providers:kubernetes";
  await world.create(type, "good", { kubeconfig: world.kubeconfig, clusterIdentifier: "dev" });
  expect(world.findings).toEqual([]);
  await world.create(type, "bare", {});
  expect(world.findings.map(({ rule }) => rule)).toEqual(["ambient-kubeconfig", "cluster-identifier"]);
  await expect(world.create(type, "broken", { kubeconfig: "a: [", clusterIdentifier: "dev" })).rejects.toThrow(
    "failed to parse kubeconfig data in `kubernetes:config:kubeconfig`",
  );
  await expect(
    world.create(type, "broken", {
      kubeconfig: world.kubeconfig.replace("current-context: default", "current-context: other"),
      clusterIdentifier: "dev",
    }),
  ).rejects.toThrow('current-context is "other", and there is no context of that name');
});
