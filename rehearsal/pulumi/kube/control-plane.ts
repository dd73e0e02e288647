import type { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { get as getSecurely } from "node:https";
import { join, resolve } from "node:path";
import { connect } from "node:tls";
import { CoreV1Api, KubeConfig, VersionApi } from "@kubernetes/client-node";
import { controlPlanePrograms, ensurePrograms } from "./binaries.ts";
import { initialiseNode } from "./cloud-controller.ts";
import { components, writeFiles } from "./components.ts";
import { serveLoadBalancers } from "./load-balancers.ts";
import { makeAtStart } from "./made-at-start.ts";
import { type NodeArgs, nodeObject } from "./nodes.ts";
import { adminKubeconfig, createPki, issueServer, type KeyPair, type Pki } from "./pki.ts";
import { type Daemon, freePorts, startDaemon, until } from "./processes.ts";
import { provisionVolumes } from "./storage.ts";
import { isStatus, type Watcher } from "./watch.ts";
import { openConversions } from "./webhook-gate.ts";

export interface ControlPlaneArgs {
  /** A directory that is made or empty: keys, data and a log of each program (`<program>.log`). */
  readonly dir: string;
  readonly nodes: readonly NodeArgs[];
  /** Names and addresses that clients call the API server by, beside 127.0.0.1 and localhost. */
  readonly serverNames?: readonly string[];
  /** Gets a line for each program that has to be built first. */
  readonly say?: (line: string) => void;
}

export interface ControlPlane {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The same, for the client library. */
  readonly config: KubeConfig;
  /** `https://127.0.0.1:<port>` */
  readonly serverUrl: string;
  readonly pki: Pki;
  /** Adds a node; resolves when it is ready. */
  addNode(node: NodeArgs): Promise<void>;
  /** Takes a node and the pods on it out of the API, as when its machine is gone. */
  removeNode(name: string): Promise<void>;
  /** Clients call the API server by these names and addresses too from now on. */
  serveAs(names: readonly string[]): Promise<void>;
  /** What a cloud controller does: takes the taint off with which a node waits for it. */
  initialise(name: string): Promise<void>;
  /** What the helpers beside Kubernetes (volumes, load balancers, conversions) could not do; empty when all is well. */
  failures(): readonly string[];
  /** Ends every program. Happens by itself when this process ends, however it ends. */
  stop(): Promise<void>;
}

/** As k3s has them. */
const podCidr = "10.42.0.0/16";
const serviceCidr = "10.43.0.0/16";

/** Seconds that a program may take to be well; the machine may be busy with more than this test. */
const patience = 120;

/**
 * Starts a real Kubernetes control plane on loopback (etcd, API server, controller manager, scheduler) with nodes that
 * KWOK simulates: any pod that is scheduled runs, and a Job's ends well. Claims get volumes, Services of type
 * LoadBalancer addresses; admission webhooks are not asked and conversion webhooks are turned off, since no pod answers.
 * @throws naming the program that did not come up, with the end of its log.
 */
export async function startControlPlane(args: ControlPlaneArgs): Promise<ControlPlane> {
  const dir = resolve(args.dir);
  if (existsSync(join(dir, "etcd"))) throw new Error(`${dir} holds an earlier cluster → give a directory of its own`);
  mkdirSync(dir, { recursive: true });
  const paths = await ensurePrograms(controlPlanePrograms, args.say ?? (() => undefined));
  const ports = await choosePorts();
  const serverUrl = `https://127.0.0.1:${ports.api}`;
  const names = [
    "127.0.0.1",
    "localhost",
    "kubernetes.default.svc",
    firstAddress(serviceCidr),
    ...(args.serverNames ?? []),
  ];
  const pki = await createPki(names);
  const kubeconfigText = adminKubeconfig({ server: serverUrl, name: "engine", pki });
  writeFiles(dir, pki, kubeconfigText);

  const daemons: Daemon[] = [];
  const watchers: Watcher[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  };
  try {
    for (const { program, args: flags, health } of components({ dir, ports, podCidr, serviceCidr })) {
      const log = join(dir, `${program}.log`);
      daemons.push(startDaemon({ name: program, path: paths[program], args: flags, cwd: dir, log }));
      const what = `waiting for ${program} to be well (${health})`;
      await until({ what, daemons, seconds: patience, ready: () => answers(health) });
    }
    const config = new KubeConfig();
    config.loadFromString(kubeconfigText);
    for (const begin of [provisionVolumes, serveLoadBalancers, openConversions, makeAtStart])
      watchers.push(await begin(config));
    const nodes = await nodeHandling(config, daemons);
    await Promise.all(args.nodes.map((node) => nodes.addNode(node)));
    await accountsAreMade(config, daemons);
    return {
      kubeconfig: join(dir, "kubeconfig"),
      config,
      serverUrl,
      pki,
      ...nodes,
      serveAs: (more) => serveAs({ dir, serverUrl, authority: pki.authority, names, more, daemons }),
      failures: () => watchers.flatMap(({ failures }) => failures),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ServeAsArgs {
  readonly dir: string;
  readonly serverUrl: string;
  readonly authority: KeyPair;
  /** Gets those that are new. */
  readonly names: string[];
  readonly more: readonly string[];
  readonly daemons: readonly Daemon[];
}

/** The API server looks at its certificate's files and takes another one as soon as it is there. */
async function serveAs({ dir, serverUrl, authority, names, more, daemons }: ServeAsArgs): Promise<void> {
  const added = [...new Set(more)].filter((name) => !names.includes(name));
  if (added.length === 0) return;
  names.push(...added);
  const { certificate, key } = await issueServer(authority, names);
  writeFileSync(join(dir, "server.key"), key, { mode: 0o600 });
  writeFileSync(join(dir, "server.crt"), certificate, { mode: 0o600 });
  await until({
    what: `waiting for the API server to be ${added.join(", ")}`,
    daemons,
    seconds: patience,
    ready: async () => {
      const shown = await certificateOf(serverUrl);
      return added.every((name) => shown.checkHost(name) !== undefined || shown.checkIP(name) !== undefined);
    },
  });
}

function certificateOf(url: string): Promise<X509Certificate> {
  const { hostname: host, port } = new URL(url);
  return new Promise((done, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error(`${url} shows no certificate`));
      else done(certificate);
    });
    socket.once("error", reject);
  });
}

async function choosePorts() {
  const [etcd = 0, etcdPeer = 0, api = 0, controllerManager = 0, scheduler = 0, kwok = 0] = await freePorts(6);
  return { etcd, etcdPeer, api, controllerManager, scheduler, kwok };
}

/** The address of the Service `kubernetes`: `10.43.0.0/16` -> `10.43.0.1`. */
const firstAddress = (cidr: string): string => cidr.replace(/\.\d+\/\d+$/, ".1");

/** True for an answer of 200. Whose certificate it is does not matter here: the port is on loopback, and ours. */
function answers(url: string): Promise<boolean> {
  return new Promise((done, reject) => {
    const request = url.startsWith("https:")
      ? getSecurely(url, { rejectUnauthorized: false, timeout: 5000 })
      : get(url, { timeout: 5000 });
    request.once("timeout", () => request.destroy(new Error(`${url} does not answer within 5 s`)));
    request.once("error", reject);
    request.once("response", (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
  });
}

async function nodeHandling(
  config: KubeConfig,
  daemons: readonly Daemon[],
): Promise<Pick<ControlPlane, "addNode" | "removeNode" | "initialise">> {
  const core = config.makeApiClient(CoreV1Api);
  const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
  return {
    async addNode(node) {
      await core.createNode({ body: nodeObject(node, gitVersion) });
      await until({
        what: `waiting for node ${node.name} to be ready`,
        daemons,
        seconds: patience,
        ready: async () => {
          const { spec, status } = await core.readNode({ name: node.name });
          const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
          return ready && !(spec?.taints ?? []).some(({ key }) => key === "node.kubernetes.io/not-ready");
        },
      });
    },
    async removeNode(name) {
      await core.deleteNode({ name });
      const pods = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` });
      // What the garbage collector of pods does too, only a minute later.
      for (const { metadata } of pods.items) await removePod(core, metadata?.namespace ?? "", metadata?.name ?? "");
    },
    initialise: (name) => initialiseNode(core, name),
  };
}

async function removePod(core: CoreV1Api, namespace: string, name: string): Promise<void> {
  try {
    await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

/** Pods are refused in a namespace until the controller manager has made its account. */
async function accountsAreMade(config: KubeConfig, daemons: readonly Daemon[]): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  for (const namespace of ["default", "kube-system"]) {
    await until({
      what: `waiting for the account "default" in namespace ${namespace}`,
      daemons,
      seconds: patience,
      ready: async () => (await core.readNamespacedServiceAccount({ namespace, name: "default" })).kind !== "",
    });
  }
}
