---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata:
  name: {{ .Release.Namespace }}
  namespace: {{ .Release.Namespace }}
spec: {}
{{- range .Values.cephBlockPools }}
---
apiVersion: ceph.rook.io/v1
kind: CephBlockPool
metadata:
  name: {{ .name }}
  namespace: {{ $.Release.Namespace }}
spec: {}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: {{ .storageClass.name }}
  annotations:
    storageclass.kubernetes.io/is-default-class: {{ .storageClass.isDefault | quote }}
provisioner: {{ $.Release.Namespace }}.rbd.csi.ceph.com
volumeBindingMode: {{ .storageClass.volumeBindingMode }}
allowVolumeExpansion: true
reclaimPolicy: {{ .storageClass.reclaimPolicy }}
{{- end }}
