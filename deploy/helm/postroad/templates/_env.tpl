{{/* One setting. A Go template prints large numbers in powers of ten, so numbers come as text. */}}
{{- define "postroad.var" -}}
- name: {{ .name }}
  value: {{ .value | toString | quote }}
{{ end -}}

{{- define "postroad.secretVar" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .secret | quote }}, key: {{ .key | quote }} } }
{{ end -}}

{{/* Settings of a component, docs/config.md. Input: root, name, c. */}}
{{- define "postroad.env" -}}
{{- $v := .root.Values -}}
{{- $full := include "postroad.fullname" .root -}}
{{- $prefix := printf "POSTROAD_%s_" (upper .c.app) -}}
{{- $set := dict
  "HOSTNAME" (ternary ((.c.pool | default dict).hostname | default $v.hostname) $v.hostname (hasKey .c "pool"))
  "BIND" $v.bind "HEALTH_BIND" $v.bind "HEALTH_PORT" (include "postroad.healthPort" .root)
  "OTLP_ENDPOINT" ($v.tracing.endpoint | default (printf "http://%s-ops:14318" $full))
  "LOG_LEVEL" $v.logLevel "DRAIN_SECONDS" ($v.drain.drainSeconds | int) -}}
{{- if has "nats" .c.uses -}}
{{- $_ := set $set "NATS_SERVERS" (include "postroad.natsServers" .root) -}}
{{- $_ := set $set "NATS_MONITORS" (include "postroad.natsMonitors" .root) -}}
{{- $_ := set $set "DURABILITY" $v.durability -}}
{{- if include "postroad.secret.natsTls" .root -}}
{{- $_ := set $set "NATS_TLS_CA" "/etc/postroad/nats/ca.crt" -}}
{{- if include "postroad.natsMutual" .root -}}
{{- $_ := set $set "NATS_TLS_CERT" "/etc/postroad/nats/tls.crt" -}}
{{- $_ := set $set "NATS_TLS_KEY" "/etc/postroad/nats/tls.key" -}}
{{- end }}{{ end }}{{ end -}}
{{- if has "tls" .c.uses -}}
{{- $_ := set $set "TLS_CERT" "/etc/postroad/tls/tls.crt" -}}
{{- $_ := set $set "TLS_KEY" "/etc/postroad/tls/tls.key" -}}
{{- end -}}
{{- if .c.proxyPorts }}{{ $_ := set $set "PROXY_FROM" (join "," $v.proxyProtocol.fromCIDRs) }}{{ end -}}
{{- $setting := dict "smtp" "MX" -}}
{{- range $port, $number := .c.ports -}}
{{- $_ := set $set (printf "%s_PORT" (get $setting $port | default (upper $port))) $number -}}
{{- end -}}
{{- range $port, $number := .c.proxyPorts -}}
{{- $_ := set $set (printf "%s_PROXY_PORT" (get $setting $port | default (upper $port))) $number -}}
{{- end -}}
{{- $more := include (printf "postroad.env.%s" .c.app) . | fromYaml -}}
{{- $set = merge $more $set -}}
{{- $names := list -}}
{{- range $key, $value := $set }}{{ $names = append $names (printf "%s%s" $prefix $key) -}}
{{ include "postroad.var" (dict "name" (printf "%s%s" $prefix $key) "value" $value) }}
{{- end -}}
{{- if has "nats" .c.uses -}}
{{- $names = concat $names (list (printf "%sINSTANCE" $prefix) (printf "%sNATS_PASSWORD" $prefix)) -}}
- name: {{ $prefix }}INSTANCE
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{ include "postroad.secretVar" (dict "name" (printf "%sNATS_PASSWORD" $prefix) "secret" (include "postroad.secret.nats" .root) "key" .c.app) }}
{{- end -}}
{{- if has "postgres" .c.uses -}}
{{- $names = append $names "POSTROAD_MDA_POSTGRES_URL" -}}
{{- $external := eq $v.postgres.source "external" -}}
{{ include "postroad.secretVar" (dict "name" "POSTROAD_MDA_POSTGRES_URL"
  "secret" (ternary $v.postgres.external.existingSecret (printf "%s-db-app" $full) $external)
  "key" (ternary $v.postgres.external.key "uri" $external)) }}
{{- end -}}
{{- if has "s3" .c.uses -}}
{{- $names = concat $names (list "POSTROAD_MDA_S3_ACCESS_KEY_ID" "POSTROAD_MDA_S3_SECRET_ACCESS_KEY") -}}
{{ include "postroad.secretVar" (dict "name" "POSTROAD_MDA_S3_ACCESS_KEY_ID" "secret" (include "postroad.secret.s3" .root) "key" "accessKeyId") }}
{{- include "postroad.secretVar" (dict "name" "POSTROAD_MDA_S3_SECRET_ACCESS_KEY" "secret" (include "postroad.secret.s3" .root) "key" "secretAccessKey") }}
{{- end -}}
{{- if and (eq .name "ops") $v.ops.canary.address -}}
{{- $names = append $names "POSTROAD_OPS_CANARY_PASSWORD" -}}
{{ include "postroad.secretVar" (dict "name" "POSTROAD_OPS_CANARY_PASSWORD" "secret" $v.ops.canary.existingSecret "key" $v.ops.canary.key) }}
{{- end -}}
{{- range (index $v .c.values).extraEnv -}}
{{- if has .name $names }}{{ fail (printf "%s.extraEnv sets %s, which the chart sets too: use the value that it comes from (README.md)" $.c.values .name) }}{{ end -}}
- {{ toJson . }}
{{ end -}}
{{- end -}}

{{- define "postroad.env.msa" -}}
{}
{{- end -}}

{{- define "postroad.env.mta" -}}
{{- $v := .root.Values -}}
{{- if eq .c.role "mx" -}}
POSTMASTER_DOMAIN: {{ $v.domain | quote }}
{{- else if eq .c.role "router" -}}
{{- $pools := list -}}
{{- range $v.relay.pools }}{{ $pools = append $pools .name }}{{ end -}}
RELAY_POOLS: {{ without $pools "default" | join "," | quote }}
{{- else if eq .c.role "relay" -}}
RELAY_POOL: {{ .c.pool.name | quote }}
RELAY_IPV6: {{ $v.relay.ipv6 | toString | quote }}
{{- with .c.pool.smartHost }}
SMART_HOST: {{ . | quote }}
{{- end }}
{{- with .c.pool.bindAddress }}
RELAY_BIND_ADDRESS: {{ . | quote }}
{{- end }}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{- define "postroad.env.mda" -}}
{{- $v := .root.Values -}}
{{- if has "mailVolume" .c.uses -}}
STORE: sqlite
STORE_DIR: /var/lib/postroad/mail
{{- else -}}
STORE: postgres
POSTGRES_CONNECTIONS: {{ $v.postgres.connections | int }}
{{- end }}
{{- if has "s3" .c.uses }}
S3_ENDPOINT: {{ $v.s3.endpoint | quote }}
S3_REGION: {{ $v.s3.region | quote }}
S3_BUCKET: {{ $v.s3.bucket | quote }}
S3_PREFIX: {{ $v.s3.prefix | quote }}
S3_PATH_STYLE: {{ $v.s3.pathStyle | toString | quote }}
{{- end }}
{{- if hasKey .c.ports "lmtp" }}
LMTP_FROM: {{ join "," $v.lmtp.fromCIDRs | quote }}
{{- end }}
{{- end -}}

{{- define "postroad.env.mua" -}}
{{- $v := .root.Values -}}
{{- $full := include "postroad.fullname" .root -}}
PUBLIC_ORIGIN: {{ $v.mua.publicOrigin | quote }}
TRUSTED_PROXIES: {{ join "," $v.mua.trustedProxies | quote }}
IMAP_HOST: {{ $full }}-{{ include "postroad.imap" .root }}
IMAP_PORT: 10993
SMTP_HOST: {{ $full }}-msa-smtp
SMTP_PORT: 10465
TLS_SERVERNAME: {{ $v.hostname | quote }}
{{- if include "postroad.trustCa" .root }}
TLS_CA: /etc/postroad/ca/ca.crt
{{- end }}
{{- end -}}

{{- define "postroad.env.ops" -}}
{{- $v := .root.Values -}}
{{- $agents := list -}}
{{- range $name, $c := include "postroad.components" .root | fromYaml -}}
{{- if ne $name "ops" }}{{ $agents = append $agents (printf "%s=http://%s-%s:%s" $name (include "postroad.fullname" $.root) $name (include "postroad.healthPort" $.root)) }}{{ end -}}
{{- end -}}
PROVISION: "true"
REPLICAS: {{ ternary $v.nats.replicas $v.externalNats.streamReplicas $v.nats.enabled | int }}
SPOOL_BYTES: {{ $v.ops.streams.spoolBytes | int64 | toString | quote }}
RECORD_BYTES: {{ $v.ops.streams.recordBytes | int64 | toString | quote }}
EVENT_BYTES: {{ $v.ops.streams.eventBytes | int64 | toString | quote }}
EVENT_AGE_DAYS: {{ $v.ops.streams.eventAgeDays | int }}
OTLP_BIND: {{ $v.bind | quote }}
TOKEN_FILE: /etc/postroad/ops/token
STORE_DIR: /var/lib/postroad/ops
STORE_BYTES: {{ $v.ops.storeBytes | int64 | toString | quote }}
SECURE_COOKIES: {{ $v.ops.secureCookies | toString | quote }}
AGENTS: {{ join "," $agents | quote }}
{{- with $v.ops.canary }}
{{- if .address }}
CANARY_ADDRESS: {{ .address | quote }}
CANARY_SECONDS: {{ .seconds | int }}
CANARY_SUBMISSION: {{ include "postroad.fullname" $.root }}-msa-smtp:10465
CANARY_IMAP: {{ include "postroad.fullname" $.root }}-{{ include "postroad.imap" $.root }}:10993
CANARY_TLS_SERVERNAME: {{ $v.hostname | quote }}
{{- if include "postroad.trustCa" $.root }}
CANARY_TLS_CA: /etc/postroad/ca/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
