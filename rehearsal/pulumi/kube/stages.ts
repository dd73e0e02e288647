import { stringify } from "yaml";

/**
 * What KWOK makes of nodes and pods, as its configuration: https://kwok.sigs.k8s.io/docs/user/stages-configuration/.
 * Nodes become ready at once and stay so by their leases; pods run and are ready as soon as they have a node; those of
 * a Job then end well; those of nobody with restartPolicy Never or OnFailure (Helm's hooks and tests) do too.
 */
export function stagesYaml(): string {
  return stages.map((stage) => stringify(stage, { lineWidth: 0 })).join("---\n");
}

interface Expression {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

const stage = (
  name: string,
  kind: "Node" | "Pod",
  matchExpressions: readonly Expression[],
  next: Readonly<Record<string, unknown>>,
) => ({
  apiVersion: "kwok.x-k8s.io/v1alpha1",
  kind: "Stage",
  metadata: { name },
  spec: { resourceRef: { apiGroup: "v1", kind }, selector: { matchExpressions }, next },
});

const alive: Expression = { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" };
const ready = '.status.conditions.[] | select( .type == "Ready" ) | .status';

const nodeReady = `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
phase: Running
`;

const podRuns = `{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range list "PodReadyToStartContainers" "Initialized" "ContainersReady" "Ready" }}
- type: {{ . }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
{{ end }}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
  {{ if eq (or .restartPolicy "") "Always" }}
  started: true
  state: {running: {startedAt: {{ $now | Quote }}}}
  {{ else }}
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
  {{ end }}
{{ end }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs: [{ip: {{ index . 0 | Quote }}}]
{{ end }}
`;

const podReady = `conditions:
- type: Ready
  status: "True"
  lastTransitionTime: {{ Now | Quote }}
`;

const podSucceeds = `{{ $now := Now }}
phase: Succeeded
conditions:
{{ range list "Ready" "ContainersReady" }}
- type: {{ . }}
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
{{ end }}
`;

const running: Expression = { key: ".status.phase", operator: "In", values: ["Running"] };

const stages = [
  stage("node-ready", "Node", [{ key: ready, operator: "NotIn", values: ["True"] }], { statusTemplate: nodeReady }),
  stage(
    "pod-runs",
    "Pod",
    [
      alive,
      { key: ".spec.nodeName", operator: "Exists" },
      { key: ".status.phase", operator: "In", values: ["Pending"] },
    ],
    { statusTemplate: podRuns },
  ),
  // The controller manager marks the pods of a node that it lost sight of; a kubelet that is back says otherwise.
  stage("pod-is-ready-again", "Pod", [alive, running, { key: ready, operator: "In", values: ["False"] }], {
    statusTemplate: podReady,
  }),
  stage(
    "pod-of-a-job-ends-well",
    "Pod",
    [alive, running, { key: ".metadata.ownerReferences.[].kind", operator: "In", values: ["Job"] }],
    { statusTemplate: podSucceeds },
  ),
  stage(
    "pod-of-nobody-ends-well",
    "Pod",
    [
      alive,
      running,
      { key: ".metadata.ownerReferences", operator: "DoesNotExist" },
      { key: ".spec.restartPolicy", operator: "In", values: ["Never", "OnFailure"] },
    ],
    { statusTemplate: podSucceeds },
  ),
  stage("pod-goes", "Pod", [{ key: ".metadata.deletionTimestamp", operator: "Exists" }], {
    finalizers: { empty: true },
    delete: true,
  }),
];
