---
apiVersion: csi.ceph.io/v1
kind: Driver
metadata:
  name: {{ .Values.drivers.rbd.name }}
  namespace: {{ .Release.Namespace }}
spec: {}
