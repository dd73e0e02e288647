import { createHash } from "node:crypto";
import { z } from "zod";
import { addressOrHostname, label } from "../../primitives.ts";
import { exposedHosts, exposure, exposureUrl, ingressObject } from "../ingress.ts";
import {
  defineObjects,
  type Manifest,
  type PlannedManifest,
  type PlatformContext,
  type ReleaseFault,
  type Values,
} from "../release.ts";
import { claimSpec, storage, storageNeeds } from "../storage.ts";

const options = z.strictObject({
  step: z.int().min(20).max(3600).default(300).meta({
    description: "Seconds from one round to the next. Fixed once it has measured: another takes an empty volume.",
  }),
  pings: z.int().min(3).max(100).default(20).meta({
    description: "Packets in a round. Fixed once it has measured: another takes an empty volume.",
  }),
  nodes: z.boolean().default(true).meta({ description: "Measure the way to every node of the stage, as group nodes." }),
  targets: z
    .record(label, z.record(label, addressOrHostname))
    .default({})
    .meta({ description: "Other hosts by group and name, such as internet: { quad9: 9.9.9.9 }." }),
  timeZone: z.string().min(1).default("UTC").meta({ description: "Of the graphs, such as Europe/Berlin." }),
  storage: storage("1Gi"),
  exposed: exposure.optional().meta({
    description: "Reach it from outside, at /smokeping/smokeping.cgi. It has no sign-on of its own: put one before it.",
  }),
});
type Options = z.output<typeof options>;

const name = "smokeping";
const namespace = "smokeping";
// renovate: datasource=docker depName=lscr.io/linuxserver/smokeping versioning=loose
const version = "2.9.0-r0-ls178";
const image = `lscr.io/linuxserver/smokeping:${version}`;
const labels = { "app.kubernetes.io/name": name };

/**
 * There is no kept chart of it, so it is written here. Source of its paths and of how it starts:
 * github.com/linuxserver/docker-smokeping; of the configuration's form: oss.oetiker.ch/smokeping/doc/smokeping_config.
 */
export const smokeping = defineObjects<Options>({
  name,
  description: "Smokeping: graphs of round-trip time and packet loss to nodes and other hosts.",
  namespace,
  options,
  manifests(chosen, context) {
    const files = configuration(chosen, context);
    return [
      { manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: files } },
      ...volumeClaim(chosen),
      deployment(chosen, files),
      { manifest: service },
      ...ingressObject({ name, namespace, exposed: chosen.exposed, service: { name, port: 80 } }),
    ];
  },
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults,
});

function faults(chosen: Options, context: PlatformContext): readonly ReleaseFault[] {
  const { nodes, targets } = chosen;
  const empty = Object.keys(targets).filter((group) => Object.keys(targets[group] ?? {}).length === 0);
  return [
    ...(nodes && Object.hasOwn(targets, "nodes")
      ? [
          {
            path: ["targets", "nodes"],
            message: "group nodes is the stage's own nodes already",
            remedy: "give this group another name, or set nodes: false",
          },
        ]
      : []),
    ...empty.map((group) => ({
      path: ["targets", group],
      message: `group ${group} has no host`,
      remedy: "add a host to it, or leave it out",
    })),
    ...(groups(chosen, context).length === 0
      ? [
          {
            path: ["targets"],
            message: "there is nothing to measure",
            remedy: "add a group of hosts, or set nodes: true",
          },
        ]
      : []),
  ];
}

type Group = readonly [name: string, hosts: readonly (readonly [name: string, host: string])[]];

function groups({ nodes, targets }: Options, { controlPlanes, workers }: PlatformContext): readonly Group[] {
  const own = [...controlPlanes, ...workers].map((node) => [node.name, node.address] as const);
  return [
    ...(nodes ? [["nodes", own] as const] : []),
    ...Object.entries(targets).map(([group, hosts]) => [group, Object.entries(hosts)] as const),
  ];
}

/** Files of /config that differ from the image's own. */
function configuration(chosen: Options, context: PlatformContext): Readonly<Record<string, string>> {
  const { step, pings, exposed } = chosen;
  const address = exposed === undefined ? `http://${name}.${namespace}.svc` : exposureUrl(exposed);
  return {
    General: lines(
      "*** General ***",
      `owner = ${context.cluster.name}`,
      `contact = root@${name}.invalid`,
      "mailhost = localhost",
      `cgiurl = ${address}/smokeping/smokeping.cgi`,
      "@include /config/pathnames",
    ),
    // Days, months and years, as the image has them.
    Database: lines(
      "*** Database ***",
      `step = ${step}`,
      `pings = ${pings}`,
      "AVERAGE 0.5 1 1008",
      "AVERAGE 0.5 12 4320",
      "MIN 0.5 12 4320",
      "MAX 0.5 12 4320",
      "AVERAGE 0.5 144 720",
      "MAX 0.5 144 720",
      "MIN 0.5 144 720",
    ),
    Targets: lines(
      "*** Targets ***",
      "probe = FPing",
      "menu = Top",
      `title = Round-trip times of ${context.cluster.name}`,
      ...groups(chosen, context).flatMap(([group, hosts]) => [
        `+ ${group}`,
        ...titled(group, group),
        ...hosts.flatMap(([host, at]) => [`++ ${host}`, ...titled(host, `${host} (${at})`), `host = ${at}`]),
      ]),
    ),
  };
}

const titled = (menu: string, title: string): readonly string[] => [`menu = ${menu}`, `title = ${title}`];
const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;

function volumeClaim({ storage: chosen }: Options): readonly PlannedManifest[] {
  if (chosen === "none") return [];
  const manifest: Manifest = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    // A class that binds a claim only to a pod would be waited for without end: the pod comes after the claim.
    metadata: { name, namespace, annotations: { "pulumi.com/skipAwait": "true" } },
    spec: claimSpec(chosen),
  };
  return [{ manifest, needs: storageNeeds(chosen) }];
}

function deployment({ timeZone, storage: chosen }: Options, files: Readonly<Record<string, string>>): PlannedManifest {
  const hash = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
  const manifest: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      // The volume goes to one pod at a time.
      strategy: { type: "Recreate" },
      template: {
        // It reads its configuration when it starts: another hash starts it anew.
        metadata: { labels, annotations: { "groundwork/configuration": hash } },
        spec: pod(timeZone, Object.keys(files), chosen === "none"),
      },
    },
  };
  const object = (kind: string) => `object:${kind}/${namespace}/${name}` as const;
  return { manifest, needs: [object("configmap"), ...(chosen === "none" ? [] : [object("persistentvolumeclaim")])] };
}

function pod(timeZone: string, files: readonly string[], lost: boolean): Values {
  return {
    automountServiceAccountToken: false,
    // Its start-up changes owners below /config, which a mounted ConfigMap does not allow: it gets copies.
    initContainers: [
      {
        name: "configuration",
        image,
        command: ["cp", ...files.map((file) => `/written/${file}`), "/config/"],
        volumeMounts: [
          { name: "written", mountPath: "/written" },
          { name: "config", mountPath: "/config" },
        ],
      },
    ],
    containers: [
      {
        name,
        image,
        env: [{ name: "TZ", value: timeZone }],
        ports: [{ name: "http", containerPort: 80 }],
        // The page itself: a configuration that Smokeping does not read shows here.
        readinessProbe: { httpGet: { path: "/smokeping/smokeping.cgi", port: "http" }, timeoutSeconds: 10 },
        resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        volumeMounts: [
          { name: "config", mountPath: "/config" },
          { name: "data", mountPath: "/data" },
        ],
      },
    ],
    volumes: [
      { name: "written", configMap: { name } },
      { name: "config", emptyDir: {} },
      { name: "data", ...(lost ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: name } }) },
    ],
  };
}

const service: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace, labels },
  spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
};
