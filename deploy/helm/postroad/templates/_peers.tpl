{{/* One podSelector of a NetworkPolicy. Input: root, name. */}}
{{- define "postroad.peer" -}}
podSelector: { matchLabels: {{ include "postroad.selector" . | fromYaml | toJson }} }
{{- end -}}

{{- define "postroad.namespacePeer" -}}
namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ . | quote }} } }
{{- end -}}

{{/* ipBlocks. Input: list of CIDRs. */}}
{{- define "postroad.blocks" -}}
{{- range . }}
- ipBlock: { cidr: {{ . | quote }} }
{{- end -}}
{{- end -}}

{{/* TCP ports. Input: list of numbers. */}}
{{- define "postroad.tcp" -}}
{{- range . }}
- { protocol: TCP, port: {{ . | int }} }
{{- end -}}
{{- end -}}

{{- define "postroad.dnsEgress" -}}
- to:
    - {{ include "postroad.namespacePeer" .Values.networkPolicy.dnsNamespace }}
    {{- include "postroad.blocks" .Values.networkPolicy.dnsCIDRs | nindent 4 }}
  ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
{{- end -}}

{{/* Ports of the smart hosts and 25: what a relay pool may reach outside. Input: c. */}}
{{- define "postroad.relayPort" -}}
{{ with .c.pool.smartHost }}{{ splitList ":" . | last }}{{ else }}25{{ end }}
{{- end -}}

{{/* Where a component may go. Input: root, name, c. */}}
{{- define "postroad.egress" -}}
{{- $v := .root.Values -}}
{{- $root := .root -}}
{{- include "postroad.dnsEgress" $root }}
{{- if has "nats" .c.uses }}
{{- if $v.nats.enabled }}
- to: [{ podSelector: { matchLabels: { app.kubernetes.io/name: nats, app.kubernetes.io/instance: {{ $root.Release.Name | quote }} } } }]
  ports: {{- include "postroad.tcp" (list 4222 8222) | nindent 4 }}
{{- else }}
- to: {{- include "postroad.blocks" $v.externalNats.cidrs | nindent 4 }}
  ports: {{- include "postroad.tcp" $v.externalNats.ports | nindent 4 }}
{{- end }}
{{- end }}
{{- if has "postgres" .c.uses }}
{{- if eq $v.postgres.source "cnpg" }}
- to: [{ podSelector: { matchLabels: { cnpg.io/cluster: {{ include "postroad.fullname" $root }}-db } } }]
  ports: [{ protocol: TCP, port: 5432 }]
{{- else }}
- to: {{- include "postroad.blocks" $v.postgres.external.cidrs | nindent 4 }}
  ports: [{ protocol: TCP, port: {{ $v.postgres.external.port | int }} }]
{{- end }}
{{- end }}
{{- if has "s3" .c.uses }}
- to: {{- include "postroad.blocks" $v.s3.cidrs | nindent 4 }}
  ports: [{ protocol: TCP, port: {{ $v.s3.port | int }} }]
{{- end }}
{{- if has "world" .c.uses }}
- to:
    - ipBlock: { cidr: "0.0.0.0/0" }
    {{- if $v.relay.ipv6 }}
    - ipBlock: { cidr: "::/0" }
    {{- end }}
  ports: [{ protocol: TCP, port: {{ include "postroad.relayPort" . | int }} }]
{{- end }}
{{- if has "mail" .c.uses }}
- to: [{{ include "postroad.peer" (dict "root" $root "name" (include "postroad.imap" $root)) | fromYaml | toJson }}]
  ports: [{ protocol: TCP, port: 10993 }]
- to: [{{ include "postroad.peer" (dict "root" $root "name" "msa-smtp") | fromYaml | toJson }}]
  ports: [{ protocol: TCP, port: 10465 }]
{{- end }}
{{- if has "agents" .c.uses }}
- to: [{ podSelector: { matchLabels: { app.kubernetes.io/name: postroad, app.kubernetes.io/instance: {{ $root.Release.Name | quote }} } } }]
  ports: [{ protocol: TCP, port: {{ include "postroad.healthPort" $root }} }]
{{- end }}
{{- if $v.tracing.endpoint }}
- to: {{- include "postroad.blocks" $v.tracing.cidrs | nindent 4 }}
  ports: [{ protocol: TCP, port: {{ $v.tracing.port | int }} }]
{{- else if ne .name "ops" }}
- to: [{{ include "postroad.peer" (dict "root" $root "name" "ops") | fromYaml | toJson }}]
  ports: [{ protocol: TCP, port: 14318 }]
{{- end }}
{{- range (index $v .c.values).egress }}
- to: [{ ipBlock: { cidr: {{ .cidr | quote }} } }]
  ports: [{ protocol: TCP, port: {{ .port | int }} }]
{{- end }}
{{- end -}}

{{/* Who may come to a component. Input: root, name, c. */}}
{{- define "postroad.ingress" -}}
{{- $v := .root.Values -}}
{{- $root := .root -}}
- from:
    - {{ include "postroad.peer" (dict "root" $root "name" "ops") | fromYaml | toJson }}
    - {{ include "postroad.namespacePeer" $v.networkPolicy.monitoringNamespace }}
  ports: [{ protocol: TCP, port: {{ include "postroad.healthPort" $root }} }]
{{- if and $v.mua.enabled (has .name (list "msa-smtp" (include "postroad.imap" $root))) }}
- from: [{{ include "postroad.peer" (dict "root" $root "name" "mua-web") | fromYaml | toJson }}]
  ports: [{ protocol: TCP, port: {{ ternary 10465 10993 (eq .name "msa-smtp") }} }]
{{- end }}
{{- if and $v.ops.canary.address (has .name (list "msa-smtp" (include "postroad.imap" $root))) }}
- from: [{{ include "postroad.peer" (dict "root" $root "name" "ops") | fromYaml | toJson }}]
  ports: [{ protocol: TCP, port: {{ ternary 10465 10993 (eq .name "msa-smtp") }} }]
{{- end }}
{{- if $v.test.enabled }}
{{- $tested := dict "ops" 10090 "mta-mx" 10025 (include "postroad.imap" $root) 10993 }}
{{- if hasKey $tested .name }}
- from: [{{ include "postroad.peer" (dict "root" $root "name" "test") | fromYaml | toJson }}]
  ports: [{ protocol: TCP, port: {{ get $tested .name }} }]
{{- end }}
{{- end }}
{{- range $port, $number := .c.ports }}
{{- $from := $v.networkPolicy.clientCIDRs }}
{{- if eq $port "lmtp" }}{{ $from = $v.lmtp.fromCIDRs }}{{ end }}
{{- if eq $port "http" }}{{ $from = (index $v $.c.values).fromCIDRs }}{{ end }}
{{- if and (ne $port "otlp") $from }}
- from: {{- include "postroad.blocks" $from | nindent 4 }}
  ports: [{ protocol: TCP, port: {{ $number | int }} }]
{{- end }}
{{- end }}
{{- range $port, $number := .c.proxyPorts }}
- from: {{- include "postroad.blocks" $v.proxyProtocol.fromCIDRs | nindent 4 }}
  ports: [{ protocol: TCP, port: {{ $number | int }} }]
{{- end }}
{{- if eq .name "ops" }}
- from: [{ podSelector: { matchLabels: { app.kubernetes.io/name: postroad, app.kubernetes.io/instance: {{ $root.Release.Name | quote }} } } }]
  ports: [{ protocol: TCP, port: 14318 }]
{{- end }}
{{- end -}}
