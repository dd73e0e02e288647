---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata:
  name: kube-prometheus-stack-prometheus
spec: {{ toJson .Values.prometheus.prometheusSpec }}
---
apiVersion: monitoring.coreos.com/v1
kind: Alertmanager
metadata:
  name: kube-prometheus-stack-alertmanager
spec: {{ toJson .Values.alertmanager.alertmanagerSpec }}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: kube-prometheus-stack-general.rules
spec:
  groups:
    - name: general.rules
      rules:
        - alert: Watchdog
          expr: vector(1)
{{- if .Values.kubeEtcd.enabled }}
---
apiVersion: v1
kind: Service
metadata:
  name: kube-prometheus-stack-kube-etcd
  namespace: kube-system
spec:
  clusterIP: None
  ports:
    - name: http-metrics
      port: 2381
{{- with .Values.kubeEtcd.endpoints }}
---
apiVersion: v1
kind: Endpoints
metadata:
  name: kube-prometheus-stack-kube-etcd
  namespace: kube-system
subsets:
  - addresses:
      {{- range . }}
      - ip: {{ . }}
      {{- end }}
    ports:
      - name: http-metrics
        port: 2381
{{- end }}
{{- end }}
{{- with .Values.grafana.persistence }}
{{- if .enabled }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: kube-prometheus-stack-grafana
spec:
  accessModes: [ReadWriteOnce]
  {{- with .storageClassName }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ .size }}
{{- end }}
{{- end }}
{{- with .Values.grafana.ingress }}
{{- if .enabled }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: kube-prometheus-stack-grafana
  annotations: {{ toJson (.annotations | default dict) }}
spec:
  {{- with .ingressClassName }}
  ingressClassName: {{ . }}
  {{- end }}
  rules:
    {{- range .hosts }}
    - host: {{ . }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: kube-prometheus-stack-grafana
                port:
                  number: 80
    {{- end }}
  {{- with .tls }}
  tls: {{ toJson . }}
  {{- end }}
{{- end }}
{{- end }}
