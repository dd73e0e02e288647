---
apiVersion: v1
kind: Service
metadata:
  name: haproxy-kubernetes-ingress
  namespace: {{ .Release.Namespace }}
spec:
  type: {{ .Values.controller.service.type }}
  selector:
    app.kubernetes.io/name: haproxy-kubernetes-ingress
    app.kubernetes.io/instance: {{ .Release.Name }}
  ports:
    - name: http
      port: 80
      {{- with .Values.controller.service.nodePorts.http }}
      nodePort: {{ . }}
      {{- end }}
    - name: https
      port: 443
      {{- with .Values.controller.service.nodePorts.https }}
      nodePort: {{ . }}
      {{- end }}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: {{ .Values.controller.ingressClassResource.name }}
  annotations:
    ingressclass.kubernetes.io/is-default-class: {{ .Values.controller.ingressClassResource.default | quote }}
spec:
  controller: haproxy.org/ingress-controller/haproxy
---
apiVersion: v1
kind: Secret
metadata:
  name: haproxy-kubernetes-ingress-default-cert
  annotations:
    helm.sh/hook: pre-install
    helm.sh/hook-delete-policy: before-hook-creation
type: Opaque
stringData:
  tls.crt: stand-in
{{- if .Values.controller.PodDisruptionBudget.enable }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: haproxy-kubernetes-ingress
  namespace: {{ .Release.Namespace }}
spec:
  maxUnavailable: {{ .Values.controller.PodDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      app.kubernetes.io/name: haproxy-kubernetes-ingress
      app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
