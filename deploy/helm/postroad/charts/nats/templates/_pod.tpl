{{- define "nats.containerSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "nats.server" -}}
name: nats
image: {{ include "nats.image" .Values.image | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [nats-server, -c, /etc/nats/nats.conf]
env:
  - name: POD_NAME
    valueFrom: { fieldRef: { fieldPath: metadata.name } }
  {{- range $user := list "msa" "mta" "mda" "ops" }}
  - name: NATS_{{ upper $user }}
    valueFrom: { secretKeyRef: { name: {{ include "nats.users" $ | quote }}, key: {{ $user }} } }
  {{- end }}
ports:
  - { name: client, containerPort: 4222 }
  - { name: cluster, containerPort: 6222 }
  - { name: monitor, containerPort: 8222 }
startupProbe:
  httpGet: { path: "/healthz?js-enabled-only=true", port: monitor }
  periodSeconds: 2
  failureThreshold: 300
livenessProbe:
  httpGet: { path: "/healthz?js-enabled-only=true", port: monitor }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
# A server that has not caught up is not ready: a rolling update waits for it before it takes the next one away.
readinessProbe:
  httpGet: { path: /healthz, port: monitor }
  periodSeconds: 5
  timeoutSeconds: 5
lifecycle:
  # Lame duck: clients are handed over one after another.
  preStop: { exec: { command: [nats-server, -sl=ldm=/run/nats/nats.pid] } }
resources: {{- toYaml .Values.resources | nindent 2 }}
securityContext: {{- include "nats.containerSecurity" . | nindent 2 }}
volumeMounts:
  - { name: data, mountPath: /data }
  - { name: run, mountPath: /run/nats }
  - { name: config, mountPath: /etc/nats/nats.conf, subPath: nats.conf, readOnly: true }
  {{- if .Values.tls.existingSecret }}
  - { name: tls, mountPath: /etc/nats/tls, readOnly: true }
  {{- end }}
{{- end -}}

{{- define "nats.exporter" -}}
name: exporter
image: {{ include "nats.image" .Values.exporter.image | quote }}
imagePullPolicy: {{ .Values.exporter.image.pullPolicy }}
args: [-port, "7777", -varz, -healthz, -connz, -jsz, all, -use_internal_server_name, "http://localhost:8222"]
ports:
  - { name: metrics, containerPort: 7777 }
startupProbe:
  tcpSocket: { port: metrics }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  tcpSocket: { port: metrics }
readinessProbe:
  tcpSocket: { port: metrics }
resources: {{- toYaml .Values.exporter.resources | nindent 2 }}
securityContext: {{- include "nats.containerSecurity" . | nindent 2 }}
{{- end -}}
