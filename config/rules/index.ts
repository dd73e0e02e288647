import * as access from "./access.ts";
import * as addresses from "./addresses.ts";
import * as cluster from "./cluster.ts";
import * as dns from "./dns.ts";
import * as docker from "./docker.ts";
import * as dockerHost from "./docker-host.ts";
import * as hetzner from "./hetzner.ts";
import * as loadBalancers from "./load-balancers.ts";
import * as metal from "./metal.ts";
import * as mixed from "./mixed.ts";
import * as networks from "./networks.ts";
import * as nodes from "./nodes.ts";
import * as platform from "./platform.ts";
import * as proxmox from "./proxmox.ts";
import type { Rule } from "./rule.ts";
import * as secrets from "./secrets.ts";
import * as tailnet from "./tailnet.ts";
import * as talos from "./talos.ts";
import * as talosNeeds from "./talos-needs.ts";

/** Every law between parts of a stage: all that those files export. */
export const rules: readonly Rule[] = [
  nodes,
  networks,
  addresses,
  hetzner,
  proxmox,
  docker,
  dockerHost,
  metal,
  mixed,
  loadBalancers,
  access,
  tailnet,
  cluster,
  talos,
  talosNeeds,
  platform,
  dns,
  secrets,
].flatMap((group): readonly Rule[] => Object.values(group));
