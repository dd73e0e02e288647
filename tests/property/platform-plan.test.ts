import fc from "fast-check";
import { expect, test } from "vitest";
import { builtinNamespaces } from "../../lib/platform/builtin.ts";
import { chartFacts } from "../../lib/platform/facts.ts";
import type { PlatformPlan } from "../../lib/platform/plan.ts";
import { type Given, plan, release } from "../unit/platform-fixture.ts";

const issuers = fc
  .subarray(["staging", "production"])
  .map((servers) => servers.map((server) => ({ name: `letsencrypt-${server}`, server, email: "ops@example.com" })));
const storage = fc.constantFrom<unknown>("none", { size: "10Gi" }, { size: "20Gi", class: "hcloud-volumes" });
const monitored = {
  "prometheus-operator-crds": fc.constant({}),
  "kube-prometheus-stack": fc.record({ prometheus: fc.record({ storage }), grafana: fc.record({ storage }) }),
};

/** Stages that hold together: what a release stands on is on. */
const stages: fc.Arbitrary<Given> = fc
  .record({
    hetzner: fc.record({ "hcloud-cloud-controller-manager": fc.constant({}), "hcloud-csi": fc.constant({}) }),
    monitoring: fc.oneof(
      fc.constant({}),
      fc.record({ "prometheus-operator-crds": fc.constant({}) }),
      fc.record(monitored),
    ),
    others: fc.record(
      {
        metallb: fc.constant({ pools: { internal: { addresses: ["10.0.200.0/24"], via: "worker-1" } } }),
        haproxy: fc.record({ replicas: fc.constantFrom(1, 3) }, { requiredKeys: [] }),
        "cert-manager": fc.record({ issuers }),
        "tailscale-operator": fc.record({ adminGroup: fc.constant("group:ops") }, { requiredKeys: [] }),
        "system-upgrade-controller": fc.constant({}),
      },
      { requiredKeys: [] },
    ),
    secrets: fc.dictionary(
      fc.constantFrom("ghcr", "postgres"),
      fc
        .subarray(["apps", "default", "monitoring"], { minLength: 1 })
        .map((namespaces) => ({ type: "opaque" as const, namespaces, data: { key: { secret: "some" } } })),
      { noNullPrototype: true },
    ),
  })
  .map(({ hetzner, monitoring, others, secrets }) => ({ releases: { ...hetzner, ...monitoring, ...others }, secrets }));

/** All that a step waits for, through others too. */
function before(of: PlatformPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const all = new Map<string, ReadonlySet<string>>();
  for (const { id, dependsOn } of of.steps)
    all.set(id, new Set(dependsOn.flatMap((other) => [other, ...(all.get(other) ?? [])])));
  return all;
}

test("a stage that holds together has no fault, and all of it is in the plan", () => {
  fc.assert(
    fc.property(stages, (given) => {
      const { steps, faults } = plan(given);
      expect(faults).toEqual([]);
      const names = steps.flatMap((step) => (step.kind === "release" ? [step.name] : []));
      expect(names.sort()).toEqual(Object.keys(given.releases ?? {}).sort());
    }),
  );
});

test("namespaces, kinds, Secrets and ready nodes are there before who uses them", () => {
  fc.assert(
    fc.property(stages, (given) => {
      const made = plan(given);
      const all = before(made);
      for (const step of made.steps) {
        const earlier = all.get(step.id) ?? new Set();
        const namespace =
          step.kind === "release"
            ? step.namespace
            : step.kind === "object"
              ? step.manifest.metadata.namespace
              : undefined;
        if (namespace !== undefined && !builtinNamespaces.has(namespace))
          expect(earlier).toContain(`namespace/${namespace}`);
        if (step.kind === "release" && release(step.name).beforeNodes !== true)
          expect(earlier).toContain("release/hcloud-cloud-controller-manager");
        if (step.kind !== "object") continue;
        const [group, version] = step.manifest.apiVersion.split("/");
        const brought = made.steps.filter(
          (other) =>
            other.kind === "release" &&
            chartFacts(other.chart.chart)?.kinds.some(
              (kind) =>
                kind.group === group && kind.kind === step.manifest.kind && kind.versions.includes(version ?? ""),
            ),
        );
        for (const { id } of brought) expect(earlier).toContain(id);
        if (["ClusterIssuer", "IPAddressPool", "L2Advertisement", "Plan"].includes(step.manifest.kind))
          expect(brought).toHaveLength(1);
      }
    }),
  );
});

test("a monitor's kind is there before a release that makes one", () => {
  fc.assert(
    fc.property(stages, (given) => {
      const made = plan(given);
      const all = before(made);
      for (const step of made.steps) {
        if (
          step.kind !== "release" ||
          !/"serviceMonitor":\{"enabled":true|"podMonitor":\{"enabled":true/i.test(JSON.stringify(step.values))
        )
          continue;
        expect(all.get(step.id)).toContain("release/prometheus-operator-crds");
      }
    }),
  );
});

test("no edge is implied by another", () => {
  fc.assert(
    fc.property(stages, (given) => {
      const made = plan(given);
      const all = before(made);
      for (const { dependsOn } of made.steps)
        for (const other of dependsOn)
          expect(dependsOn.filter((each) => all.get(each)?.has(other) === true)).toEqual([]);
    }),
  );
});

test("the order of keys in the stack file does not matter", () => {
  const reversed = <Of extends object>(of: Of): Of => Object.fromEntries(Object.entries(of).reverse()) as Of;
  fc.assert(
    fc.property(stages, (given) => {
      const other = { ...given, releases: reversed(given.releases ?? {}), secrets: reversed(given.secrets ?? {}) };
      expect(JSON.stringify(plan(other).steps)).toBe(JSON.stringify(plan(given).steps));
    }),
  );
});
