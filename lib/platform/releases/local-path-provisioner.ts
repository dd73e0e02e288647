import { z } from "zod";
import { commonOptions, defineRelease, type PlatformContext } from "../release.ts";
import { absolutePath, defaultClass, reclaimPolicy, storageClass } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  default: defaultClass(true),
  path: absolutePath("/var/lib/local-path").optional().meta({
    description:
      "Directory of the volumes on every node. Absent: /opt/local-path-provisioner, on Talos its volume at /var/mnt/local-path-provisioner.",
  }),
  reclaimPolicy,
});

/** Chart facts: github.com/rancher/local-path-provisioner, deploy/chart. */
export const localPathProvisioner = defineRelease({
  name: "local-path-provisioner",
  description:
    "Volumes as directories of the node that their pod runs on, class `local-path`: what k3s brings, for where it is not. They are lost with the node.",
  chart: {
    chart: "oci://ghcr.io/rancher/local-path-provisioner/charts/local-path-provisioner",
    // renovate: datasource=docker depName=ghcr.io/rancher/local-path-provisioner/charts/local-path-provisioner
    version: "0.0.37",
  },
  namespace: "local-path-storage",
  // A pod of its own makes and removes each directory on the host.
  podSecurity: "privileged",
  options,
  provides: ({ default: standard }) => storageClass("local-path", standard),
  nodeNeeds: ({ path }) => (path === undefined ? ["local-path-volume"] : []),
  values: ({ default: standard, path, reclaimPolicy: policy }, context) => ({
    storageClass: { name: "local-path", defaultClass: standard, reclaimPolicy: policy },
    nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [path ?? usualPath(context)] }],
    // Unnamed, the chart's helper is whatever is the latest.
    helperImage: { tag: "1.37" },
  }),
});

/** Talos lets nothing be written outside /var, and its kubelet sees its own volumes only. */
const usualPath = ({ cluster }: PlatformContext): string =>
  cluster.distribution === "talos" ? "/var/mnt/local-path-provisioner" : "/opt/local-path-provisioner";
