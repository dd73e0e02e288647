---
# The chart hands this to Longhorn's manager, which makes it when it starts.
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: longhorn
  annotations:
    storageclass.kubernetes.io/is-default-class: {{ .Values.persistence.defaultClass | quote }}
provisioner: driver.longhorn.io
volumeBindingMode: Immediate
allowVolumeExpansion: true
reclaimPolicy: {{ .Values.persistence.reclaimPolicy }}
