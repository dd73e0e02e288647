import { messageOf } from "../../../lib/words.ts";
import { durations } from "../../durations.ts";
import { type Cluster, deadMembers, isAlive, quorum } from "../k3s/cluster.ts";
import { serversOf } from "../k3s/clusters.ts";
import { criticalValues, type K3sSettings, k3sSettings, listOf } from "../k3s/config.ts";
import { caHash, givenPki, type Pki } from "../k3s/pki.ts";
import { tombstone } from "./k3s-leave.ts";
import { bootEnd, deadline, exited, parameter, type Step, type StepRequest, type StepResult } from "./step.ts";

const marker = "/etc/groundwork/init";

/** Starts k3s on a machine: it starts a cluster, joins one, or goes on as the member that it is. */
export const k3sJoin: Step = (request) => {
  const from = bootEnd(request);
  const name = parameter(request, "name");
  const settings = k3sSettings(request.host);
  if (settings === undefined)
    throw unhealthy(request, `there is no /etc/rancher/k3s/config.yaml on ${request.host.name}`);
  if (settings["node-name"] !== undefined && settings["node-name"] !== name) {
    throw unhealthy(
      request,
      `no Node named ${name} is registered: its configuration calls it ${String(settings["node-name"])}`,
    );
  }
  const member = request.clusters.of(request.host);
  if (member !== undefined) return { stdout: "", until: from + durations.step.other };
  switch (parameter(request, "role")) {
    case "server":
      return startServer({ request, settings, from, name });
    default:
      return startAgent({ request, settings, from, name });
  }
};

interface Start {
  readonly request: StepRequest;
  readonly settings: K3sSettings;
  /** Virtual time at which first boot has ended. */
  readonly from: number;
  readonly name: string;
}

async function startServer(start: Start): Promise<StepResult> {
  const { request, from, name } = start;
  const { host } = request;
  if (host.files.has(tombstone)) {
    throw exited(
      request,
      `the etcd member of ${name} was removed from the cluster, so it may not start: replace the node by raising its generation`,
    );
  }
  const [serverToken, agentToken] = lines(request.stdin);
  if (serverToken === undefined || agentToken === undefined) {
    throw exited(request, "two lines are expected on standard input: the server token, then the agent token");
  }
  const endpoint = parameter(request, "endpoint");
  const peers = (request.parameters.peers ?? "").split(" ").filter((peer) => peer !== "");
  const found = firstAnswering(request, [...peers, endpoint], from);
  if (found !== undefined) return joinServer(start, found, serverToken);
  if (!host.files.has(marker)) {
    throw exited(
      request,
      `none of the servers ${[...peers, endpoint].join(" ")} answers on /ping, and ${name} may not start a cluster of its own (only the first node of a cluster that never existed may)`,
    );
  }
  return initialise(start, serverToken, agentToken);
}

async function initialise(start: Start, serverToken: string, agentToken: string): Promise<StepResult> {
  const { request, settings, from, name } = start;
  const other = request.clusters.all().find((cluster) => cluster.serverToken === bare(serverToken));
  if (other !== undefined) {
    const members = [...other.nodes.keys()].join(", ");
    request.context.finding({
      rule: "second-cluster",
      message: `${name} starts a cluster of its own although one with the same token exists (${members}): it cannot reach it, and both go on apart with one set of names and addresses`,
      remedy: `let only one node carry ${marker}, give every server the others as peers, and let ${name} wait for the first server's join`,
    });
    throw unhealthy(request, `a second cluster was started beside the one of ${members}`);
  }
  const until = from + durations.step.k3sInit;
  const { pki, written } = givenAuthorities(request);
  const cluster = await request.clusters.create({
    ...(pki === undefined ? {} : { pki }),
    name: String(settings["cluster-name"] ?? `of ${name}`),
    serverToken: bare(serverToken),
    agentToken: bare(agentToken),
    settings: {
      bundledNetwork: settings["flannel-backend"] !== "none",
      disabled: listOf(settings, "disable"),
      critical: criticalValues(settings),
    },
    readyAt: until,
  });
  register(start, cluster, "server", until);
  const said = `groundwork: no other server answers and ${name} may start the cluster: it does`;
  // The first boot's document says already that it may.
  return {
    stdout: [...written, changed(["token", "agent-token"])].join("\n"),
    stderr: `${said}\n${joined(name)}`,
    until,
  };
}

/** The authorities on standard input, and what the step says of their files. */
function givenAuthorities(request: StepRequest): { readonly pki?: Pki; readonly written: readonly string[] } {
  const files = new Map(
    lines(request.stdin)
      .slice(2)
      .map((line) => {
        const [path = "", content = ""] = line.split(" ");
        return [path, Buffer.from(content, "base64").toString()] as const;
      }),
  );
  const written = [...files.keys()].map((path) => `changed /var/lib/rancher/k3s/server/tls/${path}`);
  try {
    const pki = givenPki(files);
    return pki === undefined ? { written } : { pki, written };
  } catch (error) {
    throw unhealthy(request, messageOf(error));
  }
}

const membership = "config.yaml.d/10-membership.yaml";

/** What the step says of the files that it writes, in its order. */
const changed = (files: readonly string[]): string =>
  [
    ...[...files, "config.yaml.d/20-address.yaml"].map((file) => `/etc/rancher/k3s/${file}`),
    "/var/lib/groundwork/k3s-config",
  ]
    .map((path) => `changed ${path}`)
    .join("\n");

const joined = (name: string): string => `groundwork: ${name} is part of the cluster`;

function joinServer(start: Start, { cluster, at: through }: Found, token: string): StepResult {
  const { request, settings, name } = start;
  const at = parameter(request, "endpoint");
  checkToken(request, cluster, token, [cluster.serverToken], `https://${at}/v1-k3s/server-bootstrap`);
  const differing = differences(criticalValues(settings), cluster.settings.critical);
  if (differing.length > 0) {
    throw unhealthy(
      request,
      `failed to validate server configuration: critical configuration value mismatch between servers: ${differing.join(", ")}`,
    );
  }
  const namesake = cluster.nodes.get(name);
  if (namesake !== undefined) {
    const remedy =
      "In the rehearsal: the machine before it left without its etcd member being removed: run k3s-leave before the machine goes";
    throw unhealthy(
      request,
      `etcd cluster join failed: duplicate node name found, please use a unique name for this node. ${remedy}`,
    );
  }
  const dead = deadMembers(cluster);
  if (dead.length > 0) {
    throw unhealthy(
      request,
      `Waiting for other members to finish joining etcd cluster: etcdserver: unhealthy cluster. In the rehearsal: the members ${dead.join(", ")} are gone and were not removed from etcd`,
    );
  }
  const from = afterLearner(start, cluster);
  const until = from + durations.step.k3sJoinServer;
  if (until > deadline(request)) throw unhealthy(request, `etcd does not list ${name} as a voting member`);
  cluster.learner = { name, until };
  register(start, cluster, "server", until);
  const said = `groundwork: ${name} joins through ${through}`;
  return { stdout: changed([membership, "token", "agent-token"]), stderr: `${said}\n${joined(name)}`, until };
}

/** etcd admits one learner at a time; k3s tries again, and sometimes does not get through. */
function afterLearner({ request, from, name }: Start, cluster: Cluster): number {
  const { learner } = cluster;
  const start = Math.max(from, cluster.readyAt);
  if (learner === undefined || learner.until <= start) return start;
  request.context.finding({
    rule: "parallel-etcd-join",
    message: `${name} joins etcd while ${learner.name} still does: etcd admits one learner at a time ("etcdserver: too many learner members in cluster"), and joins that meet have stuck for good (k3s-io/k3s#4335, #8496)`,
    remedy: `let ${name} wait for the member check of ${learner.name}`,
  });
  return learner.until;
}

function startAgent(start: Start): StepResult {
  const { request, from, name } = start;
  const [token] = lines(request.stdin);
  if (token === undefined) throw exited(request, "one line is expected on standard input: the agent token");
  const endpoint = parameter(request, "endpoint");
  const cluster = firstAnswering(request, [endpoint], from)?.cluster;
  if (cluster === undefined) {
    throw exited(
      request,
      `the cluster's endpoint ${endpoint} does not answer on /ping: ${name} cannot join. Look at the load balancer or address behind it, and at k3s on the control planes`,
    );
  }
  checkToken(request, cluster, token, [cluster.agentToken, cluster.serverToken], `https://${endpoint}/v1-k3s/config`);
  if (cluster.nodes.has(name)) {
    throw unhealthy(
      request,
      `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry. In the rehearsal: a Node ${name} of another machine is still in the cluster: delete it, or run k3s-leave before the machine goes`,
    );
  }
  const until = Math.max(from, cluster.readyAt) + durations.step.k3sJoinAgent;
  if (until > deadline(request)) throw unhealthy(request, `no Node named ${name} is registered`);
  register(start, cluster, "agent", until);
  return { stdout: changed(["token"]), stderr: joined(name), until };
}

interface Found {
  readonly cluster: Cluster;
  /** The candidate that answered. */
  readonly at: string;
}

/** The cluster of the first server that answers this machine before the step must end. */
function firstAnswering(request: StepRequest, candidates: readonly string[], from: number): Found | undefined {
  const clusters = request.clusters.all();
  for (const candidate of candidates) {
    const colon = candidate.lastIndexOf(":");
    const found = request.hosts.find(request.host, candidate.slice(0, colon), Number(candidate.slice(colon + 1)));
    const cluster = serversOf(found, clusters)[0];
    if (cluster === undefined || !isAlive(cluster) || !quorum(cluster).kept) continue;
    if (Math.max(from, cluster.readyAt) <= deadline(request)) return { cluster, at: candidate };
  }
  return undefined;
}

function register(
  { request, settings, name }: Start,
  cluster: Cluster,
  role: "server" | "agent",
  readyAt: number,
): void {
  request.host.files.delete(marker);
  const labels = listOf(settings, "node-label").map((label) => {
    const equals = label.indexOf("=");
    return [label.slice(0, equals), label.slice(equals + 1)] as const;
  });
  cluster.nodes.set(name, {
    name,
    role,
    host: request.host,
    labels: Object.fromEntries(labels),
    taints: listOf(settings, "node-taint"),
    externalCloudProvider: listOf(settings, "kubelet-arg").includes("cloud-provider=external"),
    readyAt,
  });
}

/** A full token names the hash of the authority that it is for; the short form trusts whoever answers. */
function checkToken(
  request: StepRequest,
  cluster: Cluster,
  token: string,
  accepted: readonly string[],
  url: string,
): void {
  const hash = /^K10([0-9a-f]{64})::/.exec(token)?.[1];
  const expected = caHash(cluster.pki);
  if (hash !== undefined && hash !== expected) {
    throw unhealthy(request, `token CA hash does not match the Cluster CA certificate hash: ${hash} != ${expected}`);
  }
  if (!accepted.includes(bare(token)))
    throw unhealthy(request, `${url}: 401 Unauthorized: the token is not one of this cluster's`);
}

/** The secret of a token: `K10<hash>::<user>:<secret>` or the secret alone. */
function bare(token: string): string {
  return token.replace(/^K10[0-9a-f]{64}::(?:[^:]+:)?/, "");
}

function lines(stdin: string): string[] {
  return stdin.split("\n").filter((line) => line !== "");
}

function differences(mine: Readonly<Record<string, string>>, theirs: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
    .filter((key) => mine[key] !== theirs[key])
    .map((key) => `${key} (${mine[key] ?? "unset"} here, ${theirs[key] ?? "unset"} there)`);
}

function unhealthy(request: StepRequest, missing: string) {
  const unit = request.parameters.role === "server" ? "k3s" : "k3s-agent";
  const name = request.parameters.name ?? request.host.name;
  const seconds = deadline(request) - request.at;
  return exited(
    request,
    `${unit} on ${name} is not healthy after ${seconds}s: ${missing}. Look at 'journalctl -u ${unit}' there; run again when it is corrected`,
  );
}
