{{/*
What there is, as YAML: name of the component -> app, role, values (the key in values.yaml), ports and proxyPorts of the
container, and what it uses. All templates go through this one list. `single`: never more than one pod.
*/}}
{{- define "postroad.components" -}}
{{- $v := .Values -}}
{{- $store := list "nats" "postgres" -}}
{{- if $v.s3.endpoint }}{{ $store = append $store "s3" }}{{ end -}}
{{- $imap := dict "imap" 10143 "imaps" 10993 -}}
{{- $out := dict -}}
{{- $_ := set $out "msa-smtp" (dict "app" "msa" "role" "smtp" "values" "msa" "uses" (list "nats" "tls")
  "ports" (dict "submission" 10587 "submissions" 10465) "proxyPorts" (dict "submission" 11587 "submissions" 11465)) -}}
{{- $_ := set $out "mta-mx" (dict "app" "mta" "role" "mx" "values" "mx" "uses" (list "nats" "tls")
  "ports" (dict "smtp" 10025) "proxyPorts" (dict "smtp" 11025)) -}}
{{- $_ := set $out "mta-router" (dict "app" "mta" "role" "router" "values" "router" "uses" (list "nats")) -}}
{{- range $pool := $v.relay.pools -}}
{{- $_ := set $out (printf "mta-relay-%s" $pool.name) (dict "app" "mta" "role" "relay" "values" "relay" "pool" $pool
  "uses" (list "nats" "world")) -}}
{{- end -}}
{{- $_ := set $out "mta-finisher" (dict "app" "mta" "role" "finisher" "values" "finisher" "uses" (list "nats")) -}}
{{- if eq $v.mode "embedded" -}}
{{- $ports := $imap -}}
{{- if $v.lmtp.enabled }}{{ $ports = merge (dict "lmtp" 10024) $imap }}{{ end -}}
{{- $_ := set $out "mda" (dict "app" "mda" "role" (ternary "deliver,imap,lmtp" "deliver,imap" $v.lmtp.enabled)
  "values" "embedded" "public" "imap" "single" true "uses" (list "nats" "tls" "mailVolume") "ports" $ports
  "proxyPorts" (dict "imap" 11143 "imaps" 11993)) -}}
{{- else -}}
{{- $_ := set $out "mda-deliver" (dict "app" "mda" "role" "deliver" "values" "deliver" "uses" $store) -}}
{{- $_ := set $out "mda-imap" (dict "app" "mda" "role" "imap" "values" "imap" "uses" (append $store "tls")
  "ports" $imap "proxyPorts" (dict "imap" 11143 "imaps" 11993)) -}}
{{- if $v.lmtp.enabled -}}
{{- $_ := set $out "mda-lmtp" (dict "app" "mda" "role" "lmtp" "values" "lmtp" "uses" (append $store "tls")
  "ports" (dict "lmtp" 10024)) -}}
{{- end -}}
{{- end -}}
{{- if $v.mua.enabled -}}
{{- $_ := set $out "mua-web" (dict "app" "mua" "role" "web" "values" "mua" "uses" (list "mail") "ports" (dict "http" 18080)) -}}
{{- end -}}
{{- $ops := list "nats" "agents" "opsVolume" -}}
{{- if $v.ops.canary.address }}{{ $ops = append $ops "mail" }}{{ end -}}
{{- $_ := set $out "ops" (dict "app" "ops" "role" "api,console,otlp" "values" "ops" "single" true
  "uses" $ops "ports" (dict "http" 10090 "otlp" 14318)) -}}
{{- range $name, $c := $out -}}
{{- $_ := set $c "public" ($c.public | default $c.values) -}}
{{- if not $c.ports }}{{ $_ := set $c "ports" dict }}{{ end -}}
{{- $doors := $v.proxyProtocol.doors -}}
{{- if not (and $v.proxyProtocol.enabled $c.proxyPorts (has $c.public $doors)) }}{{ $_ := set $c "proxyPorts" dict }}{{ end -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{/* Port of /readyz, /livez and /metrics of every agent. */}}
{{- define "postroad.healthPort" -}}10099{{- end -}}

{{/* KEDA, HPA or nothing (empty) for a component. Input: root, c. Its own signal needs KEDA; else it is processor use. */}}
{{- define "postroad.scaler" -}}
{{- $auto := (index .root.Values .c.values).autoscaling -}}
{{- $kind := .root.Values.autoscaling.kind -}}
{{- if and $auto (ne $kind "none") -}}
{{- if $auto.enabled }}{{ if and (eq $kind "keda") $auto.target }}keda{{ else }}hpa{{ end }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* Pods that there are when nothing scales them. Input: root, c. */}}
{{- define "postroad.replicas" -}}
{{- $replicas := (index .root.Values .c.values).replicas -}}
{{- if .c.pool }}{{ if hasKey .c.pool "replicas" }}{{ $replicas = .c.pool.replicas }}{{ end }}{{ end -}}
{{- $replicas | int -}}
{{- end -}}
