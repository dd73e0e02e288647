import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlPlaneProgram } from "./binaries.ts";
import type { Pki } from "./pki.ts";
import { stagesYaml } from "./stages.ts";
import { unansweredAdmission } from "./webhook-gate.ts";

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly api: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
}

export interface ComponentArgs {
  readonly dir: string;
  readonly ports: Ports;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

export interface Component {
  readonly program: ControlPlaneProgram;
  readonly args: readonly string[];
  /** Where it says that it is well. */
  readonly health: string;
}

const local = "127.0.0.1";

/** Writes what the programs read into the directory. The kubeconfig is for whoever uses the cluster, too. */
export function writeFiles(dir: string, pki: Pki, kubeconfig: string): void {
  const files: Readonly<Record<string, string>> = {
    "ca.crt": pki.authority.certificate,
    "server.crt": pki.server.certificate,
    "server.key": pki.server.key,
    "service-account.key": pki.serviceAccountKey,
    "stages.yaml": stagesYaml(),
    kubeconfig,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o600 });
}

/**
 * The programs of a control plane with their flags, in the order of their start; each from the third on needs the API.
 * Everything listens on 127.0.0.1. Sources: etcd.io/docs/v3.6/op-guide/configuration and
 * kubernetes.io/docs/reference/command-line-tools-reference.
 */
export function components({ dir, ports, podCidr, serviceCidr }: ComponentArgs): readonly Component[] {
  const file = (name: string): string => join(dir, name);
  const client = `http://${local}:${ports.etcd}`;
  const peer = `http://${local}:${ports.etcdPeer}`;
  return [
    {
      program: "etcd",
      args: flags({
        name: "default",
        "data-dir": file("etcd"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": `default=${peer}`,
        // What is in it is not to outlive the test.
        "unsafe-no-fsync": "true",
      }),
      health: `${client}/health`,
    },
    {
      program: "kube-apiserver",
      args: flags({
        "etcd-servers": client,
        "bind-address": local,
        "secure-port": String(ports.api),
        // A loopback address is refused as the one to advertise, and the machine may have no other.
        "advertise-address": "192.0.2.1",
        "endpoint-reconciler-type": "none",
        "service-cluster-ip-range": serviceCidr,
        "client-ca-file": file("ca.crt"),
        "tls-cert-file": file("server.crt"),
        "tls-private-key-file": file("server.key"),
        "service-account-key-file": file("service-account.key"),
        "service-account-signing-key-file": file("service-account.key"),
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "authorization-mode": "Node,RBAC",
        "allow-privileged": "true",
        "disable-admission-plugins": unansweredAdmission.join(","),
      }),
      health: `https://${local}:${ports.api}/readyz`,
    },
    {
      program: "kube-controller-manager",
      args: flags({
        kubeconfig: file("kubeconfig"),
        "bind-address": local,
        "secure-port": String(ports.controllerManager),
        "leader-elect": "false",
        "use-service-account-credentials": "true",
        "service-account-private-key-file": file("service-account.key"),
        "root-ca-file": file("ca.crt"),
        "allocate-node-cidrs": "true",
        "cluster-cidr": podCidr,
      }),
      health: `https://${local}:${ports.controllerManager}/healthz`,
    },
    {
      program: "kube-scheduler",
      args: flags({
        kubeconfig: file("kubeconfig"),
        "bind-address": local,
        "secure-port": String(ports.scheduler),
        "leader-elect": "false",
      }),
      health: `https://${local}:${ports.scheduler}/healthz`,
    },
    {
      program: "kwok",
      args: flags({
        kubeconfig: file("kubeconfig"),
        config: file("stages.yaml"),
        "manage-all-nodes": "true",
        "server-address": `${local}:${ports.kwok}`,
        cidr: podCidr,
        // Off by default: nodes would be taken for lost after 50 s.
        "node-lease-duration-seconds": "40",
      }),
      health: `http://${local}:${ports.kwok}/healthz`,
    },
  ];
}

const flags = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);
