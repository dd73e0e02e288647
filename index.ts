import "./lib/quiet-sdk.ts";
import { createCluster } from "./components/cluster/create.ts";
import { CloudflareDns } from "./components/dns/cloudflare.ts";
import { readEstablished } from "./components/established.ts";
import { createMachines } from "./components/machines/create.ts";
import { Platform } from "./components/platform/platform.ts";
import { GeneratedSecrets } from "./components/platform/secrets.ts";
import { createProviders } from "./components/providers.ts";
import { TailnetPolicy } from "./components/tailnet/policy.ts";
import { checkTools } from "./components/tools.ts";
import { loadStage } from "./config/load.ts";
import { planStageRecords } from "./config/records.ts";
import { authorityOf } from "./config/standing.ts";
import { stagePolicy } from "./config/tailnet-policy.ts";

// What is asked for, and whether it can be made from here: checked whole before anything is made.
const stage = loadStage();
await checkTools(stage);
const { nodes: standing, renewal } = await readEstablished(stage);
const providers = await createProviders(stage);

// Who may reach what in the tailnet, where the stage says so.
const policy = stagePolicy(stage, stage.nodes);
if (policy !== undefined) new TailnetPolicy("tailnet-policy", policy, { providers });

// Networks, firewalls, load balancers; the servers of nodes come on the cluster's demand, in its order.
const machines = createMachines(stage, { established: standing, providers });

// A Kubernetes API that answers, and nodes that have joined.
const cluster = createCluster(stage, { machines, established: standing, renewal, providers });

// Releases, each after just what it needs.
const secrets = stage.generated.length === 0 ? undefined : new GeneratedSecrets("secrets", stage);
new Platform("platform", { plan: stage.plan, cluster, secret: secrets?.of ?? stage.secret });

// A record for every host name that something answers to.
const records = planStageRecords(stage, stage.plan.hosts);
if (stage.dns !== undefined)
  new CloudflareDns("dns", { zoneId: stage.dns.zoneId, records, ingress: machines.ingress }, { providers });

/** Administrator's kubeconfig, a context for each way in: `npm run kubeconfig -- <stack>` merges it into yours. */
export const kubeconfig = cluster.kubeconfig;
/** For `talosctl`: `pulumi stack output talosconfig --show-secrets`. Only where nodes run Talos. */
export const talosconfig = cluster.talosconfig;
/** The one stable way to the Kubernetes API. */
export const endpoint = cluster.endpoint;
/** Every node by name, with its role and address. */
export const nodes = cluster.nodes;
/** Machines of the stage whose Docker nodes of k3d are in, by name. */
export const dockerHosts = cluster.dockerHosts;
/** Host names that DNS points at the stage. */
export const hosts = [...new Set(records.map(({ name }) => name))];
/** Names of the nodes that stand: how the next run knows that it must never start a second cluster. */
export const established = cluster.established;
/** Whose the certificates of the cluster's components are, which is settled before its first start. */
export const authority = authorityOf(stage);
