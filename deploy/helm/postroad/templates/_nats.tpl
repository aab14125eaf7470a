{{/* host:port of each server, comma-separated. */}}
{{- define "postroad.natsServers" -}}
{{- if .Values.nats.enabled -}}
{{- $out := list -}}
{{- range $i := until (.Values.nats.replicas | int) }}{{ $out = append $out (printf "%s:4222" (include "postroad.natsPod" (dict "root" $ "i" $i))) }}{{ end -}}
{{- join "," $out -}}
{{- else -}}
{{- join "," .Values.externalNats.servers -}}
{{- end -}}
{{- end -}}

{{- define "postroad.natsMonitors" -}}
{{- if .Values.nats.enabled -}}
{{- $out := list -}}
{{- range $i := until (.Values.nats.replicas | int) }}{{ $out = append $out (printf "http://%s:8222" (include "postroad.natsPod" (dict "root" $ "i" $i))) }}{{ end -}}
{{- join "," $out -}}
{{- else -}}
{{- join "," .Values.externalNats.monitors -}}
{{- end -}}
{{- end -}}

{{/* Name of a server by the headless Service of the subchart. */}}
{{- define "postroad.natsPod" -}}
{{- $full := include "postroad.fullname" .root -}}
{{ $full }}-nats-{{ .i }}.{{ $full }}-nats.{{ .root.Release.Namespace }}.svc
{{- end -}}

{{/* Whether agents show a certificate to the broker (mTLS). */}}
{{- define "postroad.natsMutual" -}}
{{- if .Values.nats.enabled }}{{ if .Values.nats.tls.clientSecret }}yes{{ end }}{{ else }}{{ if .Values.externalNats.tls.mutual }}yes{{ end }}{{ end -}}
{{- end -}}
