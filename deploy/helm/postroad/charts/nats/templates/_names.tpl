{{/* The same beginning as in the parent chart, so that both find each other's objects. */}}
{{- define "nats.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains "postroad" $name) }}{{ $name = printf "%s-postroad" $name }}{{ end -}}
{{- $name | trunc 32 | trimSuffix "-" -}}-nats
{{- end -}}

{{- define "nats.selector" -}}
app.kubernetes.io/name: nats
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: nats
{{- end -}}

{{- define "nats.labels" -}}
{{ include "nats.selector" . }}
app.kubernetes.io/part-of: postroad
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "nats.users" -}}
{{ .Values.users.existingSecret | default (printf "%s-users" (include "nats.fullname" .)) }}
{{- end -}}

{{- define "nats.image" -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}

{{/* TLS block, indented by two. Input: verify. */}}
{{- define "nats.tls" -}}
tls {
  cert_file: "/etc/nats/tls/tls.crt"
  key_file: "/etc/nats/tls/tls.key"
  ca_file: "/etc/nats/tls/ca.crt"
  verify: {{ . }}
}
{{- end -}}
