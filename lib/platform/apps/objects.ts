import { ingressObject } from "../ingress.ts";
import type { Manifest, PlannedManifest, Values } from "../release.ts";
import { deployer } from "./deployer.ts";
import type { App } from "./options.ts";

/** Everything that one entry of `groundwork:apps` is made of. */
export function appObjects(name: string, app: App): readonly PlannedManifest[] {
  const { namespace, exposed, alsoAt, annotations } = app;
  return [
    { manifest: deployment(name, app) },
    { manifest: service(name, app) },
    ...ingressObject({ name, namespace, exposed, alsoAt, annotations, service: { name, port: 80 } }),
    ...(app.replicas > 1 ? [{ manifest: disruptionBudget(name, app) }] : []),
    ...(app.autoscale === undefined ? [] : [{ manifest: autoscaler(name, app, app.autoscale) }]),
    ...(app.deployer ? deployer(name, namespace) : []),
  ];
}

const labelsOf = (name: string) => ({ "app.kubernetes.io/name": name });

function deployment(name: string, app: App): Manifest {
  const { namespace, replicas, autoscale } = app;
  const labels = labelsOf(name);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace,
      labels,
      // As long as Kubernetes itself waits for a copy, and not Pulumi's own ten minutes.
      annotations: { "pulumi.com/timeoutSeconds": String(app.startup + patience) },
    },
    spec: {
      // The autoscaler's to decide: named here, every change would set it back.
      ...(autoscale === undefined ? { replicas } : {}),
      selector: { matchLabels: labels },
      // A copy goes only once another one serves in its place.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      minReadySeconds: 5,
      progressDeadlineSeconds: app.startup + patience,
      template: { metadata: { labels }, spec: pod(name, app) },
    },
  };
}

/** Seconds for pulling the image and finding a node, beside those that it takes to start. */
const patience = 300;

function pod(name: string, app: App): Values {
  const { user, stop, pullSecret, writable, nodeSelector } = app;
  return {
    automountServiceAccountToken: false,
    // It is not Kubernetes' own variables that an application expects, and a Service named like one breaks it.
    enableServiceLinks: false,
    ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    terminationGracePeriodSeconds: stop + drain,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    // Copies on nodes of their own, while there are enough.
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labelsOf(name) },
      },
    ],
    containers: [container(name, app)],
    volumes: writable.map((_, index) => ({ name: `writable-${index + 1}`, emptyDir: {} })),
  };
}

/** Seconds until every ingress and node has heard that a copy goes; until then it still answers. */
const drain = 10;

function container(name: string, app: App): Values {
  const { image, command, args, port, resources, health, startup, writable } = app;
  const { cpu, memory, cpuLimit, memoryLimit } = resources;
  const probe = { httpGet: { path: health, port: "http" }, timeoutSeconds: 5 };
  return {
    name,
    image,
    // What a digest names never changes; a tag may have moved.
    imagePullPolicy: image.includes("@") ? "IfNotPresent" : "Always",
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ports: [{ name: "http", containerPort: port }],
    ...variables(app),
    resources: {
      requests: { cpu, memory },
      limits: { ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }), memory: memoryLimit },
    },
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: Math.ceil(startup / 5) },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 2 },
    // Slow to condemn: a copy that is only busy gets worse by being restarted.
    livenessProbe: { ...probe, periodSeconds: 15, failureThreshold: 6 },
    // Kubernetes' own sleep: an image without a shell has none.
    lifecycle: { preStop: { sleep: { seconds: drain } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: writable.map((mountPath, index) => ({ name: `writable-${index + 1}`, mountPath })),
  };
}

function variables({ env, secretEnv, secretsAsEnv }: App): Values {
  const all = [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(secretEnv).map(([name, { secret, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
  ];
  return {
    ...(all.length === 0 ? {} : { env: all }),
    ...(secretsAsEnv.length === 0 ? {} : { envFrom: secretsAsEnv.map((name) => ({ secretRef: { name } })) }),
  };
}

function service(name: string, { namespace }: App): Manifest {
  const labels = labelsOf(name);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels },
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  };
}

/** Drains take one copy at a time. */
function disruptionBudget(name: string, { namespace }: App): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: labelsOf(name) } },
  };
}

function autoscaler(name: string, { namespace, replicas }: App, { max, cpu }: NonNullable<App["autoscale"]>): Manifest {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: replicas,
      maxReplicas: max,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpu } } },
      ],
    },
  };
}
