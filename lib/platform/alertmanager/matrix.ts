import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { type Manifest, type PlannedManifest, SecretRef, type Values } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import type { Matrix } from "./options.ts";

const name = "matrix-alertmanager-receiver";
const port = 12345;
// renovate: datasource=docker depName=docker.io/metio/matrix-alertmanager-receiver versioning=loose
const version = "2026.6.24";
const labels = { "app.kubernetes.io/name": name };
const folder = "/etc/receiver";
const file = "config.yaml";

/** Where Alertmanager posts what is meant for a room. */
export const roomUrl = (receiver: string, namespace: string): string =>
  `http://${name}.${namespace}.svc:${port}/alerts/${receiver}`;

/**
 * Alertmanager does not speak Matrix: this program stands between them. No chart of it is kept. Source of its
 * configuration: github.com/metio/matrix-alertmanager-receiver, README.md.
 * @param rooms ids of rooms by receiver
 */
export function matrixBridge(
  matrix: Matrix,
  rooms: Readonly<Record<string, string>>,
  namespace: string,
): readonly PlannedManifest[] {
  const config = (token: string): string => configuration(matrix, rooms, token);
  const secret = secretManifest({ name, namespace, data: { [file]: new SecretRef(matrix.tokenSecret, config) } });
  const hash = new SecretRef(matrix.tokenSecret, (token) =>
    createHash("sha256").update(config(token)).digest("hex").slice(0, 16),
  );
  return [
    { manifest: secret },
    { manifest: deployment(hash, namespace), needs: [`object:secret/${namespace}/${name}`] },
    {
      manifest: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace, labels },
        spec: { selector: labels, ports: [{ name: "http", port, targetPort: "http" }] },
      },
    },
    { manifest: onlyAlertmanager(namespace) },
  ];
}

/** Text of a message: Go's html/template over one alert. */
const message = [
  "<b>{{ .Alert.Status | ToUpper }}</b> {{ .Alert.Labels.severity }} <b>{{ .Alert.Labels.alertname }}</b>",
  "{{ if .Alert.Annotations.summary }}: {{ .Alert.Annotations.summary }}{{ end }}",
  "{{ if .Alert.Annotations.description }}<br>{{ .Alert.Annotations.description }}{{ end }}",
  '{{ if .Alert.Annotations.runbook_url }}<br><a href="{{ .Alert.Annotations.runbook_url }}">runbook</a>{{ end }}',
].join("\n");

const configuration = (matrix: Matrix, rooms: Readonly<Record<string, string>>, token: string): string =>
  stringify(
    {
      http: { port, "alerts-path-prefix": "/alerts", "metrics-enabled": true },
      matrix: {
        "homeserver-url": matrix.homeserver,
        "user-id": matrix.user,
        "access-token": token,
        "room-mapping": rooms,
      },
      templating: { "firing-template": message },
    },
    { lineWidth: 0 },
  );

function deployment(hash: SecretRef, namespace: string): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        // It reads its configuration when it starts: another hash starts it anew.
        metadata: { labels, annotations: { "groundwork/configuration": hash } },
        spec: pod,
      },
    },
  };
}

const pod: Values = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "receiver",
      image: `docker.io/metio/${name}:${version}`,
      args: ["--config-path", `${folder}/${file}`],
      ports: [{ name: "http", containerPort: port }],
      readinessProbe: { httpGet: { path: "/metrics", port: "http" } },
      resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      volumeMounts: [{ name: "config", mountPath: folder, readOnly: true }],
    },
  ],
  volumes: [{ name: "config", secret: { secretName: name } }],
};

/** It writes to rooms for whoever asks: nobody but Alertmanager may. */
const onlyAlertmanager = (namespace: string): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace },
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "alertmanager" } } }],
        ports: [{ protocol: "TCP", port }],
      },
    ],
  },
});
