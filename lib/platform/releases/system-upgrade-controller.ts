import { z } from "zod";
import { shown } from "../../shown.ts";
import { chartKinds } from "../facts.ts";
import {
  commonOptions,
  defineRelease,
  type Manifest,
  type PlannedManifest,
  type PlatformContext,
  type Values,
} from "../release.ts";

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  error: ({ input }) => `${shown(input)} is no time of day → write hours and minutes, such as 02:30`,
});

const upgradeWindow = z.strictObject({
  days: z
    .array(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))
    .min(1)
    .meta({ description: "Days of the week." }),
  start: time.meta({ description: "From then, such as 02:00." }),
  end: time.meta({ description: "Until then, such as 05:00." }),
  timeZone: z.string().default("UTC").meta({ description: "As the tz database names it, such as Europe/Berlin." }),
});
type Window = z.output<typeof upgradeWindow>;

const options = z.strictObject({
  ...commonOptions,
  window: upgradeWindow.optional().meta({ description: "When a node's upgrade may begin. Absent: at any time." }),
  agentConcurrency: z.int().min(1).max(10).default(1).meta({ description: "Workers that are upgraded at a time." }),
});

const chart = {
  chart: "oci://ghcr.io/sergelogvinov/charts/system-upgrade-controller",
  // renovate: datasource=docker depName=ghcr.io/sergelogvinov/charts/system-upgrade-controller
  version: "0.6.1",
};
const namespace = "system-upgrade";
const account = "system-upgrade";
const controlPlane = "node-role.kubernetes.io/control-plane";
const serverPlan = "k3s-servers";
/** Seconds that one node's upgrade may take. */
const nodeDeadline = 1800;

/** Source of the plans' form: docs.k3s.io/upgrades/automated; of their fields: pkg/apis/upgrade.cattle.io/v1/types.go. */
export const systemUpgradeController = defineRelease({
  name: "system-upgrade-controller",
  description: "Upgrades k3s on running nodes to the stage's version: servers one by one, then workers.",
  chart,
  namespace,
  // Its jobs change the host: privileged, in the host's namespaces, with its root mounted.
  podSecurity: "privileged",
  options,
  provides: () => chartKinds(chart.chart),
  values: (_, { cluster }) => ({
    // The chart's own plan and service account are for Talos, and the account needs kinds that only Talos has.
    plan: { kubernetes: { enabled: false } },
    serviceAccount: { create: false, name: account },
    // k3s gives this label the value "true"; the chart looks for an empty one.
    nodeSelector: { [controlPlane]: "true" },
    envs: {
      SYSTEM_UPGRADE_JOB_PRIVILEGED: true,
      SYSTEM_UPGRADE_JOB_KUBECTL_IMAGE: `registry.k8s.io/kubectl:${kubernetesVersion(cluster.version)}`,
    },
  }),
  manifests: ({ window, agentConcurrency }, context) => [
    { manifest: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } }, before: true },
    // A new plan visits every node once, even one that is up to date: not while the platform is being installed.
    { manifest: plan(serverPlan, servers(window, context)), last: true },
    ...(context.workers.length === 0 ? [] : [agentPlan(window, agentConcurrency, context)]),
  ],
  faults: (_, { cluster }) =>
    cluster.distribution === "k3s"
      ? []
      : [
          {
            path: [],
            message: `its plans upgrade k3s, and the cluster is ${cluster.distribution}`,
            remedy: "remove it",
          },
        ],
});

/** `v1.34.4+k3s1` -> `v1.34.4` */
const kubernetesVersion = (version: string): string => version.replace(/\+.*$/, "");

function plan(name: string, spec: Values): Manifest {
  return { apiVersion: "upgrade.cattle.io/v1", kind: "Plan", metadata: { name, namespace }, spec };
}

/** Its jobs look the servers' plan up by name, so that has to be there. */
function agentPlan(window: Window | undefined, concurrency: number, context: PlatformContext): PlannedManifest {
  const manifest = plan("k3s-agents", agents(window, concurrency, context));
  return { manifest, needs: [`object:plan/${namespace}/${serverPlan}`], last: true };
}

function common(window: Window | undefined, { cluster }: PlatformContext): Values {
  return {
    // The controller turns the + into the - of image tags.
    version: cluster.version,
    serviceAccountName: account,
    tolerations: [{ operator: "Exists" }],
    upgrade: { image: "rancher/k3s-upgrade" },
    ...(window === undefined
      ? {}
      : { window: { days: window.days, startTime: window.start, endTime: window.end, timeZone: window.timeZone } }),
  };
}

function servers(window: Window | undefined, context: PlatformContext): Values {
  return {
    ...common(window, context),
    concurrency: 1,
    cordon: true,
    nodeSelector: { matchExpressions: [{ key: controlPlane, operator: "In", values: ["true"] }] },
    jobActiveDeadlineSecs: nodeDeadline,
  };
}

function agents(window: Window | undefined, concurrency: number, context: PlatformContext): Values {
  return {
    ...common(window, context),
    concurrency,
    nodeSelector: { matchExpressions: [{ key: controlPlane, operator: "DoesNotExist" }] },
    // A worker's job begins with waiting until the plan named here has upgraded every server.
    prepare: { image: "rancher/k3s-upgrade", args: ["prepare", serverPlan] },
    jobActiveDeadlineSecs: nodeDeadline * (context.controlPlanes.length + 1),
    // Disruption budgets are kept; a pod without a controller, or a budget that is never met, stops the upgrade.
    drain: {
      force: false,
      disableEviction: false,
      ignoreDaemonSets: true,
      deleteEmptydirData: true,
      // No timeout: charts of this controller disagree on its type, and the job's own deadline bounds the drain too.
      skipWaitForDeleteTimeout: 60,
    },
  };
}
