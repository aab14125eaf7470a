{{/* Up at once, down slowly: a pod that goes makes clients reconnect. */}}
{{- define "postroad.behavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies: [{ type: Percent, value: 100, periodSeconds: 30 }]
scaleDown:
  stabilizationWindowSeconds: {{ .Values.autoscaling.scaleDownSeconds | int }}
  policies: [{ type: Pods, value: 1, periodSeconds: 60 }]
{{- end -}}

{{/* The signal of a component. Input: root, name, c. */}}
{{- define "postroad.triggers" -}}
{{- $v := .root.Values -}}
{{- $auto := (index $v .c.values).autoscaling -}}
{{- $pods := printf "namespace=%q,pod=~%q" .root.Release.Namespace (printf "%s-%s-[a-z0-9]+-[a-z0-9]+" (include "postroad.fullname" .root) .name) -}}
{{- $consumers := dict "router" (list "SPOOL" "router") "deliver" (list "DELIVER" "mda") -}}
{{- if hasKey $consumers .c.role -}}
{{- $consumer := get $consumers .c.role -}}
- type: nats-jetstream
  metricType: AverageValue
  metadata:
    natsServerMonitoringEndpoint: {{ include "postroad.natsKeda" .root | quote }}
    account: {{ ternary "$G" $v.externalNats.account $v.nats.enabled | quote }}
    stream: {{ first $consumer }}
    consumer: {{ last $consumer }}
    lagThreshold: {{ $auto.target | int | toString | quote }}
    activationLagThreshold: "0"
{{- else if eq .c.role "relay" }}
{{ include "postroad.prometheus" (dict "root" .root "query" (printf "sum(postroad_relay_due{%s})" $pods) "threshold" $auto.target) }}
# One pod more while the oldest record due waits longer than it may; deferred ones are not due.
{{ include "postroad.prometheus" (dict "root" .root "threshold" 1
  "query" (printf "count(postroad_relay_due{%s}) * (max(postroad_relay_oldest_due_seconds{%s}) > bool %d) + (max(postroad_relay_oldest_due_seconds{%s}) > bool %d)" $pods $pods (int $v.relay.oldestDueSeconds) $pods (int $v.relay.oldestDueSeconds))) }}
{{- else -}}
{{- $door := get (dict "smtp" "submission" "mx" "mx" "imap" "imap") .c.role -}}
{{ include "postroad.prometheus" (dict "root" .root "query" (printf "sum(postroad_sessions{door=%q,%s})" $door $pods) "threshold" $auto.target) }}
{{- end -}}
{{- end -}}

{{/* Input: root, query, threshold. */}}
{{- define "postroad.prometheus" -}}
- type: prometheus
  metricType: AverageValue
  metadata:
    serverAddress: {{ .root.Values.autoscaling.prometheus | quote }}
    query: {{ .query | quote }}
    threshold: {{ .threshold | int | toString | quote }}
{{- end -}}

{{/* Monitoring endpoint that KEDA asks: host:port without a scheme. */}}
{{- define "postroad.natsKeda" -}}
{{- if .Values.nats.enabled }}{{ include "postroad.fullname" . }}-nats.{{ .Release.Namespace }}.svc:8222
{{- else }}{{ first .Values.externalNats.monitors | default "" | trimPrefix "https://" | trimPrefix "http://" }}{{ end -}}
{{- end -}}
