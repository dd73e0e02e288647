import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { createTestCluster, createTestWorld, endpoint, type TestWorld } from "./world.ts";

describe("kubeconfig", () => {
  test("is a real one: the client certificate is signed by the cluster, and its authority is the cluster's", async () => {
    const world = await createTestCluster();
    const { stdout } = await world.step("kubeconfig", "cp-1", { timeout: "60", renewal: "" }, { logging: "none" });
    const config = new KubeConfig();
    config.loadFromString(String(stdout));
    const client = new X509Certificate(Buffer.from(config.getCurrentUser()?.certData ?? "", "base64"));
    const pki = world.clusters.all()[0]?.pki;
    expect({
      server: config.getCurrentCluster()?.server,
      subject: client.subject,
      signed: client.verify(new X509Certificate(pki?.client.certificate ?? "").publicKey),
      authority: Buffer.from(config.getCurrentCluster()?.caData ?? "", "base64").toString() === pki?.server.certificate,
    }).toEqual({
      server: "https://127.0.0.1:6443",
      subject: "O=system:masters\nCN=system:admin",
      signed: true,
      authority: true,
    });
    const again = await world.step("kubeconfig", "cp-2", { timeout: "60", renewal: "" }, { logging: "none" });
    expect(again.stdout).toBe(stdout);
    const renewal = { timeout: "60", renewal: "2027-11-21T00:00:00.000Z" };
    const renewed = await world.step("kubeconfig", "cp-1", renewal, { logging: "none" });
    expect(renewed.stdout).not.toBe(stdout);
    config.loadFromString(String(renewed.stdout));
    expect(Buffer.from(config.getCurrentCluster()?.caData ?? "", "base64").toString()).toBe(pki?.server.certificate);
  });

  test("kubectl parses it", async () => {
    const world = await createTestCluster();
    const { stdout } = await world.step("kubeconfig", "cp-1", { timeout: "60", renewal: "" }, { logging: "none" });
    const path = join(mkdtempSync(join(tmpdir(), "kubeconfig-")), "config");
    writeFileSync(path, String(stdout));
    let server = "";
    try {
      server = execFileSync(
        "kubectl",
        ["config", "view", "--kubeconfig", path, "-o", "jsonpath={.clusters[0].cluster.server}"],
        { encoding: "utf8" },
      );
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return; // kubectl is not installed here
      throw error;
    }
    expect(server).toBe("https://127.0.0.1:6443");
  });

  test("is not on an agent, nor before k3s runs", async () => {
    const world = await createTestCluster();
    await expect(
      world.step("kubeconfig", "worker-1", { timeout: "60", renewal: "" }, { logging: "none" }),
    ).rejects.toThrow("no /etc/rancher/k3s/k3s.yaml after 60s");
  });

  test.each([
    [
      "a server's tailnet address",
      (world: TestWorld) => [...(world.hosts.get("cp-1")?.addresses.keys() ?? [])][0] ?? "",
      "cluster",
    ],
    [
      "an agent's address",
      (world: TestWorld) => [...(world.hosts.get("worker-1")?.addresses.keys() ?? [])][0] ?? "",
      "refused",
    ],
    ["an address that the machine running Pulumi does not reach", () => endpoint.replace(":6443", ""), "refused"],
    ["loopback", () => "127.0.0.1", "refused"],
  ] as const)("points at %s: %s", async (_, address, kind) => {
    const world = await createTestCluster();
    const { stdout } = await world.step("kubeconfig", "cp-1", { timeout: "60", renewal: "" }, { logging: "none" });
    const kubeconfig = String(stdout).replace("127.0.0.1", address(world));
    expect(world.clusters.byServer(kubeconfig, 5000).kind).toBe(kind);
  });

  test("another cluster's authority is not trusted, nor its administrator let in", async () => {
    const world = await createTestCluster();
    const other = await createTestCluster(createTestWorld({ seed: "another cluster at the same addresses" }));
    const read = async ({ step }: TestWorld) =>
      String((await step("kubeconfig", "cp-1", { timeout: "60", renewal: "" }, { logging: "none" })).stdout).replace(
        "127.0.0.1",
        "100.64.0.10",
      );
    const [own, foreign] = [await read(world), await read(other)];
    const authority = /certificate-authority-data: \S+/;
    const impostor = foreign.replace(authority, authority.exec(own)?.[0] ?? "");
    expect([foreign, impostor].map((kubeconfig) => world.clusters.byServer(kubeconfig, 5000))).toEqual([
      {
        kind: "refused",
        message:
          'Get "https://100.64.0.10:6443/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      },
      { kind: "refused", message: "the server has asked for the client to provide credentials (Unauthorized)" },
    ]);
  });
});
