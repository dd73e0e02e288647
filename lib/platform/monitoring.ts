import type { Capability, PlatformContext } from "./release.ts";

/** True when the kinds ServiceMonitor and PodMonitor exist: charts that can then ask to be scraped. */
export const monitored = (context: PlatformContext): boolean => context.releases.has("prometheus-operator-crds");

export const serviceMonitors = (context: PlatformContext): readonly Capability[] =>
  monitored(context) ? ["crd:monitoring.coreos.com/ServiceMonitor"] : [];

export const podMonitors = (context: PlatformContext): readonly Capability[] =>
  monitored(context) ? ["crd:monitoring.coreos.com/PodMonitor"] : [];
