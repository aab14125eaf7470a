import type { Values } from './helm.ts';

const proxies = { enabled: true, fromCIDRs: ['10.0.0.0/8', 'fd00::/8'] };
const keda = { autoscaling: { kind: 'keda', prometheus: 'http://prometheus.monitoring.svc:9090' } };
const elsewhere = {
  nats: { enabled: false },
  externalNats: {
    servers: ['nats-0.example.org:4222', 'nats-1.example.org:4222'],
    monitors: ['http://nats-0.example.org:8222', 'http://nats-1.example.org:8222'],
    existingSecret: 'nats-users',
    tls: { existingSecret: 'nats-tls', mutual: true },
    cidrs: ['192.0.2.0/24'],
  },
  postgres: { source: 'external', external: { existingSecret: 'postgres', cidrs: ['192.0.2.0/24'] } },
  s3: { endpoint: 'https://s3.example.org', existingSecret: 's3', cidrs: ['192.0.2.0/24'] },
  tls: { source: 'existingSecret', existingSecret: 'mail-tls' },
  ops: { existingSecret: 'ops' },
  tracing: { endpoint: 'http://collector.example.org:4318', cidrs: ['192.0.2.0/24'] },
};
const pools = {
  relay: {
    ipv6: true,
    pools: [
      { name: 'default' },
      { name: 'a', hostname: 'out-a.example.org', labels: { egress: 'a' }, annotations: { 'example.org/egress': 'a' } },
      {
        name: 'a-b',
        hostname: 'out-b.example.org',
        bindAddress: '192.0.2.7',
        nodeSelector: { egress: 'b' },
        replicas: 1,
      },
      { name: 'provider', smartHost: 'smtp.example.org:2525' },
    ],
  },
};
const parent = { name: 'edge', namespace: 'gateways', sectionName: 'mail' };
const monitoring = {
  ops: { canary: { address: 'canary@example.org', existingSecret: 'canary' } },
  monitoring: {
    podMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } },
    rules: {
      enabled: true,
      labels: { release: 'prometheus' },
      runbook: 'https://runbooks.example.org/postroad',
      thresholds: { deferredShare: 0.25, certificateWarningSeconds: 2_592_000 },
    },
    dashboards: { enabled: true, annotations: { grafana_folder: 'Mail' } },
  },
};
const gateway = {
  proxyProtocol: proxies,
  mua: { publicOrigin: 'https://webmail.example.org' },
  gateway: {
    httpRoute: { enabled: true, parents: [{ name: 'edge' }] },
    tcpRoutes: ['smtp', 'submission', 'imap'].map((door) => ({ door, parent })),
    tlsRoutes: ['submissions', 'imaps'].map((door) => ({ door, parent })),
  },
};
const extras = {
  podLabels: { team: 'mail' },
  podAnnotations: { 'example.org/a': 'b' },
  nodeSelector: { disk: 'fast' },
  tolerations: [{ key: 'mail', operator: 'Exists', effect: 'NoSchedule' }],
};

/** Values that must render, by name: each way to run it, and all at once. */
export const MATRIX: Readonly<Record<string, Values>> = {
  defaults: {},
  embedded: { mode: 'embedded', nats: { replicas: 1 }, lmtp: { enabled: true, fromCIDRs: ['10.0.0.0/8'] } },
  'everything elsewhere': elsewhere,
  hpa: { autoscaling: { kind: 'hpa' } },
  keda,
  'keda, everything elsewhere': { ...elsewhere, ...keda },
  gateway,
  'proxy protocol': { proxyProtocol: { ...proxies, type: 'ClusterIP', doors: ['mx', 'imap'] } },
  pools,
  monitoring,
  'monitoring, embedded, NATS elsewhere': {
    ...elsewhere,
    ...monitoring,
    ops: { ...elsewhere.ops, ...monitoring.ops },
    mode: 'embedded',
  },
  'TLS at the broker': { nats: { tls: { existingSecret: 'nats-tls', verify: false } } },
  'embedded, gateway, keda': { mode: 'embedded', ...gateway, ...keda },
  'all features': {
    ...keda,
    ...gateway,
    ...monitoring,
    relay: { ...pools.relay, ...extras, egress: [{ cidr: '192.0.2.53/32', port: 853 }] },
    msa: { ...extras, extraEnv: [{ name: 'POSTROAD_MSA_MAX_CONNECTIONS', value: '900' }] },
    mua: {
      publicOrigin: 'https://webmail.example.org',
      fromCIDRs: ['10.1.0.0/16'],
      trustedProxies: ['10.1.0.0/16'],
      ingress: { enabled: true, className: 'edge', tlsSecret: 'webmail-tls', annotations: { affinity: 'cookie' } },
    },
    image: { repository: 'images.example.org/postroad', digest: `sha256:${'0'.repeat(64)}`, pullSecrets: ['pull'] },
    tls: { source: 'certManager', certManager: { issuer: 'acme' }, dnsNames: ['imap.example.org'], trustCa: true },
    nats: { tls: { existingSecret: 'nats-tls', clientSecret: 'nats-client' }, ...extras },
    postgres: { cnpg: { image: 'images.example.org/postgresql:18', storage: { storageClass: 'fast' } } },
    s3: { endpoint: 'http://s3.post.svc:9000', accessKeyId: 'key', secretAccessKey: 'secret', port: 9000 },
    lmtp: { enabled: true, fromCIDRs: ['10.0.0.0/8'] },
    ops: { ...monitoring.ops, fromCIDRs: ['10.1.0.0/16'], storage: { persistent: false } },
  },
};

/** Without and with the native sleep of `preStop` (1.30). */
export const KUBE_VERSIONS = ['1.28.0', '1.32.0'];
