{{- define "postroad.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "postroad.containerSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* preStop wait, the drain, and 10 s to spare: the only place where this sum is made. */}}
{{- define "postroad.grace" -}}
{{ add (.Values.drain.preStopSeconds | int) (.Values.drain.drainSeconds | int) 10 }}
{{- end -}}

{{/* The wait until load balancers have noticed. Older clusters have no sleep of their own, and images no shell. */}}
{{- define "postroad.preStop" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version -}}
sleep: { seconds: {{ .Values.drain.preStopSeconds | int }} }
{{- else -}}
exec: { command: [node, -e, "setTimeout(() => {}, {{ .Values.drain.preStopSeconds | int }}000)"] }
{{- end -}}
{{- end -}}

{{/* Input: root, name, zoneSpread. */}}
{{- define "postroad.spread" -}}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: {{ .zoneSpread }}
  labelSelector: { matchLabels: {{ include "postroad.selector" . | fromYaml | toJson }} }
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector: { matchLabels: {{ include "postroad.selector" . | fromYaml | toJson }} }
{{- end -}}

{{/* Volumes of a component: name, where, source. Input: root, name, c. */}}
{{- define "postroad.volumes" -}}
{{- $v := .root.Values -}}
{{- $full := include "postroad.fullname" .root -}}
- name: tmp
  at: /tmp
  source: { emptyDir: { sizeLimit: 64Mi } }
{{- if has "tls" .c.uses }}
- name: tls
  at: /etc/postroad/tls
  source: { secret: { secretName: {{ include "postroad.secret.tls" .root | quote }}, defaultMode: 0440 } }
{{- end }}
{{- if and (has "nats" .c.uses) (include "postroad.secret.natsTls" .root) }}
- name: nats-tls
  at: /etc/postroad/nats
  {{- /* Without mTLS the authority only: the Secret may be that of the servers. */}}
  source: { secret: { secretName: {{ include "postroad.secret.natsTls" .root | quote }}, defaultMode: 0440{{ if not (include "postroad.natsMutual" .root) }}, items: [{ key: ca.crt, path: ca.crt }]{{ end }} } }
{{- end }}
{{- if and (has "mail" .c.uses) (include "postroad.trustCa" .root) }}
- name: ca
  at: /etc/postroad/ca
  source: { secret: { secretName: {{ include "postroad.secret.tls" .root | quote }}, defaultMode: 0440, items: [{ key: ca.crt, path: ca.crt }] } }
{{- end }}
{{- if has "mailVolume" .c.uses }}
- name: store
  at: /var/lib/postroad
  source: { persistentVolumeClaim: { claimName: {{ $v.embedded.storage.existingClaim | default (printf "%s-mail" $full) | quote }} } }
{{- end }}
{{- if has "opsVolume" .c.uses }}
- name: token
  at: /etc/postroad/ops
  source: { secret: { secretName: {{ include "postroad.secret.ops" .root | quote }}, defaultMode: 0440, items: [{ key: token, path: token }] } }
- name: store
  at: /var/lib/postroad
{{- if $v.ops.storage.persistent }}
  source: { persistentVolumeClaim: { claimName: {{ $v.ops.storage.existingClaim | default (printf "%s-ops" $full) | quote }} } }
{{- else }}
  source: { emptyDir: { sizeLimit: {{ $v.ops.storage.size }} } }
{{- end }}
{{- end }}
{{- end -}}

{{- define "postroad.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 2
  failureThreshold: 150
livenessProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  # An agent asks what it depends on, for 2 s at most.
  httpGet: { path: /readyz, port: health }
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}
