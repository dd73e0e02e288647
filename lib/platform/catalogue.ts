import type { Release } from "./release.ts";
import { alloy } from "./releases/alloy.ts";
import { argoCd } from "./releases/argo-cd.ts";
import { certManager } from "./releases/cert-manager.ts";
import { cilium } from "./releases/cilium.ts";
import { clickhouseOperator } from "./releases/clickhouse-operator.ts";
import { cloudnativePg } from "./releases/cloudnative-pg.ts";
import { democraticCsiIscsi, democraticCsiNfs, democraticCsiNfsFast } from "./releases/democratic-csi.ts";
import { flux } from "./releases/flux.ts";
import { haproxy } from "./releases/haproxy.ts";
import { hcloudCloudControllerManager } from "./releases/hcloud-cloud-controller-manager.ts";
import { hcloudCsi } from "./releases/hcloud-csi.ts";
import { headlamp } from "./releases/headlamp.ts";
import { k3sTraefik } from "./releases/k3s-traefik.ts";
import { kubePrometheusStack } from "./releases/kube-prometheus-stack.ts";
import { kured } from "./releases/kured.ts";
import { linkding } from "./releases/linkding.ts";
import { localPathProvisioner } from "./releases/local-path-provisioner.ts";
import { loki } from "./releases/loki.ts";
import { longhorn } from "./releases/longhorn.ts";
import { metallb } from "./releases/metallb.ts";
import { mysql } from "./releases/mysql.ts";
import { nfsSubdirExternalProvisioner } from "./releases/nfs-subdir-external-provisioner.ts";
import { oauth2Proxy } from "./releases/oauth2-proxy.ts";
import { pluginBarmanCloud } from "./releases/plugin-barman-cloud.ts";
import { prometheusMysqlExporter } from "./releases/prometheus-mysql-exporter.ts";
import { prometheusOperatorCrds } from "./releases/prometheus-operator-crds.ts";
import { proxmoxCsiPlugin } from "./releases/proxmox-csi-plugin.ts";
import { renovate } from "./releases/renovate.ts";
import { cephCsiDrivers, rookCeph, rookCephCluster } from "./releases/rook-ceph.ts";
import { smokeping } from "./releases/smokeping.ts";
import { systemUpgradeController } from "./releases/system-upgrade-controller.ts";
import { tailscaleOperator } from "./releases/tailscale-operator.ts";
import { traefik } from "./releases/traefik.ts";
import { valkeyOperator } from "./releases/valkey-operator.ts";
import { vault } from "./releases/vault.ts";

/** Every release that a stage can choose, in the order that documentation lists them. */
export const catalogue: readonly Release[] = [
  hcloudCloudControllerManager,
  hcloudCsi,
  proxmoxCsiPlugin,
  localPathProvisioner,
  longhorn,
  rookCeph,
  cephCsiDrivers,
  rookCephCluster,
  nfsSubdirExternalProvisioner,
  democraticCsiNfs,
  democraticCsiIscsi,
  democraticCsiNfsFast,
  prometheusOperatorCrds,
  cilium,
  metallb,
  haproxy,
  traefik,
  k3sTraefik,
  certManager,
  kubePrometheusStack,
  prometheusMysqlExporter,
  loki,
  alloy,
  smokeping,
  oauth2Proxy,
  tailscaleOperator,
  headlamp,
  systemUpgradeController,
  kured,
  mysql,
  cloudnativePg,
  pluginBarmanCloud,
  valkeyOperator,
  clickhouseOperator,
  vault,
  argoCd,
  flux,
  renovate,
  linkding,
];
