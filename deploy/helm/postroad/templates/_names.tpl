{{/* Name that all objects begin with: the release, and the chart unless it is in there. Short enough for a suffix. */}}
{{- define "postroad.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains "postroad" $name) }}{{ $name = printf "%s-postroad" $name }}{{ end -}}
{{- $name | trunc 32 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels by which a component is selected; never changed. Input: root, name. */}}
{{- define "postroad.selector" -}}
app.kubernetes.io/name: postroad
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Labels of every object. Input: root, name. */}}
{{- define "postroad.labels" -}}
{{ include "postroad.selector" . }}
app.kubernetes.io/part-of: postroad
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | quote }}
{{- end -}}

{{- define "postroad.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{/* The component with the IMAP door. */}}
{{- define "postroad.imap" -}}
{{ if eq .Values.mode "embedded" }}mda{{ else }}mda-imap{{ end }}
{{- end -}}

{{- define "postroad.secret.tls" -}}
{{ if eq .Values.tls.source "existingSecret" }}{{ .Values.tls.existingSecret }}{{ else }}{{ include "postroad.fullname" . }}-tls{{ end }}
{{- end -}}
{{- define "postroad.secret.nats" -}}
{{- if not .Values.nats.enabled }}{{ .Values.externalNats.existingSecret }}
{{- else }}{{ .Values.nats.users.existingSecret | default (printf "%s-nats-users" (include "postroad.fullname" .)) }}{{ end -}}
{{- end -}}
{{- define "postroad.secret.natsTls" -}}
{{- if not .Values.nats.enabled }}{{ .Values.externalNats.tls.existingSecret }}
{{- else if .Values.nats.tls.existingSecret }}{{ .Values.nats.tls.clientSecret | default .Values.nats.tls.existingSecret }}{{ end -}}
{{- end -}}
{{- define "postroad.secret.ops" -}}
{{ .Values.ops.existingSecret | default (printf "%s-ops" (include "postroad.fullname" .)) }}
{{- end -}}
{{- define "postroad.secret.s3" -}}
{{ .Values.s3.existingSecret | default (printf "%s-s3" (include "postroad.fullname" .)) }}
{{- end -}}

{{/* Whether the secret of the certificate holds the authority that the webmail must trust. */}}
{{- define "postroad.trustCa" -}}
{{ if or .Values.tls.trustCa (eq .Values.tls.source "selfSigned") }}yes{{ end }}
{{- end -}}
