import { z } from "zod";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease } from "../release.ts";

const time = z.string().regex(/^([01]?\d|2[0-3]):[0-5]\d$/, {
  error: ({ input }) => `${JSON.stringify(input)} is no time of day → write hours and minutes, such as 03:00`,
});

const options = z.strictObject({
  ...commonOptions,
  days: z
    .array(z.enum(["mo", "tu", "we", "th", "fr", "sa", "su"]))
    .min(1)
    .default(["mo", "tu", "we", "th", "fr", "sa", "su"])
    .meta({ description: "Days on which nodes may reboot." }),
  from: time.default("03:00").meta({ description: "Earliest time of day." }),
  to: time.default("06:00").meta({ description: "Latest time of day." }),
  timeZone: z.string().default("UTC").meta({ description: "Time zone of those, such as Europe/Berlin." }),
  period: z
    .string()
    .regex(/^\d+[smh]$/, { error: ({ input }) => `${JSON.stringify(input)} is no duration → write one such as 1h` })
    .default("1h")
    .meta({ description: "How often each node is asked whether it wants to." }),
});

const chart = {
  chart: "kured",
  repository: "https://kubereboot.github.io/charts",
  // renovate: datasource=helm depName=kured registryUrl=https://kubereboot.github.io/charts
  version: "6.1.0",
};

/** Chart facts: github.com/kubereboot/charts, charts/kured/values.yaml. */
export const kured = defineRelease({
  name: "kured",
  description:
    "Drains and reboots nodes that ask for it (/var/run/reboot-required), one at a time, in a window of time.",
  chart,
  namespace: "kured",
  // It tells the host's init to reboot: it is in the host's process namespace.
  podSecurity: "privileged",
  options,
  needs: (_, context) => serviceMonitors(context),
  values: ({ days, from, to, timeZone, period }, context) => ({
    configuration: { rebootDays: days, startTime: from, endTime: to, timeZone, period, concurrency: 1 },
    tolerations: [{ operator: "Exists" }],
    metrics: { create: monitored(context) },
    service: { create: monitored(context) },
  }),
  faults: (_, { cluster }) =>
    cluster.distribution === "talos"
      ? [
          {
            path: [],
            message: "Talos reboots its nodes itself, and has no shell to be told by",
            remedy: "remove it",
          },
        ]
      : [],
});
