import { expect, test } from "vitest";
import { certificateEnd, ignoredUnless, renewalOf } from "../../lib/administrator.ts";
import { buildKubeconfig, parseK3sYaml } from "../../lib/kubeconfig.ts";
import { adminKubeconfig, createPki } from "../../rehearsal/command/k3s/pki.ts";
import { createSource } from "../../rehearsal/random/source.ts";

const made = new Date("2026-11-21T12:00:00Z");
const source = createSource("renewal", "administrator");
const text = await adminKubeconfig({ pki: await createPki({ source, now: made }), source, now: made });
const kubeconfig = buildKubeconfig({
  credentials: parseK3sYaml(text),
  cluster: "prod",
  endpoints: [
    { name: "prod", server: "https://10.0.0.100:6443" },
    { name: "prod-tailnet", server: "https://prod.example.ts.net", proxy: true },
  ],
});

test("the end of the administrator's certificate is read, and of what holds none nothing is said", () => {
  expect(certificateEnd(kubeconfig)).toEqual(new Date("2027-11-21T12:00:00Z"));
  for (const none of [
    "",
    "users: []",
    "users: [{user: {token: x}}]",
    "no: kubeconfig",
    "users: [{user: {client-certificate-data: eA==}}]",
    "{",
  ])
    expect(certificateEnd(none)).toBeUndefined();
});

test("a certificate is made anew in its last sixty days and after its end, never before, and not by the first run", () => {
  const due = { of: "2027-11-21T12:00:00.000Z" };
  const table = [
    ["2026-11-21T12:00:00Z", {}],
    ["2027-09-22T11:59:59Z", {}],
    ["2027-09-22T12:00:00Z", due],
    ["2028-01-01T00:00:00Z", due],
  ] as const;
  for (const [now, renewal] of table) expect(renewalOf(kubeconfig, new Date(now))).toEqual(renewal);
  expect(renewalOf(undefined, new Date("2030-01-01T00:00:00Z"))).toEqual({});
});

test("what has the kubeconfig fetched again is looked at only when it is due", () => {
  expect(ignoredUnless({})).toEqual(["create", "stdin"]);
  expect(ignoredUnless({ of: "2027-11-21T12:00:00.000Z" })).toEqual([]);
});
